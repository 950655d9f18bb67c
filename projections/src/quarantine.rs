//! Streams that can't be folded: they wait, all others go on, and nothing is skipped in silence.

use std::collections::HashSet;

use domain::recorded_event::{Position, RecordedEvent};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;

/// The streams of one projection that wait.
#[derive(Debug, Default)]
pub struct Quarantine {
    streams: HashSet<(String, Uuid)>,
}

impl Quarantine {
    /// Reads what waits already.
    pub async fn load(pool: &PgPool, projection: &str) -> Result<Self, ProjectionError> {
        let streams: Vec<(String, Uuid)> = sqlx::query_as(
            "SELECT aggregate_type, aggregate_id FROM quarantined_streams WHERE projection = $1",
        )
        .bind(projection)
        .fetch_all(pool)
        .await?;
        Ok(Self { streams: streams.into_iter().collect() })
    }

    /// Whether this event's stream waits.
    pub fn holds(&self, event: &RecordedEvent) -> bool {
        !self.streams.is_empty() && self.streams.contains(&(event.aggregate_type.clone(), event.aggregate_id))
    }

    /// How many streams wait.
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// From now on this event's stream waits. Call it after the transaction that stored it has committed.
    pub fn add(&mut self, event: &RecordedEvent) {
        self.streams.insert((event.aggregate_type.clone(), event.aggregate_id));
    }
}

/// Stores that a stream waits, from this event on.
pub async fn store(
    connection: &mut PgConnection,
    projection: &str,
    event: &RecordedEvent,
    error: &ProjectionError,
    attempts: u32,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO quarantined_streams
             (projection, account, aggregate_type, aggregate_id, position, error, attempts)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(projection)
    .bind(event.metadata.account.0)
    .bind(&event.aggregate_type)
    .bind(event.aggregate_id)
    .bind(event.position.0)
    .bind(error.to_string())
    .bind(i32::try_from(attempts).unwrap_or(i32::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts events that wait behind the one that failed.
pub async fn count_blocked(
    connection: &mut PgConnection,
    projection: &str,
    event: &RecordedEvent,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE quarantined_streams SET blocked_events = blocked_events + 1
         WHERE projection = $1 AND aggregate_type = $2 AND aggregate_id = $3",
    )
    .bind(projection)
    .bind(&event.aggregate_type)
    .bind(event.aggregate_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// A stream that waits, as an admin sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The projection.
    pub projection: String,
    /// The stream.
    pub aggregate_type: String,
    /// The stream.
    pub aggregate_id: Uuid,
    /// The event that failed.
    pub position: Position,
    /// Why.
    pub error: String,
    /// How many later events wait behind it.
    pub blocked_events: i64,
}

/// What waits, oldest first, at most `limit`.
pub async fn waiting(pool: &PgPool, limit: i64) -> Result<Vec<Waiting>, ProjectionError> {
    let rows: Vec<(String, String, Uuid, i64, String, i64)> = sqlx::query_as(
        "SELECT projection, aggregate_type, aggregate_id, position, error, blocked_events
         FROM quarantined_streams ORDER BY first_failed_at, id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(projection, aggregate_type, aggregate_id, position, error, blocked_events)| Waiting {
            projection,
            aggregate_type,
            aggregate_id,
            position: Position(position),
            error,
            blocked_events,
        })
        .collect())
}
