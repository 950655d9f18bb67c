//! Events exactly as the table holds them: what is personal still sealed, JSON as PostgreSQL writes it.
//!
//! The ledger and the archive are made of these, so that both hold for good, whatever becomes of keys and shapes.

use chrono::{DateTime, Utc};
use domain::recorded_event::Position;
use sqlx::postgres::PgRow;
use sqlx::{PgExecutor, Row};
use uuid::Uuid;

/// A row of the events table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventAsStored {
    pub(crate) position: Position,
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) account: Uuid,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) command_id: Uuid,
}

/// The events after a position and up to another one, at most `limit` of them.
pub(crate) async fn page(
    database: impl PgExecutor<'_>,
    after: Position,
    upto: Position,
    limit: usize,
) -> Result<Vec<EventAsStored>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text AS payload,
                metadata::text AS metadata, account, recorded_at, command_id
           FROM events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
    )
    .bind(after.0)
    .bind(upto.0)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(database)
    .await?;
    rows.iter().map(event).collect()
}

fn event(row: &PgRow) -> Result<EventAsStored, sqlx::Error> {
    Ok(EventAsStored {
        position: Position(row.try_get("position")?),
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        sequence: row.try_get("sequence")?,
        event_type: row.try_get("event_type")?,
        event_version: row.try_get("event_version")?,
        payload: row.try_get("payload")?,
        metadata: row.try_get("metadata")?,
        account: row.try_get("account")?,
        recorded_at: row.try_get("recorded_at")?,
        command_id: row.try_get("command_id")?,
    })
}
