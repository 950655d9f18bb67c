//! Readers of other processes that wait for a projection which lingers: they say so in the database, and whoever holds it looks
//! there while it lets events gather. No process can call another one: LISTEN does not go through a pooler.

use std::time::Duration;

use domain::recorded_event::Position;
use sqlx::PgPool;

use crate::error::ProjectionError;

/// Says that a projection lingers, and that readers of other processes are looked for.
pub(crate) async fn look_out(pool: &PgPool, projection: &str) -> Result<(), ProjectionError> {
    let sql = "INSERT INTO projection_readers (projection) VALUES ($1) ON CONFLICT (projection) DO NOTHING";
    sqlx::query(sql).bind(projection).execute(pool).await?;
    Ok(())
}

/// A reader waits so long for a position. Of several the furthest and the longest are kept: to nobody's harm, for both end
/// by themselves. Nothing is noted where the projection does not linger.
pub(super) async fn want(
    pool: &PgPool,
    projection: &str,
    position: Position,
    within: Duration,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE projection_readers
         SET position = CASE WHEN until > now() THEN greatest(position, $2) ELSE $2 END,
             until = greatest(until, now() + make_interval(secs => $3))
         WHERE projection = $1 AND NOT (position >= $2 AND until >= now() + make_interval(secs => $3))",
    )
    .bind(projection)
    .bind(position.0)
    .bind(within.as_secs_f64())
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether somebody waits for more than what is there.
pub(crate) async fn is_wanted(
    pool: &PgPool,
    projection: &str,
    at: Position,
) -> Result<bool, ProjectionError> {
    let sql = "SELECT EXISTS (SELECT FROM projection_readers
               WHERE projection = $1 AND position > $2 AND until > now())";
    Ok(sqlx::query_scalar(sql).bind(projection).bind(at.0).fetch_one(pool).await?)
}
