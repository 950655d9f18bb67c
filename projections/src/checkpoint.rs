//! How far a projection has come, and who may move it on: one process at a time, under a lease that it renews.

use std::time::Duration;

use domain::recorded_event::Position;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;

/// A process that runs projections.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Its id: a new one each time that it starts.
    pub id: Uuid,
    /// How long what it holds is left to it without a word. It renews in a third of that.
    pub lease: Duration,
}

/// How long a dead process keeps others from what it held, unless a test says otherwise.
pub const LEASE: Duration = Duration::from_secs(3);

/// Whoever takes up a projection that nobody has held for so long is given the time to move it.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// A runner's hold on a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Everything up to here is in the read model.
    pub position: Position,
    /// The fencing epoch: the runner with the highest one owns the projection.
    pub epoch: i64,
}

/// Takes a projection that nobody holds, is not paused, and has rows of this version: from now on whoever held it before
/// changes nothing. None if it is not to be had.
pub async fn acquire(
    pool: &PgPool,
    name: &str,
    version: i32,
    node: Node,
) -> Result<Option<Checkpoint>, ProjectionError> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "INSERT INTO projection_checkpoints AS held (name, version, position, epoch, node, leased_until)
         VALUES ($1, $2, 0, 1, $3, now() + make_interval(secs => $4))
         ON CONFLICT (name) DO UPDATE
         SET epoch = held.epoch + 1, node = excluded.node, leased_until = excluded.leased_until,
             updated_at = CASE WHEN held.leased_until < now() - make_interval(secs => $5) THEN now() ELSE held.updated_at END
         WHERE held.version = excluded.version AND held.paused_at IS NULL
           AND (held.leased_until IS NULL OR held.leased_until < now())
         RETURNING position, epoch",
    )
    .bind(name)
    .bind(version)
    .bind(node.id)
    .bind(node.lease.as_secs_f64())
    .bind(LEFT_ALONE.as_secs_f64())
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|(position, epoch)| Checkpoint { position: Position(position), epoch }))
}

/// Takes a projection that has rows of this version from whoever holds it, also one that is paused: they change nothing any
/// more. None if there are no such rows.
pub(crate) async fn seize(
    pool: &PgPool,
    name: &str,
    version: i32,
    node: Node,
) -> Result<Option<Checkpoint>, ProjectionError> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "UPDATE projection_checkpoints
         SET epoch = epoch + 1, node = $3, leased_until = now() + make_interval(secs => $4)
         WHERE name = $1 AND version = $2 RETURNING position, epoch",
    )
    .bind(name)
    .bind(version)
    .bind(node.id)
    .bind(node.lease.as_secs_f64())
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|(position, epoch)| Checkpoint { position: Position(position), epoch }))
}

/// Holds a projection for another lease, and says how fast it goes. False if it was taken away.
pub async fn renew(
    pool: &PgPool,
    name: &str,
    epoch: i64,
    node: Node,
    events_per_second: f64,
) -> Result<bool, ProjectionError> {
    let renewed = sqlx::query(
        "UPDATE projection_checkpoints
         SET leased_until = now() + make_interval(secs => $3), events_per_second = $4
         WHERE name = $1 AND epoch = $2",
    )
    .bind(name)
    .bind(epoch)
    .bind(node.lease.as_secs_f64())
    .bind(events_per_second)
    .execute(pool)
    .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Lets a projection go, so that the next one need not wait; says why, if something went wrong.
pub async fn release(
    pool: &PgPool,
    name: &str,
    epoch: i64,
    error: Option<&str>,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE projection_checkpoints SET leased_until = now(), events_per_second = 0, last_error = $3
         WHERE name = $1 AND epoch = $2",
    )
    .bind(name)
    .bind(epoch)
    .bind(error)
    .execute(pool)
    .await?;
    Ok(())
}

