//! Pages of events: in the order of the log, going on behind a position.

use std::sync::Arc;

use async_graphql::{Context, Result, SimpleObject};
use domain::recorded_event::Position;
use domain::session::view::SessionView;
use event_store::Until;

use super::{RecordedEvent, SESSION};
use crate::graphql::page::{PageInfo, PageRequest};
use crate::graphql::request::{app, identity, read_failed};

/// Where a page of events goes on: behind this position.
pub(super) type Key = i64;

/// A page of events.
#[derive(SimpleObject)]
pub struct EventConnection {
    /// The events, oldest first.
    nodes: Vec<Arc<RecordedEvent>>,
    /// The same, each with the cursor that continues behind it.
    edges: Vec<EventEdge>,
    /// Whether there is more, and from where.
    page_info: PageInfo,
}

/// An event and the cursor behind it.
#[derive(SimpleObject)]
pub struct EventEdge {
    /// Give this as `after` to continue behind this event.
    cursor: String,
    /// The event.
    node: Arc<RecordedEvent>,
}

impl EventConnection {
    /// The page of these events, which come with their positions.
    pub(super) fn new(
        request: &PageRequest<Key>,
        events: impl Iterator<Item = (Position, RecordedEvent)>,
    ) -> Result<Self> {
        let cut = request.cut(events.map(|(position, event)| (position.0, event)))?;
        let edges =
            cut.edges.into_iter().map(|edge| EventEdge { cursor: edge.cursor, node: edge.node }).collect();
        Ok(Self { nodes: cut.nodes, edges, page_info: cut.info })
    }

    /// The events that make up a session as it is shown; `now` says what was masked since.
    pub async fn of_session(
        ctx: &Context<'_>,
        shown: &SessionView,
        now: &Arc<SessionView>,
        default: i32,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self> {
        let request = PageRequest::<Key>::parse_or(default, first, after)?;
        let me = identity(ctx)?;
        let until = Until::Version(shown.version);
        let behind = request.after.map_or(Position::START, Position);
        let (log, id, wanted) = (app(ctx)?.store.log(), shown.id.0, request.first() + 1);
        let events = log.page_of_stream(me.account, SESSION, id, until, behind, wanted).await;
        let events = events.map_err(|error| read_failed(&error))?;
        let whole = me.caller.role.sees_private_payloads();
        let page = events
            .into_iter()
            .map(|event| (event.position, RecordedEvent::of_session(Arc::new(event), whole, now.clone())));
        Self::new(&request, page)
    }
}
