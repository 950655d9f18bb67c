//! From a stored row to an event that can be read: seals opened, older shapes brought to the newest.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cqrs_es::persist::SerializedEvent;
use domain::id::{AccountId, CommandId, CorrelationId};
use domain::metadata::{Actor, Metadata};
use domain::recorded_event::{Position, RecordedEvent, Unreadable};
use domain::stored_event::Subject;
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::sealing::{DataKey, Identity, KeyRing, open, sealed_body};
use crate::upcasting::Catalog;

/// An event as the table holds it.
#[derive(Debug)]
pub(crate) struct StoredEvent {
    pub(crate) position: Position,
    pub(crate) event: SerializedEvent,
    /// What the table's own columns say, for when the metadata can't be read.
    pub(crate) columns: Columns,
}

/// The metadata that stand in columns of their own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Columns {
    pub(crate) account: Uuid,
    pub(crate) command: Uuid,
    pub(crate) recorded_at: chrono::DateTime<chrono::Utc>,
}

/// Opens events.
#[derive(Clone)]
pub(crate) struct Opener {
    pub(crate) keys: KeyRing,
    pub(crate) catalog: Arc<Catalog>,
}

impl Opener {
    /// Opens them all. An event that can't be opened says so in its payload; only the database's failure is an error.
    pub(crate) async fn open(&self, stored: Vec<StoredEvent>) -> Result<Vec<RecordedEvent>, StoreError> {
        let subjects: HashSet<Subject> =
            stored.iter().filter_map(|event| sealed_for(&event.event.payload)).collect();
        let subjects: Vec<Subject> = subjects.into_iter().collect();
        let keys = self.keys.find(&subjects).await?;
        Ok(stored.into_iter().map(|event| self.open_one(event, &keys)).collect())
    }

    fn open_one(&self, stored: StoredEvent, keys: &HashMap<Subject, Arc<DataKey>>) -> RecordedEvent {
        let StoredEvent { position, event, columns } = stored;
        let aggregate_id = Uuid::parse_str(&event.aggregate_id).unwrap_or_default();
        let version = event.sequence as u64;
        let metadata = metadata(&event.metadata, columns);
        let opened = match &metadata {
            Err(_) => Err((event, "its metadata are malformed")),
            Ok(metadata) => unseal(event, aggregate_id, metadata.account, keys),
        };
        let upcast = opened.and_then(|event| self.catalog.upcast(event));
        let (event, reason) = match upcast {
            Ok(event) => (event, None),
            Err((event, reason)) => (event, Some(reason)),
        };
        let payload = match reason {
            None => Ok(event.payload),
            Some(reason) => Err(Unreadable {
                position,
                event_type: event.event_type.clone(),
                event_version: event.event_version.clone(),
                reason: reason.to_owned(),
            }),
        };
        RecordedEvent {
            position,
            aggregate_type: event.aggregate_type,
            aggregate_id,
            version,
            event_type: event.event_type,
            event_version: event.event_version,
            payload,
            metadata: metadata.unwrap_or_else(|from_columns| from_columns),
        }
    }
}

fn sealed_for(payload: &Value) -> Option<Subject> {
    sealed_body(payload).ok().flatten().map(|sealed| sealed.subject)
}

fn unseal(
    mut event: SerializedEvent,
    aggregate_id: Uuid,
    account: AccountId,
    keys: &HashMap<Subject, Arc<DataKey>>,
) -> Result<SerializedEvent, (SerializedEvent, &'static str)> {
    let key = match sealed_body(&event.payload) {
        Ok(None) => return Ok(event),
        Ok(Some(sealed)) => keys.get(&sealed.subject).filter(|key| key.account == account),
        Err(reason) => return Err((event, reason)),
    };
    let Some(key) = key else { return Err((event, "the key that sealed it is not there, or does not open")) };
    let identity = Identity {
        aggregate_type: &event.aggregate_type,
        aggregate_id,
        version: event.sequence as u64,
        event_type: &event.event_type,
        event_version: &event.event_version,
    };
    match open(std::mem::take(&mut event.payload), &key.bytes, identity) {
        Ok(payload) => Ok(SerializedEvent { payload, ..event }),
        Err(reason) => Err((event, reason)),
    }
}

/// The stored metadata, or as the error what the columns make of them.
fn metadata(stored: &Value, columns: Columns) -> Result<Metadata, Metadata> {
    let map: Option<HashMap<String, String>> = serde_json::from_value(stored.clone()).ok();
    map.and_then(|map| Metadata::from_map(&map).ok()).ok_or_else(|| Metadata {
        account: AccountId(columns.account),
        actor: Actor::System,
        command: CommandId(columns.command),
        correlation: CorrelationId(columns.command),
        causation: None,
        recorded_at: columns.recorded_at,
    })
}
