//! Whose late redactions hide something in an event.

use uuid::Uuid;

use crate::id::SessionId;
use crate::recorded_event::RecordedEvent;

/// Fields by which an event names the sessions whose words it holds: a proposal's source, and one that supports it.
const NAMED: [&str; 2] = ["source", "session"];

/// The sessions whose words an event holds: the one that it belongs to, or those that a proposal was learnt from. What was found
/// late in one of them is to be hidden whenever the event is shown.
pub fn speaks_of(event: &RecordedEvent) -> Vec<SessionId> {
    if event.aggregate_type == "session" {
        return vec![SessionId(event.aggregate_id)];
    }
    let Ok(payload) = &event.payload else { return Vec::new() };
    let named = NAMED.iter().filter_map(|field| payload.get(field)?.as_str()?.parse::<Uuid>().ok());
    named.map(SessionId).collect()
}
