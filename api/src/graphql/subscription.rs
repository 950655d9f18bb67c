//! Subscriptions: what happens in a session, event by event, and the session after each change. Each ends with its listener's
//! token.

mod admission;
mod audience;
mod escalation_queue;
mod projections;
mod review_queue;
mod session_events;
mod session_updates;

use async_graphql::{Context, ID, Result, Subscription as Root};
use domain::id::SessionId;
use domain::recorded_event::Position as LogPosition;
use futures_util::stream::BoxStream;

use self::admission::while_admitted;
use self::audience::Audience;
use super::error::Code;
use super::event::RecordedEvent;
use super::projection::{Projection, admin};
use super::proposal::{Proposal, queries as proposal_queries};
use super::request::{app, fresh, fresh_log};
use super::scalar::{Position, parse_id};
use super::session::Session;
use super::session::queries::READ;

/// The subscription root.
#[derive(Default)]
pub struct Subscription;

#[Root]
impl Subscription {
    /// What happened in a session after `after` (from its start without it), then what happens. Every item carries its
    /// position: a client that lost its connection resumes there without a gap. Ends when the session is hidden from
    /// you.
    async fn session_events(
        &self,
        ctx: &Context<'_>,
        session_id: ID,
        after: Option<Position>,
    ) -> Result<BoxStream<'static, Result<RecordedEvent>>> {
        let app = app(ctx)?;
        let audience = Audience::of(ctx)?;
        fresh_log(ctx).await?;
        let id = parse_id(&session_id).map(SessionId).ok_or_else(not_found)?;
        let after = after.map_or(LogPosition::START, |after| LogPosition(after.0));
        let events = session_events::follow(app.clone(), audience, id, after).await?;
        while_admitted(ctx, events)
    }

    #[expect(clippy::unused_async, reason = "the macro takes no other")]
    /// A projection, or every one, at once and again whenever it moves. For analysts and owners.
    async fn projection_updated(
        &self,
        ctx: &Context<'_>,
        name: Option<String>,
    ) -> Result<BoxStream<'static, Result<Projection>>> {
        admin(ctx)?;
        let app = app(ctx)?;
        let standings = projections::follow(app.clone(), Audience::of(ctx)?, name);
        while_admitted(ctx, standings)
    }

    /// A session at once, and again after each change; changes in quick succession come as one. Ends when it is hidden
    /// from you.
    async fn session_updated(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<BoxStream<'static, Result<Session>>> {
        let app = app(ctx)?;
        let audience = Audience::of(ctx)?;
        fresh(ctx, &READ).await?;
        let id = parse_id(&id).map(SessionId).ok_or_else(not_found)?;
        let sessions = session_updates::follow(app.clone(), audience, id).await?;
        while_admitted(ctx, sessions)
    }

    /// Each session that comes into your escalation queue, and each that leaves it: picked up, taken back, expired or
    /// handed off. One that is out of your sight then is shown as you last saw it, with the status and handler it has
    /// now.
    async fn escalation_queue_updated(
        &self,
        ctx: &Context<'_>,
    ) -> Result<BoxStream<'static, Result<Session>>> {
        let app = app(ctx)?;
        let audience = Audience::of(ctx)?;
        fresh(ctx, &READ).await?;
        let sessions = escalation_queue::follow(app.clone(), audience);
        while_admitted(ctx, sessions)
    }

    /// Each proposal that is raised, gains or loses support, or is decided, as it stands then. Paths that held are left out.
    async fn review_queue_updated(&self, ctx: &Context<'_>) -> Result<BoxStream<'static, Result<Proposal>>> {
        let app = app(ctx)?;
        let audience = Audience::of(ctx)?;
        fresh(ctx, &proposal_queries::READ).await?;
        let proposals = review_queue::follow(app.clone(), audience);
        while_admitted(ctx, proposals)
    }
}

fn not_found() -> async_graphql::Error {
    Code::NotFound.error("There is no session of this id that you may see.")
}
