//! A session's history, read once, and the session folded from as many of its events as a point asks for.

use domain::id::SessionId;
use domain::recorded_event::RecordedEvent;
use domain::session::view::SessionView;
use event_store::{EventQuery, Until, Whose};

use crate::connection::Connection;
use crate::failure::Failure;
use crate::session::point::Point;

const SESSION: &str = "session";

/// All events of a session. What was masked late is masked in all of them, as the server shows it.
pub(super) struct History {
    id: SessionId,
    events: Vec<RecordedEvent>,
}

impl History {
    /// Reads it, whatever its account.
    pub(super) async fn read(connection: &Connection, id: SessionId) -> anyhow::Result<Self> {
        let log = connection.log();
        let of_it = EventQuery {
            aggregate_types: vec![SESSION.to_owned()],
            aggregate_id: Some(id.0),
            ..EventQuery::default()
        };
        let first = log.query_upto(Whose::Everybody, &of_it, log.ceiling().await?, 1).await?;
        let Some(first) = first.first() else {
            return Err(Failure::NotFound(format!("there is no session {id}")).into());
        };
        let mut events = log.stream_of(first.metadata.account, SESSION, id.0, Until::Now).await?;
        if let Some(now) = SessionView::fold(&events)?
            && !now.masks.is_empty()
        {
            for payload in events.iter_mut().filter_map(|event| event.payload.as_mut().ok()) {
                now.mask_payload(payload);
            }
        }
        Ok(Self { id, events })
    }

    /// Its events.
    pub(super) fn events(&self) -> &[RecordedEvent] {
        &self.events
    }

    /// The session at a point.
    pub(super) fn at(&self, point: Point) -> anyhow::Result<SessionView> {
        let view = self.at_or_before_start(point)?;
        view.ok_or_else(|| Failure::NotFound(format!("session {} had not started then", self.id)).into())
    }

    /// The same; none before its start.
    pub(super) fn at_or_before_start(&self, point: Point) -> anyhow::Result<Option<SessionView>> {
        let newest = self.events.last().map_or(0, |event| event.version);
        if let Point::Version(version) = point
            && version > newest
        {
            let why = format!("session {} has come to version {newest}, not to {version}", self.id);
            return Err(Failure::NotFound(why).into());
        }
        Ok(SessionView::fold(self.events.iter().take_while(|event| point.has_seen(event)))?)
    }
}
