//! The way back: the rows that a swap retired catch up beside those that serve, and take their place again.

use chrono::{DateTime, Utc};
use domain::recorded_event::Position;
use event_store::transaction;
use sqlx::{Executor, PgConnection, PgPool};
use uuid::Uuid;

use super::{checkpoint_of, schema};
use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::target::retired as aside;

/// Rows that served until others took their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    /// Of which version they are.
    pub version: i32,
    /// Everything up to here is in them.
    pub position: Position,
    /// Since when they do not serve.
    pub retired_at: DateTime<Utc>,
}

/// What came of asking to go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// It is asked for: whoever does rebuilds does it.
    Asked,
    /// A rebuild is running.
    Running,
    /// No rows were kept aside.
    NothingThere,
    /// Those that were are of another version or shape than this program reads.
    Outdated,
}

/// The rows that were kept aside; none if there are none, or nothing tells how far they had come.
pub async fn retired(pool: &PgPool, projection: &str) -> Result<Option<Retired>, ProjectionError> {
    let mut connection = pool.acquire().await?;
    kept(&mut connection, projection).await
}

/// Asks that the rows of before serve again. They catch up first, so that no reader goes back in time; what serves now is kept
/// aside in its turn.
pub async fn roll_back(
    pool: &PgPool,
    projection: &dyn Projection,
    target: Position,
    by: Option<Uuid>,
) -> Result<Back, ProjectionError> {
    let name = projection.name();
    let mut transaction = transaction::begin(pool).await?;
    let asked = sqlx::query(
        "INSERT INTO projection_rebuilds AS old (projection, version, state, target, strict, requested_by, back)
         VALUES ($1, $2, 'running', $3, false, $4, true)
         ON CONFLICT (projection) DO UPDATE
         SET version = excluded.version, state = 'running', target = excluded.target, strict = false,
             requested_by = excluded.requested_by, back = true, started_at = now(), ended_at = NULL, error = NULL, folded = 0,
             difference = NULL
         WHERE old.state <> 'running'",
    )
    .bind(name)
    .bind(projection.version())
    .bind(target.0)
    .bind(by)
    .execute(&mut *transaction)
    .await?;
    if asked.rows_affected() == 0 {
        return Ok(Back::Running);
    }
    let Some(rows) = kept(&mut transaction, name).await? else { return Ok(Back::NothingThere) };
    if rows.version != projection.version()
        || columns(&mut transaction, &aside(name), projection).await?
            != columns(&mut transaction, "public", projection).await?
    {
        return Ok(Back::Outdated);
    }
    take_out(&mut transaction, name).await?;
    transaction.commit().await?;
    Ok(Back::Asked)
}

