//! From an aggregate's events to stored ones: numbered, sealed, appended, and followers woken.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use cqrs_es::{Aggregate, DomainEvent};
use domain::recorded_event::{Position, RecordedEvent};
use domain::stored_event::{Sealable, Subject};
use serde_json::Value;
use uuid::Uuid;

use crate::append::{Append, Appended, SealedEvent};
use crate::error::StoreError;
use crate::executor::CommandContext;
use crate::sealing::{Identity, PreparedKey, holds_personal, seal};
use crate::store::EventStore;

type Prepared = (Append, Vec<RecordedEvent>, HashMap<Subject, PreparedKey>);

impl EventStore {
    /// Seals and appends events, and gives them back as the log will.
    pub(crate) async fn append_events<A>(
        &self,
        id: Uuid,
        after_version: u64,
        events: &[A::Event],
        context: &CommandContext,
        recorded_at: DateTime<Utc>,
    ) -> Result<(Appended, Vec<RecordedEvent>), StoreError>
    where
        A: Aggregate,
        A::Event: Sealable,
    {
        let (adding, mut recorded, keys) =
            self.prepare_append::<A>(id, after_version, events, context, recorded_at).await?;
        let appended = self.appender.append(adding).await?;
        if let Appended::At(positions) = &appended {
            for (event, position) in recorded.iter_mut().zip(positions) {
                event.position = *position;
            }
            for key in keys.values() {
                self.keys.remember(key);
            }
            metrics::counter!("flowpilot_events_appended_total").increment(positions.len() as u64);
            self.wake_followers(positions.last().copied().unwrap_or_default());
        }
        Ok((appended, recorded))
    }

    /// What an append needs: the events numbered and sealed. Beside it the events as the log will give them, still without
    /// positions, and the keys.
    pub(crate) async fn prepare_append<A>(
        &self,
        id: Uuid,
        after_version: u64,
        events: &[A::Event],
        context: &CommandContext,
        recorded_at: DateTime<Utc>,
    ) -> Result<Prepared, StoreError>
    where
        A: Aggregate,
        A::Event: Sealable,
    {
        let metadata = context.metadata(recorded_at);
        let payloads = events.iter().map(as_json).collect::<Result<Vec<_>, _>>()?;
        let subjects: Vec<Subject> = events
            .iter()
            .zip(&payloads)
            .filter(|(_, payload)| holds_personal(payload))
            .filter_map(|(event, _)| event.subject(id))
            .collect();
        let keys = self.keys_for(id, after_version == 0, subjects, context).await?;
        let mut recorded = Vec::with_capacity(events.len());
        let mut sealed = Vec::with_capacity(events.len());
        for ((version, event), payload) in (after_version + 1..).zip(events).zip(payloads) {
            let event_type = event.event_type();
            let event_version = event.event_version();
            let identity = Identity {
                aggregate_type: A::TYPE,
                aggregate_id: id,
                version,
                event_type: &event_type,
                event_version: &event_version,
            };
            let key = event.subject(id).and_then(|subject| keys.get(&subject));
            let mut stored = payload.clone();
            seal(&mut stored, key.map(|key| (key.subject, &*key.key.bytes)), identity)?;
            sealed.push(SealedEvent {
                event_type: event_type.clone(),
                event_version: event_version.clone(),
                payload: stored,
            });
            recorded.push(RecordedEvent {
                position: Position::START,
                aggregate_type: A::TYPE.to_owned(),
                aggregate_id: id,
                version,
                event_type,
                event_version,
                payload: Ok(payload),
                metadata: metadata.clone(),
            });
        }
        let append = Append {
            account: context.account,
            command: context.command,
            input_hash: self.keys.blind(context.command, &context.input_hash),
            aggregate_type: A::TYPE,
            aggregate_id: id,
            after_version,
            recorded_at,
            metadata: as_json(&metadata.to_map())?,
            events: sealed,
            keys: keys.values().filter_map(|key| key.new.clone()).collect(),
        };
        Ok((append, recorded, keys))
    }

    /// The keys of all whose personal content is to be sealed.
    async fn keys_for(
        &self,
        id: Uuid,
        is_new: bool,
        subjects: Vec<Subject>,
        context: &CommandContext,
    ) -> Result<HashMap<Subject, PreparedKey>, StoreError> {
        let mut keys = HashMap::new();
        for subject in subjects {
            if keys.contains_key(&subject) {
                continue;
            }
            let prepared = context.keys.iter().find(|key| key.subject == subject);
            let key = match prepared {
                Some(key) => key.clone(),
                // An aggregate without events has no key of its own; one that appears meanwhile makes a conflict.
                None if is_new && subject.id() == id => self.keys.make(context.account, subject),
                None => self.keys.prepare(context.account, subject).await?,
            };
            keys.insert(subject, key);
        }
        Ok(keys)
    }
}

fn as_json(value: &impl serde::Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|_| StoreError::Malformed("it can't be written as JSON"))
}
