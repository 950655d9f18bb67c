//! What the outside world must do: rows that workers claim under a lease, many at once across sessions, one at a time
//! within one.

use std::time::Duration;

use domain::id::{AccountId, CommandId, CorrelationId};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;

/// Something to do, as a projection asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkItem {
    /// Derived from the event that asked: asking twice adds nothing.
    pub key: String,
    /// Which worker does it.
    pub kind: &'static str,
    /// For which account.
    pub account: AccountId,
    /// What it must not overtake: the session, say.
    pub lane: Uuid,
    /// What the worker needs to know; nothing personal.
    pub payload: Value,
    /// What it belongs together with.
    pub correlation: CorrelationId,
    /// The command whose event asked.
    pub causation: CommandId,
}

/// Work that a worker holds until its lease expires.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The item's key.
    pub key: String,
    /// The lane it occupies.
    pub lane: Uuid,
    /// For which account.
    pub account: AccountId,
    /// What it needs to know.
    pub payload: Value,
    /// What it belongs together with.
    pub correlation: CorrelationId,
    /// The command whose event asked.
    pub causation: CommandId,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// Why it failed the last time.
    pub last_error: Option<String>,
}

impl WorkItem {
    /// The item as who does it at once holds it, outside the queue.
    pub fn at_once(self) -> Claim {
        Claim {
            key: self.key,
            lane: self.lane,
            account: self.account,
            payload: self.payload,
            correlation: self.correlation,
            causation: self.causation,
            attempts: 1,
            last_error: None,
        }
    }
}

/// Adds what is not there yet.
pub async fn add(connection: &mut PgConnection, items: &[WorkItem]) -> Result<(), ProjectionError> {
    if items.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO work_items (key, kind, account, lane, payload, correlation, causation)
         SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::jsonb[], $6::uuid[], $7::uuid[])
         ON CONFLICT (key) DO NOTHING",
    )
    .bind(items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.kind).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.account.0).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.lane).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.payload.clone()).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.correlation.0).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.causation.0).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Claims up to `limit` items of a kind that have been due for `head_start` for as long as `lease`, the oldest first. Only
/// the oldest item of a lane can be claimed, so that two workers never hold the same lane. Neither a claim nor its end waits for the disk: what a crash takes back is claimed
/// again, and doing it again records nothing twice.
pub async fn claim(
    pool: &PgPool,
    kind: &str,
    limit: i64,
    lease: Duration,
    head_start: Duration,
) -> Result<Vec<Claim>, ProjectionError> {
    type Row = (String, Uuid, Uuid, Value, Uuid, Uuid, i32, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "WITH quiet AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)
         ), due AS MATERIALIZED (
             SELECT sequence FROM work_items AS item, quiet
             WHERE state = 'ready' AND kind = $1 AND run_after <= now() - make_interval(secs => $4)
               AND (leased_until IS NULL OR leased_until < now())
               AND NOT EXISTS (SELECT FROM work_items AS older
                               WHERE older.lane = item.lane AND older.state = 'ready' AND older.sequence < item.sequence)
             ORDER BY run_after, sequence LIMIT $2 FOR UPDATE OF item SKIP LOCKED
         ), claimed AS (
             UPDATE work_items AS item
             SET attempts = attempts + 1, leased_until = now() + make_interval(secs => $3)
             FROM due WHERE item.sequence = due.sequence
             RETURNING item.*
         )
         SELECT key, lane, account, payload, correlation, causation, attempts, last_error FROM claimed ORDER BY run_after, sequence",
    )
    .bind(kind)
    .bind(limit)
    .bind(lease.as_secs_f64())
    .bind(head_start.as_secs_f64())
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(key, lane, account, payload, correlation, causation, attempts, last_error)| Claim {
            key,
            lane,
            account: AccountId(account),
            payload,
            correlation: CorrelationId(correlation),
            causation: CommandId(causation),
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            last_error,
        })
        .collect())
}

/// Holds an item for as long as `lease` from now on; false if it is not this worker's any more.
pub async fn renew(pool: &PgPool, claim: &Claim, lease: Duration) -> Result<bool, ProjectionError> {
    let held = sqlx::query(
        "UPDATE work_items SET leased_until = now() + make_interval(secs => $3)
         WHERE key = $1 AND state = 'ready' AND attempts = $2",
    )
    .bind(&claim.key)
    .bind(i32::try_from(claim.attempts).unwrap_or(i32::MAX))
    .bind(lease.as_secs_f64())
    .execute(pool)
    .await?;
    Ok(held.rows_affected() > 0)
}

/// Ends items: they are done.
pub async fn complete(pool: &PgPool, keys: &[String]) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE work_items SET state = 'done', leased_until = NULL, ended_at = now()
         FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quiet
         WHERE key = ANY($1) AND state = 'ready'",
    )
    .bind(keys)
    .execute(pool)
    .await?;
    Ok(())
}

/// Gives an item back, to be tried again after `delay`; unless its lease ran out and somebody else holds it by now.
pub async fn put_off(
    pool: &PgPool,
    claim: &Claim,
    delay: Duration,
    error: &str,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE work_items SET leased_until = NULL, last_error = $4, run_after = now() + make_interval(secs => $3)
         WHERE key = $1 AND state = 'ready' AND attempts = $2",
    )
    .bind(&claim.key)
    .bind(i32::try_from(claim.attempts).unwrap_or(i32::MAX))
    .bind(delay.as_secs_f64())
    .bind(error)
    .execute(pool)
    .await?;
    Ok(())
}

/// Gives an item up, visibly; unless its lease ran out and somebody else holds it by now.
pub async fn give_up(pool: &PgPool, claim: &Claim, error: &str) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE work_items SET state = 'given_up', leased_until = NULL, last_error = $3, ended_at = now()
         WHERE key = $1 AND state = 'ready' AND attempts = $2",
    )
    .bind(&claim.key)
    .bind(i32::try_from(claim.attempts).unwrap_or(i32::MAX))
    .bind(error)
    .execute(pool)
    .await?;
    Ok(())
}

/// Ends items within a projection's transaction: what they asked for is there.
pub(crate) async fn settle(connection: &mut PgConnection, keys: &[String]) -> Result<(), ProjectionError> {
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE work_items SET state = 'done', leased_until = NULL, ended_at = now()
         WHERE key = ANY($1) AND state = 'ready'",
    )
    .bind(keys)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets what was done longer ago than `age`; what was given up stays to be seen. Returns how many rows went.
pub async fn forget_done(pool: &PgPool, age: Duration) -> Result<u64, ProjectionError> {
    let gone = sqlx::query(
        "DELETE FROM work_items WHERE sequence IN (
             SELECT sequence FROM work_items
             WHERE state = 'done' AND ended_at < now() - make_interval(secs => $1) LIMIT 10000)",
    )
    .bind(age.as_secs_f64())
    .execute(pool)
    .await?;
    Ok(gone.rows_affected())
}

/// How many items are ready, and how many were given up.
pub async fn depth(pool: &PgPool) -> Result<(i64, i64), ProjectionError> {
    Ok(sqlx::query_as(
        "SELECT count(*) FILTER (WHERE state = 'ready'), count(*) FILTER (WHERE state = 'given_up')
         FROM work_items WHERE state <> 'done'",
    )
    .fetch_one(pool)
    .await?)
}
