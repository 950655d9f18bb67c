//! The database's tables, as forward-only steps; what is applied and what is not, the database itself remembers.

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

/// All steps, carried in the program.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Applies what is not applied yet. Several programs at once do it one after the other.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATOR.run(pool).await
}
