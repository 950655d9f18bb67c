//! Whether an event can be read as its aggregate reads it.

use cqrs_es::Aggregate;
use domain::account::Account;
use domain::analysis::Analysis;
use domain::flow::Flow;
use domain::proposal::Proposal;
use domain::recorded_event::{RecordedEvent, Unreadable};
use domain::script::ScriptTemplate;
use domain::session::Session;

/// Reads it. A type of aggregate that this program does not know can't be read.
pub(crate) fn decode(event: &RecordedEvent) -> Result<(), Unreadable> {
    match event.aggregate_type.as_str() {
        Session::TYPE => event.decode::<<Session as Aggregate>::Event>().map(drop),
        Flow::TYPE => event.decode::<<Flow as Aggregate>::Event>().map(drop),
        Account::TYPE => event.decode::<<Account as Aggregate>::Event>().map(drop),
        ScriptTemplate::TYPE => event.decode::<<ScriptTemplate as Aggregate>::Event>().map(drop),
        Proposal::TYPE => event.decode::<<Proposal as Aggregate>::Event>().map(drop),
        Analysis::TYPE => event.decode::<<Analysis as Aggregate>::Event>().map(drop),
        _ => {
            event.payload.as_ref().map_err(Clone::clone)?;
            Err(event.unreadable("this program does not know its type of aggregate".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::DateTime;
    use cqrs_es::persist::SerializedEvent;
    use domain::id::{AccountId, CommandId, CorrelationId};
    use domain::metadata::{Actor, Metadata};
    use domain::recorded_event::Position;
    use event_store::Catalog;
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_event_that_was_ever_stored_can_be_read() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/golden");
        let files = std::fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
        let mut read = 0;
        for file in files.filter(|path| path.is_file()) {
            let payload: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
            let event_type = payload["type"].as_str().unwrap().to_owned();
            // As it was stored, in the version that the file's name tells, and as any log is read.
            let version = file.file_stem().unwrap().to_str().unwrap().split('-').nth(1).unwrap().to_owned();
            let stored = SerializedEvent::new(
                String::new(),
                1,
                String::new(),
                event_type,
                version,
                payload,
                Value::Null,
            );
            let (newest, known) = Catalog::current().upcast(stored);
            assert_eq!(known, Ok(()), "{}", file.display());
            let event = event(&newest.event_type, newest.payload);
            assert_eq!(decode(&event), Ok(()), "{}", file.display());
            read += 1;
        }
        assert!(read > 30, "only {read} files found");
    }

    #[test]
    fn what_is_unknown_or_of_another_shape_is_told() {
        assert!(decode(&event("weather.rained", Value::Null)).is_err());
        assert!(decode(&event("session.paused", serde_json::json!({"type": "session.flew"}))).is_err());
    }

    fn event(event_type: &str, payload: Value) -> RecordedEvent {
        RecordedEvent {
            position: Position(1),
            aggregate_type: event_type.split('.').next().unwrap().to_owned(),
            aggregate_id: Uuid::nil(),
            version: 1,
            event_type: event_type.to_owned(),
            event_version: "1.0".to_owned(),
            payload: Ok(payload),
            metadata: Metadata {
                account: AccountId(Uuid::nil()),
                actor: Actor::System,
                command: CommandId(Uuid::nil()),
                correlation: CorrelationId(Uuid::nil()),
                causation: None,
                recorded_at: DateTime::UNIX_EPOCH,
            },
        }
    }
}
