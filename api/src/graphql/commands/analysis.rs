//! Asks again for the analysis of a session that was given up, or is deferred.

use async_graphql::{Context, Object, Result};
use domain::access::{By, Role};
use domain::analysis::Analysis;
use domain::analysis::command::{AnalysisAct, AnalysisCommand};
use domain::id::{CorrelationId, SessionId};
use domain::metadata::Actor;
use domain::refusal::RefusalCode;
use event_store::executor::CommandContext;
use projections::{proposals, sessions};

use super::course::SessionCommandInput;
use super::flow::may;
use super::{SessionPayload, envelope, failed, session_id, wants};
use crate::auth::Identity;
use crate::commands::{CommandError, Envelope, Refusal, refused};
use crate::graphql::request::{app, fresh_to};
use crate::graphql::session::Session;

/// The part of the mutation root that concerns the analyses of sessions.
#[derive(Default)]
pub struct AnalysisCommands;

#[Object]
impl AnalysisCommands {
    /// Has what a resolved session teaches found out again, after that was given up or deferred.
    async fn retry_analysis(&self, ctx: &Context<'_>, input: SessionCommandInput) -> Result<SessionPayload> {
        let me = may(ctx, Role::publishes_flows, "Analyses are asked for again by team admins and owners.")?;
        let key = input.idempotency_key.as_ref();
        // The version is the session's: held against the session, not against its analysis.
        let sealed = envelope(ctx, "retryAnalysis", &input, key, None)?;
        let parsed = sealed.and_then(|envelope| Ok((session_id(&input.session_id)?, envelope)));
        match parsed {
            Ok((id, envelope)) => retry(ctx, me, id, input.expected_version, envelope).await,
            Err(refusal) => Ok(SessionPayload::refused(refusal)),
        }
    }
}

async fn retry(
    ctx: &Context<'_>,
    me: &Identity,
    id: SessionId,
    expected: Option<i32>,
    envelope: Envelope,
) -> Result<SessionPayload> {
    let Some(session) = Session::visible(ctx, id).await? else {
        return Ok(SessionPayload::refused(Refusal::not_found("session", &["sessionId"])));
    };
    let current = session.view().version;
    if expected.is_some_and(|expected| u64::try_from(expected) != Ok(current)) {
        let message = format!("It has moved on to version {current}. Read it again and decide anew.");
        let refusal = Refusal::new(RefusalCode::VersionConflict, message, &["expectedVersion"]);
        return Ok(SessionPayload::refused(Refusal { current_version: Some(current), ..refusal }));
    }
    let context = CommandContext {
        correlation: CorrelationId(envelope.command.0),
        ..CommandContext::new(me.account, Actor::User(me.caller.user), envelope.command, envelope.input_hash)
    };
    let (by, act) = (By::Member(me.caller.clone()), AnalysisAct::Retry);
    let command = AnalysisCommand { by, session: id, act };
    let committed = app(ctx)?.store.execute::<Analysis>(Analysis::id_of(id).0, command, context).await;
    let refusal = |error| {
        refused(error, |it: domain::analysis::error::AnalysisError| {
            Refusal::new(it.code(), it.to_string(), &[])
        })
    };
    let position = match committed.map_err(refusal) {
        Ok(committed) => committed.position,
        Err(CommandError::Refused(refusal)) => return Ok(SessionPayload::refused(refusal)),
        Err(CommandError::Store(error)) => return Err(failed(&error)),
    };
    let session = if wants(ctx, &["session"]) {
        fresh_to(ctx, &[sessions::NAME, proposals::NAME], position).await?;
        Session::visible(ctx, id).await?
    } else {
        None
    };
    Ok(SessionPayload { session, position: Some(position.into()), user_errors: Vec::new() })
}
