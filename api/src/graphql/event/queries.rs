//! The part of the query root that shows the event log.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::id::AccountId;
use domain::recorded_event::RecordedEvent as Recorded;
use event_store::{EventQuery, StoreError};
use projections::{accounts, sessions};
use tracing::Instrument;

use super::connection::Key;
use super::filter::EventFilter;
use super::{EventConnection, RecordedEvent};
use crate::app::App;
use crate::graphql::error::Code;
use crate::graphql::limits::list_cost;
use crate::graphql::page::PageRequest;
use crate::graphql::request::{app, fresh, fresh_log, identity, read_failed};

/// The part of the query root that shows the event log.
#[derive(Default)]
pub struct EventQueries;

#[Object]
impl EventQueries {
    /// The account's events, oldest first. For team admins, analysts and owners; a session's own are in
    /// `Session.events` for everybody who sees it.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        filter: Option<EventFilter>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<EventConnection> {
        let me = identity(ctx)?;
        if !me.caller.role.reads_everything() {
            return Err(Code::Forbidden.error("The event log is for team admins, analysts and owners."));
        }
        let request = PageRequest::<Key>::parse(first, after.as_deref())?;
        let Some(query) = filter.unwrap_or_default().parse(request.after) else {
            return EventConnection::new(&request, std::iter::empty());
        };
        fresh_log(ctx).await?;
        // What is masked in a session's events is told by the read model.
        fresh(ctx, &[sessions::NAME, accounts::NAME]).await?;
        let wanted = request.first() + 1;
        let events = search(app(ctx)?, me.account, query, wanted).await;
        let events = events.map_err(|error| read_failed(&error))?;
        let whole = me.caller.role.sees_private_payloads();
        let page =
            events.into_iter().map(|event| (event.position, RecordedEvent::new(Arc::new(event), whole)));
        EventConnection::new(&request, page)
    }
}

/// In a task of its own, which keeps its place to the end: of a caller who hangs up the database knows nothing, and the connection
/// stays taken.
async fn search(
    app: &App,
    account: AccountId,
    query: EventQuery,
    wanted: usize,
) -> std::result::Result<Vec<Recorded>, StoreError> {
    let log = app.store.log();
    if !query.looks_through() {
        return log.query(account, &query, wanted).await;
    }
    let place = app.searches.clone().acquire_owned().await;
    let searching = async move {
        let found = log.query(account, &query, wanted).await;
        drop(place);
        found
    };
    tokio::spawn(searching.in_current_span())
        .await
        .unwrap_or(Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)))
}
