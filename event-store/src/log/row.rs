//! The log's SQL, and its rows.

use cqrs_es::persist::SerializedEvent;
use domain::id::AccountId;
use domain::recorded_event::Position;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::Until;
use crate::opening::{Columns, StoredEvent};

pub(super) const SELECT: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                                 payload, metadata, account, command_id, recorded_at FROM events ";

pub(super) async fn page(
    pool: &PgPool,
    after: Position,
    upto: Position,
    limit: usize,
    types: &[&str],
) -> Result<Vec<StoredEvent>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = if types.is_empty() {
        let sql = format!("{SELECT} WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3");
        sqlx::query(&sql).bind(after.0).bind(upto.0).bind(limit).fetch_all(pool).await?
    } else {
        let sql = format!(
            "{SELECT} WHERE position > $1 AND position <= $2 AND event_type = ANY ($4) ORDER BY position LIMIT $3"
        );
        sqlx::query(&sql).bind(after.0).bind(upto.0).bind(limit).bind(types).fetch_all(pool).await?
    };
    read(&rows)
}

pub(super) async fn stream(
    pool: &PgPool,
    account: AccountId,
    aggregate_type: &str,
    aggregate_id: Uuid,
    until: Until,
    (after, limit): (Position, Option<usize>),
) -> Result<Vec<StoredEvent>, StoreError> {
    let (version, position, instant) = match until {
        Until::Now => (None, None, None),
        Until::Version(version) => (Some(i64::try_from(version).unwrap_or(i64::MAX)), None, None),
        Until::Position(position) => (None, Some(position.0), None),
        Until::Instant(instant) => (None, None, Some(instant)),
    };
    let sql = format!(
        "{SELECT} WHERE aggregate_type = $1 AND aggregate_id = $2 AND account = $3
           AND ($4::bigint IS NULL OR sequence <= $4)
           AND ($5::bigint IS NULL OR position <= $5)
           AND ($6::timestamptz IS NULL OR recorded_at <= $6)
           AND position > $7
         ORDER BY sequence LIMIT $8"
    );
    let rows = sqlx::query(&sql)
        .bind(aggregate_type)
        .bind(aggregate_id.to_string())
        .bind(account.0)
        .bind(version)
        .bind(position)
        .bind(instant)
        .bind(after.0)
        .bind(limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)))
        .fetch_all(pool)
        .await?;
    read(&rows)
}

pub(super) fn read(rows: &[PgRow]) -> Result<Vec<StoredEvent>, StoreError> {
    rows.iter().map(|row| stored_event(row).map_err(StoreError::from)).collect()
}

fn stored_event(row: &PgRow) -> Result<StoredEvent, sqlx::Error> {
    let sequence: i64 = row.try_get("sequence")?;
    Ok(StoredEvent {
        position: Position(row.try_get("position")?),
        event: SerializedEvent {
            aggregate_id: row.try_get("aggregate_id")?,
            sequence: usize::try_from(sequence).unwrap_or_default(),
            aggregate_type: row.try_get("aggregate_type")?,
            event_type: row.try_get("event_type")?,
            event_version: row.try_get("event_version")?,
            payload: row.try_get("payload")?,
            metadata: row.try_get("metadata")?,
        },
        columns: Columns {
            account: row.try_get("account")?,
            command: row.try_get("command_id")?,
            recorded_at: row.try_get("recorded_at")?,
        },
    })
}
