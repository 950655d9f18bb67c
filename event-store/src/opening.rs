//! From a stored row to an event that can be read: seals opened, older shapes brought to the newest.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cqrs_es::persist::SerializedEvent;
use domain::id::{AccountId, CommandId, CorrelationId};
use domain::metadata::{Actor, Metadata};
use domain::recorded_event::{Position, RecordedEvent, Unreadable};
use domain::stored_event::Subject;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::sealing::{DataKey, Identity, KeyRing, open, sealed_body};
use crate::upcasting::Catalog;

/// Why an event is unreadable whose data key was destroyed, or was wrapped by another master key.
pub const NO_KEY: &str = "the key that sealed it is not there, or does not open";

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
        let StoredEvent { position, mut event, columns } = stored;
        let aggregate_id = Uuid::parse_str(&event.aggregate_id).unwrap_or_default();
        let version = event.sequence as u64;
        let metadata = metadata(&event.metadata);
        let opened = match &metadata {
            Some(metadata) => unseal(&mut event, aggregate_id, metadata.account, keys),
            None => Err("its metadata are malformed"),
        };
        let (event, readable) = match opened {
            Ok(()) => self.catalog.upcast(event),
            Err(reason) => (event, Err(reason)),
        };
        let payload = match readable {
            Ok(()) => Ok(event.payload),
            Err(reason) => Err(Unreadable {
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
            metadata: metadata.unwrap_or_else(|| columns.as_metadata()),
        }
    }
}

fn sealed_for(payload: &Value) -> Option<Subject> {
    sealed_body(payload).ok().flatten().map(|sealed| sealed.subject)
}

/// Puts the sealed content back in its place, if there is any.
fn unseal(
    event: &mut SerializedEvent,
    aggregate_id: Uuid,
    account: AccountId,
    keys: &HashMap<Subject, Arc<DataKey>>,
) -> Result<(), &'static str> {
    let Some(sealed) = sealed_body(&event.payload)? else { return Ok(()) };
    let key = keys.get(&sealed.subject).filter(|key| key.account == account);
    let key = key.ok_or(NO_KEY)?;
    let identity = Identity {
        aggregate_type: &event.aggregate_type,
        aggregate_id,
        version: event.sequence as u64,
        event_type: &event.event_type,
        event_version: &event.event_version,
    };
    event.payload = open(std::mem::take(&mut event.payload), &key.bytes, identity)?;
    Ok(())
}

fn metadata(stored: &Value) -> Option<Metadata> {
    let map: HashMap<String, String> = HashMap::deserialize(stored).ok()?;
    Metadata::from_map(&map).ok()
}

impl Columns {
    fn as_metadata(self) -> Metadata {
        Metadata {
            account: AccountId(self.account),
            actor: Actor::System,
            command: CommandId(self.command),
            correlation: CorrelationId(self.command),
            causation: None,
            recorded_at: self.recorded_at,
        }
    }
}
