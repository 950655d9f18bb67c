//! What a resolver finds in its request: who asks, the database, the clock, and how fresh the data must be.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Error, Request, Result};
use domain::clock::Clock;
use domain::recorded_event::Position;
use event_store::error::took_too_long;
use sqlx::PgPool;
use tokio::time::timeout;

use super::account::{MemberLoader, TeamLoader, TeamMemberLoader};
use super::error::Code;
use super::event::DigestLoader;
use super::flow::loader::{FlowLoader, FlowRecordLoader};
use super::proposal::loader::ProposalLoader;
use super::script::loader::TemplateLoader;
use super::session::analysis::AnalysisLoader;
use super::session::intake::IntakeLoader;
use super::session::loader::{MaskLoader, SessionLoader};
use crate::app::App;
use crate::auth::Identity;

/// The program that serves the request.
pub fn app<'a>(ctx: &Context<'a>) -> Result<&'a Arc<App>> {
    ctx.data::<Arc<App>>()
}

/// Who asks; without a token nobody does.
pub fn identity<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    ctx.data_opt::<Identity>()
        .ok_or_else(|| Code::Unauthenticated.error("Send the header `Authorization: Bearer <token>`."))
}

/// The database that read models are read from.
pub fn pool<'a>(ctx: &Context<'a>) -> Result<&'a PgPool> {
    Ok(&app(ctx)?.pool)
}

/// The clock.
pub fn clock<'a>(ctx: &Context<'a>) -> Result<&'a dyn Clock> {
    Ok(&*app(ctx)?.clock)
}

/// Which position the caller wants to read at least, and whether a projection was found behind it.
#[derive(Debug, Default)]
pub struct Freshness {
    /// From `X-Min-Position` or the request's extensions.
    pub wanted: Option<Position>,
    /// Set once a wait ended too early: the response says so.
    pub stale: AtomicBool,
}

/// Waits, bounded, until these projections have come to the position that the request names. If they don't, data is
/// returned all the same and the response is marked as stale.
pub async fn fresh(ctx: &Context<'_>, projections: &[&'static str]) -> Result<()> {
    match ctx.data_opt::<Arc<Freshness>>().and_then(|freshness| freshness.wanted) {
        Some(wanted) => fresh_to(ctx, projections, wanted).await,
        None => Ok(()),
    }
}

/// The same up to a position: a command's own.
pub async fn fresh_to(ctx: &Context<'_>, projections: &[&'static str], wanted: Position) -> Result<()> {
    let app = app(ctx)?;
    if !app.freshness.reaches(projections, wanted, app.settings.freshness_wait).await
        && let Some(freshness) = ctx.data_opt::<Arc<Freshness>>()
    {
        freshness.stale.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// The same for the log itself: as far as it may be read.
pub async fn fresh_log(ctx: &Context<'_>) -> Result<()> {
    let Some(freshness) = ctx.data_opt::<Arc<Freshness>>() else { return Ok(()) };
    let Some(wanted) = freshness.wanted else { return Ok(()) };
    let app = app(ctx)?;
    let mut head = app.feed.head();
    let arrived = timeout(app.settings.freshness_wait, head.wait_for(|head| *head >= wanted)).await;
    if !matches!(arrived, Ok(Ok(_))) {
        freshness.stale.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// Adds the program and the loaders, which gather what one request reads and live no longer than it.
pub fn loaders(request: Request, app: &Arc<App>, identity: &Identity) -> Request {
    let (account, caller) = (identity.account, identity.caller.clone());
    let pool = || app.pool.clone();
    request
        .data(Arc::clone(app))
        .data(DataLoader::new(MemberLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(TeamLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(TeamMemberLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(DigestLoader { pool: pool() }, tokio::spawn))
        .data(DataLoader::new(FlowLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(FlowRecordLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(ProposalLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(TemplateLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(AnalysisLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(IntakeLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(MaskLoader { pool: pool(), account }, tokio::spawn))
        .data(DataLoader::new(SessionLoader { pool: pool(), account, caller }, tokio::spawn))
}

/// A read failed: the log says why, the caller that it may help to try again.
pub fn read_failed(error: &(impl StdError + ?Sized)) -> Error {
    if took_too_long(error) {
        tracing::warn!("a read took too long, and the database ended it");
        return Code::Unavailable
            .error("Reading took too long and was given up. Ask for less, or try again later.");
    }
    tracing::error!(error = %chain(error), "reading failed");
    Code::Unavailable.error("The data cannot be read just now; try again in a moment.")
}

/// An error with all that is behind it.
fn chain(error: &(impl StdError + ?Sized)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
