//! Sessions folded whole in memory, and their rows as PostgreSQL copies them.

use domain::recorded_event::RecordedEvent;
use domain::session::event::SessionEvent;
use event_store::copying::Rows;

use super::{Folded, Sessions, rows};
use crate::by_stream::{ByStream, OwnTable, StreamFold};
use crate::error::ProjectionError;

impl ByStream for Sessions {
    fn aggregate_type(&self) -> &'static str {
        "session"
    }

    fn tables(&self) -> &'static [OwnTable] {
        &[
            OwnTable {
                name: "sessions",
                stream: "id",
                columns: "account, id, team, opened_by, handler, past_handlers, escalated_by, target, status, domain, tier, \
                          matched_flow, matched_at, started_at, updated_at, closed_at, version, position, document, escalated_at",
            },
            OwnTable { name: "session_intakes", stream: "id", columns: "account, id, content, words" },
            OwnTable {
                name: "session_steps",
                stream: "session",
                columns: "account, session, ordinal, document",
            },
        ]
    }

    fn begin(&self) -> Box<dyn StreamFold> {
        Box::new(Whole(None))
    }
}

/// A session, from its first event on.
struct Whole(Option<Folded>);

impl StreamFold for Whole {
    fn take(&mut self, event: &RecordedEvent) -> Result<(), ProjectionError> {
        let decoded: SessionEvent = event.decode()?;
        match &mut self.0 {
            None => self.0 = Some(Folded::start(event)?),
            Some(session) => session.go_on(event, &decoded)?,
        }
        Ok(())
    }

    fn rows(self: Box<Self>, into: &mut [Rows]) -> Result<(), ProjectionError> {
        let Some(mut session) = self.0.map(Folded::split) else { return Ok(()) };
        let [sessions, intakes, steps] = into else {
            unreachable!("invariant: there are as many as `tables` names")
        };
        copy_session(&mut session, sessions)?;
        copy_intake(&session, intakes)?;
        copy_steps(&session, steps)
    }
}

fn copy_session(session: &mut Folded, into: &mut Rows) -> Result<(), ProjectionError> {
    let document = rows::document(session)?;
    let view = &session.view;
    let waiting = rows::waiting(view);
    into.plain(view.account)
        .plain(view.id)
        .plain_or_null(view.team)
        .plain(view.opened_by)
        .plain(view.handler)
        .plain(rows::uuid_array(view))
        .plain_or_null(waiting.map(|it| it.requested_by))
        .plain_or_null(view.escalation().and_then(|it| it.target))
        .plain(view.status.as_str())
        .plain_or_null(view.classification.as_ref().map(|it| it.domain.as_str()))
        .plain(view.tier.as_str())
        .plain_or_null(rows::chosen(view))
        .time_or_null(session.matched_at)
        .time(view.created_at)
        .time(view.updated_at)
        .time_or_null(view.closed_at)
        .plain(view.version)
        .plain(view.last_position)
        .text(&document)
        .time_or_null(waiting.map(|it| it.requested_at))
        .end();
    Ok(())
}

/// Words are letters and digits with a space between two, and so a `tsvector` as it is written.
fn copy_intake(session: &Folded, into: &mut Rows) -> Result<(), ProjectionError> {
    if let Some(content) = &session.content {
        into.plain(session.view.account)
            .plain(session.view.id)
            .text(&serde_json::to_string(content)?)
            .plain(session.words())
            .end();
    }
    Ok(())
}

fn copy_steps(session: &Folded, into: &mut Rows) -> Result<(), ProjectionError> {
    for (ordinal, step) in session.changed_steps() {
        into.plain(session.view.account)
            .plain(session.view.id)
            .plain(ordinal)
            .text(&serde_json::to_string(step)?)
            .end();
    }
    Ok(())
}
