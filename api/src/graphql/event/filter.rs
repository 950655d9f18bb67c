//! Which events a list shows.

use async_graphql::{ID, InputObject};
use domain::id::{CorrelationId, UserId};
use domain::metadata::Actor;
use domain::recorded_event::Position as LogPosition;
use event_store::EventQuery;

use crate::graphql::scalar::{DateTime, Position};
use crate::graphql::session::filter::{all, id};

/// Which events are wanted. What is null or an empty list asks for nothing.
#[derive(InputObject, Default)]
pub struct EventFilter {
    /// Of these aggregate types, e.g. `session`.
    aggregate_type: Option<Vec<String>>,
    /// Of this aggregate.
    aggregate_id: Option<ID>,
    /// Of these types, e.g. `session.step_answered`.
    #[graphql(name = "type")]
    kind: Option<Vec<String>>,
    /// Caused by this member.
    actor_id: Option<ID>,
    /// That belong together.
    correlation_id: Option<ID>,
    /// After this position.
    after: Option<Position>,
    /// Before this position.
    before: Option<Position>,
    /// Recorded at this moment or later.
    recorded_after: Option<DateTime>,
    /// Recorded before this moment.
    recorded_before: Option<DateTime>,
}

impl EventFilter {
    /// For the log; none if an id in it is malformed, which reads like an unknown one: nothing is found. The same goes
    /// for a type with U+0000 in it, which PostgreSQL would not even take as a text.
    pub(super) fn parse(self, behind: Option<i64>) -> Option<EventQuery> {
        if self.aggregate_type.iter().chain(&self.kind).flatten().any(|name| name.contains('\0')) {
            return None;
        }
        let after = self.after.map(|position| position.0).max(behind).map(LogPosition);
        Some(EventQuery {
            aggregate_types: all(self.aggregate_type),
            aggregate_id: id(self.aggregate_id.as_ref(), |id| id)?,
            types: all(self.kind),
            actor: id(self.actor_id.as_ref(), |id| Actor::User(UserId(id)))?,
            correlation: id(self.correlation_id.as_ref(), CorrelationId)?,
            after,
            before: self.before.map(|position| LogPosition(position.0)),
            recorded_after: self.recorded_after.map(|at| at.0),
            recorded_before: self.recorded_before.map(|at| at.0),
            newest_first: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_behind_its_cursor_and_never_before_the_filter_begins() {
        let filter = |after| EventFilter { after: Some(Position(after)), ..EventFilter::default() };
        let begins = |filter: EventFilter, cursor| filter.parse(cursor).and_then(|query| query.after);
        assert_eq!(begins(filter(7), None), Some(LogPosition(7)));
        assert_eq!(begins(filter(7), Some(9)), Some(LogPosition(9)));
        assert_eq!(begins(filter(7), Some(3)), Some(LogPosition(7)));
        assert_eq!(begins(EventFilter::default(), None), None);
    }

    #[test]
    fn a_type_that_no_event_can_have_finds_nothing() {
        let names = Some(vec!["session.started".to_owned(), "\0".to_owned()]);
        assert!(EventFilter { kind: names.clone(), ..EventFilter::default() }.parse(None).is_none());
        assert!(EventFilter { aggregate_type: names, ..EventFilter::default() }.parse(None).is_none());
    }
}
