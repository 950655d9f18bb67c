//! Events that could not be folded, with the streams that wait behind them.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::recorded_event::Position as LogPosition;
use projections::quarantine::{self, Narrowed, Waiting};
use uuid::Uuid;

use crate::auth::Identity;
use crate::graphql::event::RecordedEvent;
use crate::graphql::page::{self, Page, PageRequest};
use crate::graphql::request::{app, pool, read_failed};
use crate::graphql::scalar::{DateTime, Id, clamp_count};

/// Where a page goes on: since when the last stream waits in microseconds, and its id.
pub(super) type Key = (i64, Uuid);

/// An event that could not be folded.
pub struct QuarantinedEvent {
    waiting: Waiting,
    event: RecordedEvent,
}

/// An event that could not be folded: its stream waits behind it, all others go on.
#[Object]
impl QuarantinedEvent {
    /// The id that retryQuarantined and skipQuarantined take.
    async fn id(&self) -> Id {
        Id(self.waiting.id)
    }

    /// The projection that waits.
    async fn projection(&self) -> &str {
        &self.waiting.projection
    }

    /// The event.
    async fn event(&self) -> &RecordedEvent {
        &self.event
    }

    /// Why it could not be folded.
    async fn error(&self) -> &str {
        &self.waiting.error
    }

    /// How often it was tried.
    async fn attempts(&self) -> i32 {
        self.waiting.attempts
    }

    /// How many later events of its stream wait behind it.
    async fn blocked_events(&self) -> i32 {
        clamp_count(self.waiting.blocked_events)
    }

    /// Since when.
    async fn first_failed_at(&self) -> DateTime {
        self.waiting.first_failed_at.into()
    }
}

pub(super) async fn page(
    ctx: &Context<'_>,
    me: &Identity,
    projection: Option<&str>,
    request: &PageRequest<Key>,
) -> Result<Page<QuarantinedEvent>> {
    // No projection has such a name, and PostgreSQL would not even take it as a text.
    if projection.is_some_and(|name| name.contains('\0')) {
        return request.page(Vec::<(Key, QuarantinedEvent)>::new(), None);
    }
    let narrowed = Narrowed {
        account: Some(me.account),
        projection,
        after: request.after.map(|(micros, id)| (page::moment(micros), id)),
    };
    let rows = quarantine::waiting(pool(ctx)?, narrowed, request.fetch()).await;
    let log = app(ctx)?.store.log();
    let mut found = Vec::new();
    for waiting in rows.map_err(|error| read_failed(&error))? {
        let at = waiting.position;
        let page =
            log.page_upto(LogPosition(at.0 - 1), at, 1, &[]).await.map_err(|error| read_failed(&error))?;
        let Some(event) = page.events.into_iter().next() else { continue };
        let key = (waiting.first_failed_at.timestamp_micros(), waiting.id);
        let event = RecordedEvent::new(Arc::new(event), me.caller.role.sees_private_payloads());
        found.push((key, QuarantinedEvent { waiting, event }));
    }
    request.page(found, None)
}
