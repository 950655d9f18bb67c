//! One statement appends a command's events, its idempotency row and its new keys: one round trip, all or nothing.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::id::{AccountId, CommandId};
use domain::recorded_event::Position;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::error::{StoreError, connection_is_lost};
use crate::sealing::NewKey;

/// What one command adds to the log.
#[derive(Debug)]
pub(crate) struct Append<'a> {
    pub(crate) account: AccountId,
    pub(crate) command: CommandId,
    pub(crate) input_hash: [u8; 32],
    pub(crate) aggregate_type: &'a str,
    pub(crate) aggregate_id: Uuid,
    /// The version that the events follow on.
    pub(crate) after_version: u64,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) metadata: Value,
    pub(crate) events: Vec<SealedEvent>,
    pub(crate) keys: Vec<Arc<NewKey>>,
}

/// An event as it is stored.
#[derive(Debug)]
pub(crate) struct SealedEvent {
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: Value,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// The events stand at these positions, in their order.
    At(Vec<Position>),
    /// Nothing was stored: this command id was carried out before.
    Before,
}

// The parts run in this order, because each needs the rows of the one before:
// 1. `locked` reads the sequence and locks what it read (the argument is computed before the function is called);
// 2. `drawn` joins `locked`, so a row of it has to be there before the first position is drawn;
// 3. `command` needs the highest position;
// 4. keys and events need the row of `command`, which is missing when the id was there before.
// Should another transaction be about to store the same command id, 3 waits for its end.
macro_rules! append_sql {
    ($keys:literal) => {
        concat!(
            "WITH locked AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(
               (17996::bigint << 48) | CASE WHEN is_called THEN last_value ELSE last_value - 1 END)
      FROM events_position
), drawn AS MATERIALIZED (
    SELECT given.event_type, given.event_version, given.payload, given.n, nextval('events_position') AS position
      FROM locked,
           UNNEST($9::text[], $10::text[], $11::jsonb[]) WITH ORDINALITY AS given (event_type, event_version, payload, n)
     ORDER BY given.n
), command AS (
    INSERT INTO commands
           (account, command_id, input_hash, aggregate_type, aggregate_id, version, position, recorded_at)
    SELECT $1, $2, $3, $4, $5, $6 + count(*), max(position), $7
      FROM drawn
    ON CONFLICT DO NOTHING
    RETURNING account
)",
            $keys,
            "
INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                    position, account, recorded_at, command_id)
SELECT $4, $5::text, $6 + drawn.n, drawn.event_type, drawn.event_version, drawn.payload, $8,
       drawn.position, command.account, $7, $2
  FROM command, drawn
 ORDER BY drawn.n
RETURNING position"
        )
    };
}

const APPEND: &str = append_sql!("");
const APPEND_WITH_KEYS: &str = append_sql!(
    ", keys AS (
    INSERT INTO data_keys (subject_kind, subject_id, account, wrapped, master_key_id, created_at)
    SELECT given.kind, given.id, command.account, given.wrapped, given.master_key_id, $7
      FROM command, UNNEST($12::text[], $13::uuid[], $14::bytea[], $15::text[]) AS given (kind, id, wrapped, master_key_id)
)"
);

/// Appends. A lost connection gives `OutcomeUnknown`: the statement may have been carried out.
pub(crate) async fn append(pool: &PgPool, append: &Append<'_>) -> Result<Appended, StoreError> {
    let mut connection = pool.acquire().await?;
    let types: Vec<&str> = append.events.iter().map(|event| event.event_type.as_str()).collect();
    let versions: Vec<&str> = append.events.iter().map(|event| event.event_version.as_str()).collect();
    let payloads: Vec<Json<&Value>> = append.events.iter().map(|event| Json(&event.payload)).collect();
    let query = sqlx::query(if append.keys.is_empty() { APPEND } else { APPEND_WITH_KEYS })
        .bind(append.account.0)
        .bind(append.command.0)
        .bind(append.input_hash.as_slice())
        .bind(append.aggregate_type)
        .bind(append.aggregate_id)
        .bind(i64::try_from(append.after_version).unwrap_or(i64::MAX))
        .bind(append.recorded_at)
        .bind(&append.metadata)
        .bind(types)
        .bind(versions)
        .bind(payloads);
    let query = if append.keys.is_empty() {
        query
    } else {
        let keys = || append.keys.iter();
        query
            .bind(keys().map(|key| key.subject.kind()).collect::<Vec<_>>())
            .bind(keys().map(|key| key.subject.id()).collect::<Vec<_>>())
            .bind(keys().map(|key| key.wrapped.as_slice()).collect::<Vec<_>>())
            .bind(keys().map(|key| key.master_key_id.as_str()).collect::<Vec<_>>())
    };
    let rows = query.fetch_all(&mut *connection).await.map_err(|error| {
        if connection_is_lost(&error) {
            tracing::warn!(error = %error, "the connection broke off in the middle of an append");
            return StoreError::OutcomeUnknown;
        }
        StoreError::from(error)
    })?;
    if rows.is_empty() {
        return Ok(Appended::Before);
    }
    let mut positions = rows.iter().map(|row| row.try_get(0).map(Position)).collect::<Result<Vec<_>, _>>()?;
    positions.sort_unstable();
    Ok(Appended::At(positions))
}
