//! The database's tables, as forward-only steps; what is applied and what is not, the database itself remembers.

use std::collections::BTreeSet;

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

use crate::error::StoreError;

/// All steps, carried in the program.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Applies what is not applied yet. Several programs at once do it one after the other.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATOR.run(pool).await
}

/// How a database's schema stands to this program's steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaState {
    /// How many steps are applied.
    pub applied: usize,
    /// Steps of this program that are not.
    pub missing: Vec<i64>,
    /// Applied steps that this program does not know: a newer one was here.
    pub foreign: Vec<i64>,
}

/// Compares, and changes nothing.
pub async fn state(pool: &PgPool) -> Result<SchemaState, StoreError> {
    let ours: BTreeSet<i64> = MIGRATOR.iter().map(|step| step.version).collect();
    let any: bool =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(pool).await?;
    let theirs: Vec<i64> = if any {
        sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version LIMIT 10000")
            .fetch_all(pool)
            .await?
    } else {
        Vec::new()
    };
    let theirs = BTreeSet::from_iter(theirs);
    Ok(SchemaState {
        applied: theirs.len(),
        missing: ours.difference(&theirs).copied().collect(),
        foreign: theirs.difference(&ours).copied().collect(),
    })
}
