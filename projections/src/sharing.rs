//! Projections shared out among the processes that live: each takes its part, and gives what is too much.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::checkpoint::{LEASE, Node};
use crate::error::ProjectionError;

/// Says, for as long as the process lives, that it is there.
pub async fn run(pool: PgPool, node: Node, stop: CancellationToken) {
    loop {
        if let Err(error) = greet(&pool, node).await {
            tracing::warn!(error = %error, "other processes may take this one for dead");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(node.lease / 3) => {}
        }
    }
    if let Err(error) = part(&pool, node).await {
        tracing::warn!(error = %error, "other processes notice a little later that this one ended");
    }
}

/// Whether any process is there that runs projections and builds them anew.
pub async fn anybody_is_there(pool: &PgPool) -> Result<bool, ProjectionError> {
    let sql =
        "SELECT EXISTS (SELECT FROM projection_nodes WHERE seen_at > now() - make_interval(secs => $1))";
    Ok(sqlx::query_scalar(sql).bind(LEASE.as_secs_f64()).fetch_one(pool).await?)
}

/// Whether this process may take one more; always where somebody has left this one alone for longer than a lease.
pub(crate) async fn may_take(
    pool: &PgPool,
    node: Node,
    name: &str,
    all: usize,
) -> Result<bool, ProjectionError> {
    Ok(sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM projection_checkpoints
                 WHERE node = $1 AND leased_until > now() AND name NOT LIKE '%@rebuild')
                < ceil($3 / greatest(1, (SELECT count(*) FROM projection_nodes
                                         WHERE node <> $1 AND seen_at > now() - make_interval(secs => $4)) + 1.0))
             OR EXISTS (SELECT FROM projection_checkpoints
                        WHERE name = $2 AND leased_until < now() - make_interval(secs => $4))",
    )
    .bind(node.id)
    .bind(name)
    .bind(i64::try_from(all).unwrap_or(i64::MAX))
    .bind(node.lease.as_secs_f64())
    .fetch_one(pool)
    .await?)
}

/// Whether this process holds more than its part, and this projection is what is too much.
pub(crate) async fn is_too_much(
    pool: &PgPool,
    node: Node,
    name: &str,
    all: usize,
) -> Result<bool, ProjectionError> {
    let surplus: Option<bool> = sqlx::query_scalar(
        "SELECT rank > ceil($3 / greatest(1, (SELECT count(*) FROM projection_nodes
                                              WHERE node <> $1 AND seen_at > now() - make_interval(secs => $4)) + 1.0))
         FROM (SELECT name, row_number() OVER (ORDER BY name) AS rank FROM projection_checkpoints
               WHERE node = $1 AND leased_until > now() AND name NOT LIKE '%@rebuild') AS mine
         WHERE name = $2",
    )
    .bind(node.id)
    .bind(name)
    .bind(i64::try_from(all).unwrap_or(i64::MAX))
    .bind(node.lease.as_secs_f64())
    .fetch_optional(pool)
    .await?;
    Ok(surplus.unwrap_or_default())
}

async fn greet(pool: &PgPool, node: Node) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO projection_nodes (node) VALUES ($1) ON CONFLICT (node) DO UPDATE SET seen_at = now()",
    )
    .bind(node.id)
    .execute(pool)
    .await?;
    // Who was not heard of for long is gone for good: a process has a new id each time that it starts.
    let long = Duration::from_hours(1);
    sqlx::query("DELETE FROM projection_nodes WHERE seen_at < now() - make_interval(secs => $1)")
        .bind(long.as_secs_f64())
        .execute(pool)
        .await?;
    Ok(())
}

async fn part(pool: &PgPool, node: Node) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM projection_nodes WHERE node = $1").bind(node.id).execute(pool).await?;
    Ok(())
}
