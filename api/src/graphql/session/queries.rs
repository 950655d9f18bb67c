//! The part of the query root that shows sessions.

use async_graphql::{Context, ID, Object, Result};
use domain::id::SessionId;
use domain::session::view::SessionView;
use projections::sessions::queries::{self, SessionFilter as Wanted, SessionOrder as Order};
use projections::{accounts, flows, script_templates, sessions};

use super::Session;
use super::filter::SessionFilter;
use super::instant::Instant;
use crate::graphql::limits::list_cost;
use crate::graphql::page::{self, Page, PageRequest, wants_total};
use crate::graphql::request::{fresh, identity, pool, read_failed};
use crate::graphql::scalar::parse_id;
use crate::graphql::vocabulary::SessionOrder;

/// What a session shows comes from these.
pub(in crate::graphql) const READ: [&str; 4] =
    [sessions::NAME, accounts::NAME, flows::NAME, script_templates::NAME];

/// The part of the query root that shows sessions.
#[derive(Default)]
pub struct SessionQueries;

/// Where a page of sessions goes on: the last one's start or update in microseconds, and its id.
type Key = (i64, SessionId);

#[Object]
impl SessionQueries {
    /// A session; null if there is none of this id that you may see. With `at`, as it was then, or null before it began.
    async fn session(&self, ctx: &Context<'_>, id: ID, at: Option<Instant>) -> Result<Option<Session>> {
        identity(ctx)?;
        fresh(ctx, &READ).await?;
        let Some(id) = parse_id(&id).map(SessionId) else { return Ok(None) };
        match (Session::visible(ctx, id).await?, at) {
            (Some(now), Some(at)) => at.of(ctx, now).await,
            (found, _) => Ok(found),
        }
    }

    /// The sessions that you may see.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        filter: Option<SessionFilter>,
        #[graphql(default_with = "Some(SessionOrder::Newest)")] order_by: Option<SessionOrder>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Page<Session>> {
        identity(ctx)?;
        let request = PageRequest::<Key>::parse(first, after.as_deref())?;
        let order = Order::from(order_by.unwrap_or(SessionOrder::Newest));
        let Some(filter) = filter.unwrap_or_default().parse() else {
            return request.page(Vec::new(), Some(0));
        };
        fresh(ctx, &READ).await?;
        found(ctx, &filter, order, &request).await
    }
}

async fn found(
    ctx: &Context<'_>,
    filter: &Wanted,
    order: Order,
    request: &PageRequest<Key>,
) -> Result<Page<Session>> {
    let (me, pool) = (identity(ctx)?, pool(ctx)?);
    let after = request.after.map(|(micros, id)| (page::moment(micros), id));
    let rows = queries::page(pool, me.account, &me.caller, filter, order, after, request.fetch()).await;
    let rows = rows.map_err(|error| read_failed(&error))?;
    let total = if wants_total(ctx) {
        let count = queries::count(pool, me.account, &me.caller, filter).await;
        Some(count.map_err(|error| read_failed(&error))?)
    } else {
        None
    };
    request.page(rows.into_iter().map(|view| (key(order, &view), Session::from(view))), total)
}

/// PostgreSQL keeps microseconds, and so do keys.
fn key(order: Order, view: &SessionView) -> Key {
    let at = match order {
        Order::Newest | Order::Oldest => view.created_at,
        Order::RecentlyUpdated => view.updated_at,
    };
    (at.timestamp_micros(), view.id)
}