/// Moves the checkpoint on, unless somebody else did or took over.
pub async fn advance(
    connection: &mut PgConnection,
    name: &str,
    from: Checkpoint,
    to: Position,
) -> Result<(), ProjectionError> {
    let moved = sqlx::query(
        "UPDATE projection_checkpoints SET position = $4, updated_at = now(), last_error = NULL
         WHERE name = $1 AND position = $2 AND epoch = $3",
    )
    .bind(name)
    .bind(from.position.0)
    .bind(from.epoch)
    .bind(to.0)
    .execute(&mut *connection)
    .await?;
    if moved.rows_affected() == 1 {
        return Ok(());
    }
    let epoch: Option<(i64,)> = sqlx::query_as("SELECT epoch FROM projection_checkpoints WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    match epoch {
        Some((epoch,)) if epoch == from.epoch => Err(ProjectionError::SetBack(name.to_owned())),
        _ => Err(ProjectionError::Fenced(name.to_owned())),
    }
}

/// For what is stored without moving the checkpoint: fails unless this epoch holds it, and until the transaction ends nobody
/// takes it over. To be called last, so that its lease can be renewed meanwhile.
pub(crate) async fn keep(
    connection: &mut PgConnection,
    name: &str,
    epoch: i64,
) -> Result<(), ProjectionError> {
    let sql = "SELECT true FROM projection_checkpoints WHERE name = $1 AND epoch = $2 FOR SHARE";
    let held: Option<bool> =
        sqlx::query_scalar(sql).bind(name).bind(epoch).fetch_optional(connection).await?;
    held.map(|_| ()).ok_or_else(|| ProjectionError::Fenced(name.to_owned()))
}

/// Where a projection stands; none before it ever ran.
pub async fn of(database: impl PgExecutor<'_>, name: &str) -> Result<Option<Position>, ProjectionError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT position FROM projection_checkpoints WHERE name = $1")
        .bind(name)
        .fetch_optional(database)
        .await?;
    Ok(row.map(|(position,)| Position(position)))
}

/// Forgets that a projection ever ran.
pub(crate) async fn forget(connection: &mut PgConnection, name: &str) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM projection_checkpoints WHERE name = $1").bind(name).execute(connection).await?;
    Ok(())
}

/// Sets a checkpoint back to the log's beginning, for rows that are empty.
pub(crate) async fn begin_again(pool: &PgPool, name: &str, epoch: i64) -> Result<(), ProjectionError> {
    let sql = "UPDATE projection_checkpoints SET position = 0 WHERE name = $1 AND epoch = $2";
    sqlx::query(sql).bind(name).bind(epoch).execute(pool).await?;
    Ok(())
}

/// Stops a projection where it stands, whoever runs it; or lets it go on. False if it is not there.
pub async fn pause(pool: &PgPool, name: &str, paused: bool) -> Result<bool, ProjectionError> {
    let sql = if paused {
        "UPDATE projection_checkpoints
         SET paused_at = coalesce(paused_at, now()), epoch = epoch + 1, leased_until = now(), events_per_second = 0
         WHERE name = $1"
    } else {
        "UPDATE projection_checkpoints SET paused_at = NULL, updated_at = now() WHERE name = $1"
    };
    Ok(sqlx::query(sql).bind(name).execute(pool).await?.rows_affected() == 1)
}

/// Of which version a projection's rows are; none before it ever ran.
pub async fn version_of(pool: &PgPool, name: &str) -> Result<Option<i32>, ProjectionError> {
    let row: Option<(i32,)> = sqlx::query_as("SELECT version FROM projection_checkpoints WHERE name = $1")
        .bind(name)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|(version,)| version))
}

/// Where every projection stands, by name; those that are being built anew are not among them.
pub async fn all(pool: &PgPool) -> Result<Vec<(String, Position)>, ProjectionError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT name, position FROM projection_checkpoints WHERE name NOT LIKE '%@rebuild' ORDER BY name LIMIT 1000",
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(name, position)| (name, Position(position))).collect())
}
