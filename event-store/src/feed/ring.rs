//! The newest events, as many as fit.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::recorded_event::{Position, RecordedEvent};
use serde_json::Value;

use crate::feed::Stretch;

const MOST_EVENTS: usize = 3072;
const MOST_BYTES: usize = 6 * 1024 * 1024;

/// All events after `floor` up to the newest, in order.
#[derive(Debug)]
pub(super) struct Ring {
    events: VecDeque<(Arc<RecordedEvent>, usize)>,
    bytes: usize,
    floor: Option<Position>,
    most_events: usize,
    most_bytes: usize,
}

impl Default for Ring {
    fn default() -> Self {
        Self::bounded(MOST_EVENTS, MOST_BYTES)
    }
}

impl Ring {
    fn bounded(most_events: usize, most_bytes: usize) -> Self {
        Self { events: VecDeque::new(), bytes: 0, floor: None, most_events, most_bytes }
    }

    /// From here on it keeps everything.
    pub(super) fn start_at(&mut self, position: Position) {
        self.floor = Some(position);
    }

    pub(super) fn extend(&mut self, events: Vec<RecordedEvent>) {
        for event in events {
            let size = size_of_event(&event);
            self.bytes += size;
            self.events.push_back((Arc::new(event), size));
        }
        while self.events.len() > self.most_events || self.bytes > self.most_bytes {
            let Some((oldest, size)) = self.events.pop_front() else { break };
            self.bytes -= size;
            self.floor = Some(oldest.position);
        }
    }

    /// What stands after a position; nothing if some of it is no longer kept.
    pub(super) fn after(&self, position: Position, limit: usize) -> Option<Stretch> {
        if self.floor.is_none_or(|floor| position < floor) {
            return None;
        }
        let start = self.events.partition_point(|(event, _)| event.position <= position);
        let events: Vec<_> =
            self.events.range(start..).take(limit.max(1)).map(|(event, _)| event.clone()).collect();
        let up_to = events.last().map_or(position, |event| event.position);
        Some(Stretch { events, up_to })
    }
}

fn size_of_event(event: &RecordedEvent) -> usize {
    const WITHOUT_PAYLOAD: usize = 600;
    WITHOUT_PAYLOAD + event.payload.as_ref().map_or(0, size_of_json)
}

/// What a value takes in memory, roughly.
fn size_of_json(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(size_of_json).sum(),
            Value::Object(fields) => {
                fields.iter().map(|(name, field)| 32 + name.len() + size_of_json(field)).sum()
            }
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::id::{AccountId, CommandId, CorrelationId};
    use domain::metadata::{Actor, Metadata};
    use uuid::Uuid;

    use super::*;

    fn event(position: i64) -> RecordedEvent {
        RecordedEvent {
            position: Position(position),
            aggregate_type: "t".to_owned(),
            aggregate_id: Uuid::nil(),
            version: 1,
            event_type: "t.e".to_owned(),
            event_version: "1.0".to_owned(),
            payload: Ok(Value::Null),
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

    fn positions(stretch: &Stretch) -> Vec<i64> {
        stretch.events.iter().map(|event| event.position.0).collect()
    }

    #[test]
    fn what_is_no_longer_kept_is_not_passed_over() {
        let mut ring = Ring::bounded(3, usize::MAX);
        assert!(ring.after(Position(0), 10).is_none(), "nothing is known before the start");
        ring.start_at(Position(4));
        ring.extend([5, 7, 8, 9].map(event).into());
        assert!(ring.after(Position(4), 10).is_none(), "5 has been dropped");
        assert_eq!(positions(&ring.after(Position(5), 10).unwrap()), [7, 8, 9]);
        assert_eq!(positions(&ring.after(Position(6), 2).unwrap()), [7, 8]);
        assert_eq!(ring.after(Position(6), 2).unwrap().up_to, Position(8));
        assert!(ring.after(Position(9), 2).unwrap().events.is_empty());
    }

    #[test]
    fn large_events_push_out_more_than_small_ones() {
        let mut ring = Ring::bounded(1000, 5000);
        ring.start_at(Position(0));
        let mut large = event(2);
        large.payload = Ok(Value::String("x".repeat(4000)));
        ring.extend(vec![event(1), large]);
        assert_eq!(positions(&ring.after(Position(1), 10).unwrap()), [2]);
        assert!(ring.after(Position(0), 10).is_none());
    }
}
