//! Transactions whose beginning may be given up at any moment.
//!
//! A caller that is dropped while `BEGIN` is under way (a client hangs up, a runner is told to stop) would otherwise give
//! its connection back to the pool with the transaction open: sqlx 0.8.6 counts a transaction only when the server's answer
//! has come, and rolls back only what it counted. Whatever runs on that connection next would be lost, or keep its locks.

use std::borrow::Cow;

use sqlx::{PgPool, Postgres, Transaction};

/// A process that is frozen within a transaction keeps its locks no longer than this: others would wait for ever.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// The same where all statements are to see one moment.
const SNAPSHOT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// Begins a transaction; if nobody waits for it any more, it is rolled back. It ends, too, where ten seconds pass between two
/// of its statements: whoever may need longer begins it by [`begin_with`].
///
/// # Errors
/// As the database says; [`sqlx::Error::WorkerCrashed`] where the runtime ends meanwhile.
pub async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    begin_with(pool, BEGIN).await
}

/// Begins a transaction whose statements all see the database as it stands at the first of them. It ends as one of [`begin`] does:
/// a process that is frozen within it would hold up whoever exchanges tables, and keep dead rows from being cleared away.
/// `then` follows, settings of this transaction alone; it may be empty.
///
/// # Errors
/// As [`begin`].
pub async fn snapshot(pool: &PgPool, then: &str) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    begin_with(pool, format!("{SNAPSHOT}; {then}")).await
}

/// Begins a transaction by a statement of one's own.
///
/// # Errors
/// As [`begin`].
#[expect(clippy::disallowed_methods, reason = "this is its home")]
pub async fn begin_with(
    pool: &PgPool,
    statement: impl Into<Cow<'static, str>>,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let (pool, statement) = (pool.clone(), statement.into());
    // The task goes on to the end, whoever waits for it; then the transaction is dropped as a whole one.
    tokio::spawn(async move { pool.begin_with(statement).await })
        .await
        .unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
