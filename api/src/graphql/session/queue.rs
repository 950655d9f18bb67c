//! The part of the query root that shows which sessions wait to be picked up.

use async_graphql::{Context, Object, Result};
use domain::id::SessionId;
use domain::session::view::SessionView;
use projections::sessions::queue;

use super::Session;
use super::queries::READ;
use crate::graphql::limits::list_cost;
use crate::graphql::page::{self, Page, PageRequest, wants_total};
use crate::graphql::request::{fresh, identity, pool, read_failed};

/// The part of the query root that shows which sessions wait to be picked up.
#[derive(Default)]
pub struct QueueQueries;

/// Where a page goes on: when the last session was escalated in microseconds, and its id.
type Key = (i64, SessionId);

#[Object]
impl QueueQueries {
    /// The sessions that you may pick up, those that have waited longest first.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn escalation_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Page<Session>> {
        let me = identity(ctx)?;
        let request = PageRequest::<Key>::parse(first, after.as_deref())?;
        fresh(ctx, &READ).await?;
        let pool = pool(ctx)?;
        let after = request.after.map(|(micros, id)| (page::moment(micros), id));
        let rows = queue::page(pool, me.account, &me.caller, after, request.fetch()).await;
        let rows = rows.map_err(|error| read_failed(&error))?;
        let total = if wants_total(ctx) {
            let count = queue::count(pool, me.account, &me.caller).await;
            Some(count.map_err(|error| read_failed(&error))?)
        } else {
            None
        };
        request.page(rows.into_iter().map(|view| (key(&view), Session::from(view))), total)
    }
}

/// PostgreSQL keeps microseconds, and so do keys.
fn key(view: &SessionView) -> Key {
    let since = view.escalation().map_or(view.updated_at, |escalation| escalation.requested_at);
    (since.timestamp_micros(), view.id)
}
