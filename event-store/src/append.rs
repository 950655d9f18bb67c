//! One statement appends the events, idempotency rows and new keys of all the commands that wait at that moment: one round
//! trip, and each command's all or nothing.

mod together;

use std::collections::HashMap;
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
pub(crate) use together::Appender;

/// What one command adds to the log.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) account: AccountId,
    pub(crate) command: CommandId,
    pub(crate) input_hash: [u8; 32],
    pub(crate) aggregate_type: &'static str,
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
// 3. `stored` needs the position of each command's last event;
// 4. keys and events need the rows of `stored`, where those are missing whose command id was there before.
// Should another transaction be about to store the same command id, 3 waits for its end. Whoever stores several takes the
// ids, then the streams, then the keys in the order of their names: statements may wait, but never in a circle.
macro_rules! append_sql {
    ($keys:literal) => {
        concat!(
            "WITH locked AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(
               (17996::bigint << 48) | CASE WHEN is_called THEN last_value ELSE last_value - 1 END)
      FROM events_position
), drawn AS MATERIALIZED (
    SELECT given.*, nextval('events_position') AS position
      FROM locked,
           UNNEST($1::uuid[], $2::uuid[], $3::bytea[], $4::text[], $5::uuid[], $6::bigint[], $7::text[], $8::text[],
                  $9::jsonb[], $10::jsonb[], $11::timestamptz[], $12::boolean[]) WITH ORDINALITY AS given
               (account, command_id, input_hash, aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload, metadata, recorded_at, is_last, n)
     ORDER BY given.n
), stored AS (
    INSERT INTO commands
           (account, command_id, input_hash, aggregate_type, aggregate_id, version, position, recorded_at)
    SELECT account, command_id, input_hash, aggregate_type, aggregate_id, sequence, position, recorded_at
      FROM drawn
     WHERE is_last
     ORDER BY account, command_id
    ON CONFLICT DO NOTHING
    RETURNING account, command_id, recorded_at
)",
            $keys,
            "
INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                    position, account, recorded_at, command_id)
SELECT aggregate_type, aggregate_id::text, sequence, event_type, event_version, payload, metadata,
       position, account, drawn.recorded_at, command_id
  FROM drawn JOIN stored USING (account, command_id)
 ORDER BY aggregate_id, sequence
RETURNING command_id, position"
        )
    };
}

const APPEND: &str = append_sql!("");
const APPEND_WITH_KEYS: &str = append_sql!(
    ", keys AS (
    INSERT INTO data_keys (subject_kind, subject_id, account, wrapped, master_key_id, created_at)
    SELECT kind, id, account, wrapped, master_key_id, recorded_at
      FROM UNNEST($13::uuid[], $14::uuid[], $15::text[], $16::uuid[], $17::bytea[], $18::text[])
               AS given (account, command_id, kind, id, wrapped, master_key_id)
      JOIN stored USING (account, command_id)
     ORDER BY kind, id
)"
);

/// Appends what commands add, each with an id and an aggregate of its own; says of each what became of it, in their order.
/// If one of them can't be stored, none is. A lost connection gives `OutcomeUnknown`: the statement may have been carried
/// out.
async fn append(pool: &PgPool, appends: &[&Append]) -> Result<Vec<Appended>, StoreError> {
    let mut connection = pool.acquire().await?;
    let events: Vec<_> = appends.iter().flat_map(|append| append.numbered_events()).collect();
    let keys: Vec<_> =
        appends.iter().flat_map(|append| append.keys.iter().map(move |key| (append, key))).collect();
    let query = sqlx::query(if keys.is_empty() { APPEND } else { APPEND_WITH_KEYS })
        .bind(each(&events, |event| event.of.account.0))
        .bind(each(&events, |event| event.of.command.0))
        .bind(each(&events, |event| event.of.input_hash.as_slice()))
        .bind(each(&events, |event| event.of.aggregate_type))
        .bind(each(&events, |event| event.of.aggregate_id))
        .bind(each(&events, |event| i64::try_from(event.sequence).unwrap_or(i64::MAX)))
        .bind(each(&events, |event| event.sealed.event_type.as_str()))
        .bind(each(&events, |event| event.sealed.event_version.as_str()))
        .bind(each(&events, |event| Json(&event.sealed.payload)))
        .bind(each(&events, |event| Json(&event.of.metadata)))
        .bind(each(&events, |event| event.of.recorded_at))
        .bind(each(&events, |event| event.is_last));
    let query = if keys.is_empty() {
        query
    } else {
        query
            .bind(each(&keys, |(append, _)| append.account.0))
            .bind(each(&keys, |(append, _)| append.command.0))
            .bind(each(&keys, |(_, key)| key.subject.kind()))
            .bind(each(&keys, |(_, key)| key.subject.id()))
            .bind(each(&keys, |(_, key)| key.wrapped.as_slice()))
            .bind(each(&keys, |(_, key)| key.master_key_id.as_str()))
    };
    let rows = query.fetch_all(&mut *connection).await.map_err(|error| {
        if connection_is_lost(&error) {
            tracing::warn!(error = %error, "the connection broke off in the middle of an append");
            return StoreError::OutcomeUnknown;
        }
        StoreError::from(error)
    })?;
    let mut stored: HashMap<Uuid, Vec<Position>> = HashMap::with_capacity(appends.len());
    for row in rows {
        stored.entry(row.try_get(0)?).or_default().push(Position(row.try_get(1)?));
    }
    let became = appends.iter().map(|append| match stored.remove(&append.command.0) {
        Some(mut positions) => {
            positions.sort_unstable();
            Appended::At(positions)
        }
        None => Appended::Before,
    });
    Ok(became.collect())
}

/// An event with its command's columns and its number in the stream.
struct Numbered<'a> {
    of: &'a Append,
    sequence: u64,
    sealed: &'a SealedEvent,
    is_last: bool,
}

impl Append {
    fn numbered_events(&self) -> impl Iterator<Item = Numbered<'_>> {
        let last = self.after_version + self.events.len() as u64;
        (self.after_version + 1..).zip(&self.events).map(move |(sequence, sealed)| Numbered {
            of: self,
            sequence,
            sealed,
            is_last: sequence == last,
        })
    }
}

fn each<'a, T, U>(all: &'a [T], column: impl Fn(&'a T) -> U) -> Vec<U> {
    all.iter().map(column).collect()
}
