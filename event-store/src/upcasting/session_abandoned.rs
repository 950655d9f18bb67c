//! `session.abandoned` 1.0 said by whom, and by nobody that it was the timer; since 2.0 the cause stands beside it.

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use serde_json::Value;

/// From 1.0 to 2.0.
pub(super) struct SessionAbandoned;

impl EventUpcaster for SessionAbandoned {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        (event_type, event_version) == ("session.abandoned", "1.0")
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        if let Some(fields) = event.payload.as_object_mut() {
            let cause = match fields.get("by") {
                Some(by) if !by.is_null() => "handler",
                _ => {
                    fields.remove("by");
                    "idle"
                }
            };
            fields.insert("cause".to_owned(), Value::from(cause));
        }
        "2.0".clone_into(&mut event.event_version);
        event
    }
}
