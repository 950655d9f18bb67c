//! Streams that can't be folded: they wait, all others go on, and nothing is skipped in silence.

mod mend;
mod waiting;

pub use waiting::{Decision, Narrowed, Waiting, counts, decide, one, waiting};

use std::collections::HashSet;

use domain::recorded_event::{Position, RecordedEvent};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;

/// The streams of one projection that wait, and the events that were left out of it for good.
#[derive(Debug, Clone, Default)]
pub struct Quarantine {
    streams: HashSet<(String, Uuid)>,
    skipped: HashSet<Position>,
}

impl Quarantine {
    /// Reads what waits already. What was left out of a projection is left out when it is built anew, too.
    pub async fn load(pool: &PgPool, projection: &str) -> Result<Self, ProjectionError> {
        Self::read(&mut *pool.acquire().await?, projection).await
    }

    /// The same over one connection, within its transaction if there is one.
    pub async fn read(connection: &mut PgConnection, projection: &str) -> Result<Self, ProjectionError> {
        let streams: Vec<(String, Uuid)> = sqlx::query_as(
            "SELECT aggregate_type, aggregate_id FROM quarantined_streams WHERE projection = $1",
        )
        .bind(projection)
        .fetch_all(&mut *connection)
        .await?;
        let skipped: Vec<(i64,)> =
            sqlx::query_as("SELECT position FROM skipped_events WHERE projection = split_part($1, '@', 1)")
                .bind(projection)
                .fetch_all(connection)
                .await?;
        Ok(Self {
            streams: streams.into_iter().collect(),
            skipped: skipped.into_iter().map(|(position,)| Position(position)).collect(),
        })
    }

    /// Whether this event's stream waits.
    pub fn holds(&self, event: &RecordedEvent) -> bool {
        !self.streams.is_empty() && self.streams.contains(&(event.aggregate_type.clone(), event.aggregate_id))
    }

    /// Whether this event was left out.
    pub fn leaves_out(&self, event: &RecordedEvent) -> bool {
        self.skipped.contains(&event.position)
    }

    /// Whether any stream waits.
    pub fn any_waits(&self) -> bool {
        !self.streams.is_empty()
    }

    /// Nothing waits and nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.skipped.is_empty()
    }

    /// From now on this event's stream waits. Call it after the transaction that stored it has committed.
    pub fn add(&mut self, event: &RecordedEvent) {
        self.streams.insert((event.aggregate_type.clone(), event.aggregate_id));
    }

    /// A stream goes on. Call it after the transaction that folded it has committed.
    pub(crate) fn release(&mut self, aggregate_type: &str, aggregate_id: Uuid) {
        self.streams.remove(&(aggregate_type.to_owned(), aggregate_id));
    }

    /// An event is left out from now on.
    pub(crate) fn leave_out(&mut self, position: Position) {
        self.skipped.insert(position);
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

/// Counts so many events that wait behind the one that failed.
pub async fn count_blocked(
    connection: &mut PgConnection,
    projection: &str,
    event: &RecordedEvent,
    count: usize,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE quarantined_streams SET blocked_events = blocked_events + $4
         WHERE projection = $1 AND aggregate_type = $2 AND aggregate_id = $3",
    )
    .bind(projection)
    .bind(&event.aggregate_type)
    .bind(event.aggregate_id)
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}
