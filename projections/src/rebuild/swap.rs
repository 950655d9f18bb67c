//! The swap: one short transaction in which the new rows take the old ones' place.

use std::time::Duration;

use event_store::transaction;
use sqlx::{Executor, PgConnection, PgPool};
use tokio::time::Instant;

use super::{checkpoint_of, schema, way_back};
use crate::checkpoint;
use crate::error::ProjectionError;
use crate::runner::Runner;
use crate::target::{past, retired};
use domain::recorded_event::Position;

/// Whoever reads or writes the old rows ends within this time, or the swap is tried again later: readers that wait behind it
/// would wait as long.
const PATIENCE: &str = "SET LOCAL lock_timeout = '250ms'";
/// Most events that may be left to fold within the swap.
const MOST_LEFT: i64 = 200;

/// Swaps, if that is to be had at once. False: try again after catching up.
pub(super) async fn try_to(runner: &mut Runner<'_>) -> Result<bool, ProjectionError> {
    match swap(runner).await {
        Err(ProjectionError::Database(error)) if waited_too_long(&error) => Ok(false),
        swapped => swapped,
    }
}

async fn swap(runner: &mut Runner<'_>) -> Result<bool, ProjectionError> {
    let (projection, engine) = (runner.projection.clone(), runner.engine);
    let name = projection.name();
    let mut transaction = transaction::begin_with(&engine.pool, runner.target.begin.clone()).await?;
    let begun = Instant::now();
    transaction.execute(PATIENCE).await?;
    // The tables before the checkpoint, as every runner takes them: so neither waits for the other.
    for table in projection.tables() {
        transaction.execute(format!("LOCK TABLE public.{table} IN ACCESS EXCLUSIVE MODE").as_str()).await?;
    }
    let locked = Instant::now();
    let served: Option<(i64,)> =
        sqlx::query_as("SELECT position FROM projection_checkpoints WHERE name = $1 FOR UPDATE")
            .bind(name)
            .fetch_optional(&mut *transaction)
            .await?;
    let served = Position(served.map_or(0, |(position,)| position));
    if served.0 - runner.at.0 > MOST_LEFT {
        return Ok(false);
    }
    // What was read once must not vanish: the new rows come as far as the old ones first.
    let mut at = runner.at;
    while at < served {
        let page = engine.feed.after(at, runner.target.batch).await?;
        let upto = page.events.iter().filter(|it| it.position <= served && projection.takes(&it.event_type));
        runner.fold(&mut transaction, &upto.cloned().collect::<Vec<_>>()).await?;
        at = if page.up_to > at { page.up_to.min(served) } else { return Ok(false) };
    }
    checkpoint::advance(&mut transaction, &runner.target.checkpoint, runner.checkpoint, at).await?;
    move_tables(&mut transaction, name, projection.tables()).await?;
    way_back::note(&mut transaction, name, name).await?;
    if !end(&mut transaction, name).await? {
        return Ok(false);
    }
    take_over(&mut transaction, name, projection.version(), at).await?;
    transaction.commit().await?;
    let ended = Instant::now();
    tracing::info!(
        projection.name = name,
        position = at.0,
        swap.waited_milliseconds = milliseconds(locked - begun),
        swap.held_milliseconds = milliseconds(ended - locked),
        "a projection was built anew; its new rows serve"
    );
    Ok(true)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Drops what swaps of these projections replaced as the way back: outside of them, because a million rows take long. Those
/// where that fails stay in the list.
pub(super) async fn drop_past(pool: &PgPool, projections: &mut Vec<&'static str>) {
    let mut left = Vec::new();
    for name in projections.drain(..) {
        let dropped = pool.execute(format!("DROP SCHEMA IF EXISTS {} CASCADE", past(name)).as_str()).await;
        if let Err(error) = dropped {
            tracing::warn!(projection.name = name, error = %error, "rows of before cannot be dropped yet");
            left.push(name);
        }
    }
    *projections = left;
}

/// The old rows are kept aside, as the way back, until the next rebuild. Those that were it are only put out of the way.
async fn move_tables(
    connection: &mut PgConnection,
    name: &str,
    tables: &[&str],
) -> Result<(), ProjectionError> {
    let (new, old, older) = (schema(name), retired(name), past(name));
    connection.execute(format!("DROP SCHEMA IF EXISTS {older} CASCADE").as_str()).await?;
    let there: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
        .bind(&old)
        .fetch_one(&mut *connection)
        .await?;
    if there {
        connection.execute(format!("ALTER SCHEMA {old} RENAME TO {older}").as_str()).await?;
    }
    connection.execute(format!("CREATE SCHEMA {old}").as_str()).await?;
    for table in tables {
        connection.execute(format!("ALTER TABLE public.{table} SET SCHEMA {old}").as_str()).await?;
        connection.execute(format!("ALTER TABLE {new}.{table} SET SCHEMA public").as_str()).await?;
    }
    connection.execute(format!("DROP SCHEMA {new}").as_str()).await?;
    // A view follows its table, also into another schema: those for BI tools are led back to the rows that serve.
    connection.execute("SELECT bi.refresh()").await?;
    Ok(())
}

/// The rebuild is done; false if it was cancelled and nobody noticed yet.
async fn end(connection: &mut PgConnection, name: &str) -> Result<bool, ProjectionError> {
    let sql = "UPDATE projection_rebuilds SET state = 'done', ended_at = now()
               WHERE projection = $1 AND state = 'running'";
    Ok(sqlx::query(sql).bind(name).execute(connection).await?.rows_affected() == 1)
}

/// Whoever held the projection changes nothing any more; what waits is what waited in the rebuild.
async fn take_over(
    connection: &mut PgConnection,
    name: &str,
    version: i32,
    at: Position,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO projection_checkpoints AS held (name, version, position, epoch) VALUES ($1, $2, $3, 1)
         ON CONFLICT (name) DO UPDATE SET version = $2, position = $3, epoch = held.epoch + 1, leased_until = now(),
             updated_at = now(), last_error = NULL",
    )
    .bind(name)
    .bind(version)
    .bind(at.0)
    .execute(&mut *connection)
    .await?;
    let rebuilt = checkpoint_of(name);
    for sql in [
        "DELETE FROM quarantined_streams WHERE projection = $1 AND $2 <> ''",
        "UPDATE quarantined_streams SET projection = $1 WHERE projection = $2",
        "DELETE FROM projection_checkpoints WHERE name = $2 AND $1 <> ''",
    ] {
        sqlx::query(sql).bind(name).bind(&rebuilt).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A lock was not to be had in time, or two waited for each other.
fn waited_too_long(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "55P03" | "40P01"))
}