/// Notes, beside rows that a swap has just kept aside, how far they had come and what waited: by the checkpoint of this name.
pub(super) async fn note(
    connection: &mut PgConnection,
    projection: &str,
    checkpoint: &str,
) -> Result<(), ProjectionError> {
    let aside = aside(projection);
    let table = "(version integer NOT NULL, position bigint NOT NULL, retired_at timestamptz NOT NULL, waiting jsonb NOT NULL)";
    connection.execute(format!("CREATE TABLE {aside}.way_back {table}").as_str()).await?;
    sqlx::query(&format!(
        "INSERT INTO {aside}.way_back (version, position, retired_at, waiting)
         SELECT version, position, now(), (SELECT coalesce(jsonb_agg(to_jsonb(stream)), '[]')
                                           FROM public.quarantined_streams AS stream WHERE projection = $1)
         FROM public.projection_checkpoints WHERE name = $1"
    ))
    .bind(checkpoint)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps rows aside again that were on their way back, as far as they have come. Does nothing if they are not.
pub(super) async fn put_aside(
    connection: &mut PgConnection,
    projection: &str,
) -> Result<(), ProjectionError> {
    let (on_their_way, aside, checkpoint) =
        (schema(projection), aside(projection), checkpoint_of(projection));
    // Whoever folds into them ends, or finds that it may not.
    let fenced = sqlx::query("UPDATE projection_checkpoints SET epoch = epoch + 1 WHERE name = $1")
        .bind(&checkpoint)
        .execute(&mut *connection)
        .await?;
    if fenced.rows_affected() == 0 {
        return Ok(());
    }
    if kept(connection, projection).await?.is_some() {
        // They were kept aside already, and somebody who had not heard of it began anew.
        connection.execute(format!("DROP SCHEMA IF EXISTS {on_their_way} CASCADE").as_str()).await?;
    } else {
        connection.execute(format!("ALTER SCHEMA {on_their_way} RENAME TO {aside}").as_str()).await?;
        note(connection, projection, &checkpoint).await?;
    }
    for sql in [
        "DELETE FROM quarantined_streams WHERE projection = $1",
        "DELETE FROM projection_checkpoints WHERE name = $1",
    ] {
        sqlx::query(sql).bind(&checkpoint).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn kept(connection: &mut PgConnection, projection: &str) -> Result<Option<Retired>, ProjectionError> {
    let table = format!("{}.way_back", aside(projection));
    let there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(&table)
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        return Ok(None);
    }
    let row: Option<(i32, i64, DateTime<Utc>)> =
        sqlx::query_as(&format!("SELECT version, position, retired_at FROM {table}"))
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|(version, position, retired_at)| Retired {
        version,
        position: Position(position),
        retired_at,
    }))
}

/// The columns of a projection's tables in a schema. A migration may have changed those that serve meanwhile.
async fn columns(
    connection: &mut PgConnection,
    schema: &str,
    projection: &dyn Projection,
) -> Result<Vec<(String, String, String)>, ProjectionError> {
    let sql = "SELECT relname::text, attname::text, concat_ws(' ', format_type(atttypid, atttypmod), attnotnull)
               FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
               WHERE relnamespace = to_regnamespace($1) AND relname = ANY($2) AND attnum > 0 AND NOT attisdropped
               ORDER BY relname, attname";
    Ok(sqlx::query_as(sql).bind(schema).bind(projection.tables()).fetch_all(connection).await?)
}

/// Makes of the rows kept aside those of a rebuild that has come as far as they had, and of what waited what is tried again.
async fn take_out(connection: &mut PgConnection, projection: &str) -> Result<(), ProjectionError> {
    let (aside, to, checkpoint) = (aside(projection), schema(projection), checkpoint_of(projection));
    // Whoever still folds for a rebuild that was cancelled changes nothing more.
    sqlx::query(&format!(
        "INSERT INTO projection_checkpoints AS held (name, version, position, epoch, leased_until)
         SELECT $1, version, position, 1, now() FROM {aside}.way_back
         ON CONFLICT (name) DO UPDATE SET version = excluded.version, position = excluded.position,
             epoch = held.epoch + 1, leased_until = excluded.leased_until"
    ))
    .bind(&checkpoint)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM quarantined_streams WHERE projection = $1")
        .bind(&checkpoint)
        .execute(&mut *connection)
        .await?;
    sqlx::query(&format!(
        "INSERT INTO quarantined_streams (projection, account, aggregate_type, aggregate_id, position, error, attempts,
                                          blocked_events, first_failed_at, decision)
         SELECT $1, stream.account, stream.aggregate_type, stream.aggregate_id, stream.position, stream.error, stream.attempts,
                stream.blocked_events, stream.first_failed_at, 'retry'
         FROM {aside}.way_back AS kept, jsonb_populate_recordset(NULL::quarantined_streams, kept.waiting) AS stream"
    ))
    .bind(&checkpoint)
    .execute(&mut *connection)
    .await?;
    let rename = format!(
        "DROP TABLE {aside}.way_back; DROP SCHEMA IF EXISTS {to} CASCADE; ALTER SCHEMA {aside} RENAME TO {to}"
    );
    connection.execute(rename.as_str()).await?;
    Ok(())
}
