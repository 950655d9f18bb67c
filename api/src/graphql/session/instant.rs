//! Time travel: a session as it was after some of its events, by the same fold as everything else.

use async_graphql::{Context, OneofObject, Result};
use domain::recorded_event::{RecordedEvent, Unreadable};
use domain::session::view::SessionView;
use event_store::Until;

use super::Session;
use crate::graphql::event::SESSION;
use crate::graphql::request::{app, identity, read_failed};
use crate::graphql::scalar::{DateTime, Position};

/// A moment in a session's life.
#[derive(OneofObject)]
pub enum Instant {
    /// After so many of its events.
    Version(i32),
    /// After all that stood in the log up to this position.
    Position(Position),
    /// After all that was recorded up to this moment.
    Time(DateTime),
}

impl Instant {
    /// Up to where to read; none if nothing can be that early.
    fn until(&self) -> Option<Until> {
        match self {
            Self::Version(version) => u64::try_from(*version).ok().filter(|it| *it > 0).map(Until::Version),
            Self::Position(position) => Some(Until::Position(domain::recorded_event::Position(position.0))),
            Self::Time(time) => Some(Until::Instant(time.0)),
        }
    }

    /// The session at that moment; none before its start. What was masked since stays masked.
    pub(super) async fn of(&self, ctx: &Context<'_>, now: Session) -> Result<Option<Session>> {
        let Some(until) = self.until() else { return Ok(None) };
        let log = app(ctx)?.store.log();
        let events = log.stream_of(identity(ctx)?.account, SESSION, now.view.id.0, until).await;
        let events = events.map_err(|error| read_failed(&error))?;
        let earlier = fold_masked(events, &now.view).map_err(|error| read_failed(&error))?;
        Ok(earlier.map(|view| Session::earlier(view, now.view)))
    }
}

/// The fold of a session's first events, without the texts that were found late.
fn fold_masked(mut events: Vec<RecordedEvent>, now: &SessionView) -> Result<Option<SessionView>, Unreadable> {
    if !now.masks.is_empty() {
        for payload in events.iter_mut().filter_map(|event| event.payload.as_mut().ok()) {
            now.mask_payload(payload);
        }
    }
    SessionView::fold(&events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_earlier_than_the_first_event() {
        assert_eq!(Instant::Version(0).until(), None);
        assert_eq!(Instant::Version(-1).until(), None);
        assert_eq!(Instant::Version(3).until(), Some(Until::Version(3)));
    }
}
