//! How far a projection has come, and who may move it on.

use domain::recorded_event::Position;
use sqlx::{PgConnection, PgExecutor, PgPool};

use crate::error::ProjectionError;

/// A runner's hold on a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Everything up to here is in the read model.
    pub position: Position,
    /// The fencing epoch: the runner with the highest one owns the projection.
    pub epoch: i64,
}

/// Takes a projection over: from now on whoever held it before changes nothing.
pub async fn take_over(pool: &PgPool, name: &str, version: i32) -> Result<Checkpoint, ProjectionError> {
    let (position, epoch): (i64, i64) = sqlx::query_as(
        "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ($1, $2, 0, 1)
         ON CONFLICT (name) DO UPDATE SET epoch = projection_checkpoints.epoch + 1, updated_at = now()
         RETURNING position, epoch",
    )
    .bind(name)
    .bind(version)
    .fetch_one(pool)
    .await?;
    Ok(Checkpoint { position: Position(position), epoch })
}

/// Moves the checkpoint on, unless somebody else did or took over.
pub async fn advance(
    connection: &mut PgConnection,
    name: &'static str,
    from: Checkpoint,
    to: Position,
) -> Result<(), ProjectionError> {
    let moved = sqlx::query(
        "UPDATE projection_checkpoints SET position = $4, updated_at = now()
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
        Some((epoch,)) if epoch != from.epoch => Err(ProjectionError::Fenced(name)),
        _ => Err(ProjectionError::SetBack(name)),
    }
}

/// Where a projection stands; none before it ever ran.
pub async fn of(database: impl PgExecutor<'_>, name: &str) -> Result<Option<Position>, ProjectionError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT position FROM projection_checkpoints WHERE name = $1")
        .bind(name)
        .fetch_optional(database)
        .await?;
    Ok(row.map(|(position,)| Position(position)))
}

/// Where every projection stands, by name.
pub async fn all(pool: &PgPool) -> Result<Vec<(String, Position)>, ProjectionError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT name, position FROM projection_checkpoints ORDER BY name LIMIT 1000")
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|(name, position)| (name, Position(position))).collect())
}
