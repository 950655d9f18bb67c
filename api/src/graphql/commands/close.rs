//! Commands that end a session, open it again, and rate it.

use async_graphql::{Context, ID, InputObject, InputType, Object, Result, SimpleObject};
use domain::id::{RequestId, SessionId};
use domain::session::command::{Resolve, SessionAct};
use domain::session::documentation::Documentation as DomainDocumentation;
use domain::session::lengths;
use event_store::executor::Committed;

use super::course::{SessionCommandInput, plain};
use super::{Outcome, SessionPayload, envelope, failed, handler, session_id, settle, wants};
use crate::app::App;
use crate::auth::Identity;
use crate::commands::redacting::{Redacting, within};
use crate::commands::{self, CommandError, Envelope, Refusal};
use crate::graphql::request::app;
use crate::graphql::scalar::Position;
use crate::graphql::session::Session;
use crate::graphql::session::documentation::Documentation;
use crate::graphql::user_error::UserError;

/// The part of the mutation root that ends sessions.
#[derive(Default)]
pub struct CloseCommands;

#[Object]
impl CloseCommands {
    /// Closes the session: solved.
    async fn resolve_session(
        &self,
        ctx: &Context<'_>,
        input: ResolveSessionInput,
    ) -> Result<CloseSessionPayload> {
        let outcome = given(ctx, "resolveSession", &input, Keys::of(&input), async |texts| {
            within(&[
                (Some(input.summary.as_str()), lengths::SUMMARY, &["summary"]),
                (input.action.as_deref(), lengths::ACTION, &["action"]),
                (input.feedback.as_deref(), lengths::FEEDBACK, &["feedback"]),
            ])?;
            let summary = texts.personal(&input.summary).await;
            let action = texts.personal_if(input.action.as_deref()).await;
            let feedback = texts.personal_if(input.feedback.as_deref()).await;
            let (rating, redactions) = (input.rating, texts.tallies());
            Ok(SessionAct::Resolve(Resolve { summary, action, rating, feedback, redactions }))
        })
        .await?;
        CloseSessionPayload::of(ctx, outcome).await
    }

    /// Opens a closed session again, with the step that goes on, if it comes in time.
    async fn reopen_session(&self, ctx: &Context<'_>, input: ReopenSessionInput) -> Result<SessionPayload> {
        let request = RequestId::fresh(&*app(ctx)?.ids);
        let keys =
            Keys { session: &input.session_id, key: input.idempotency_key.as_ref(), expected_version: None };
        let outcome = given(ctx, "reopenSession", &input, keys, async |texts| {
            within(&[(Some(input.reason.as_str()), lengths::REASON_TO_REOPEN, &["reason"])])?;
            let reason = texts.personal(&input.reason).await;
            Ok(SessionAct::Reopen { reason, request, redactions: texts.tallies() })
        })
        .await?;
        SessionPayload::with_step(ctx, outcome).await
    }

    /// Closes the session: given up.
    async fn abandon_session(&self, ctx: &Context<'_>, input: SessionCommandInput) -> Result<SessionPayload> {
        SessionPayload::of(ctx, plain(ctx, "abandonSession", input, SessionAct::Abandon).await?).await
    }

    /// Rates a closed session. A rating alone never wipes earlier feedback.
    async fn rate_session(&self, ctx: &Context<'_>, input: RateSessionInput) -> Result<SessionPayload> {
        let keys =
            Keys { session: &input.session_id, key: input.idempotency_key.as_ref(), expected_version: None };
        let outcome = given(ctx, "rateSession", &input, keys, async |texts| {
            within(&[(input.feedback.as_deref(), lengths::FEEDBACK, &["feedback"])])?;
            let feedback = texts.personal_if(input.feedback.as_deref()).await;
            Ok(SessionAct::Rate { rating: input.rating, feedback, redactions: texts.tallies() })
        })
        .await?;
        SessionPayload::of(ctx, outcome).await
    }
}

/// How a session was solved.
#[derive(InputObject)]
pub struct ResolveSessionInput {
    /// The session.
    session_id: ID,
    /// What it was and what helped, 5 to 2,000 characters.
    summary: String,
    /// What was done.
    action: Option<String>,
    /// How well the session went, 1 to 5.
    rating: Option<i32>,
    /// The same in words.
    feedback: Option<String>,
    /// The version of the session that was seen.
    expected_version: Option<i32>,
    /// Any UUID: the same key with the same input resolves once only.
    idempotency_key: Option<ID>,
}

/// Why a session is opened again.
#[derive(InputObject)]
pub struct ReopenSessionInput {
    /// The session.
    session_id: ID,
    /// Why, 1 to 2,000 characters.
    reason: String,
    /// Any UUID: the same key with the same input reopens once only.
    idempotency_key: Option<ID>,
}

/// How well a session went.
#[derive(InputObject)]
pub struct RateSessionInput {
    /// The session.
    session_id: ID,
    /// 1 to 5.
    rating: i32,
    /// The same in words.
    feedback: Option<String>,
    /// Any UUID: the same key with the same input rates once only.
    idempotency_key: Option<ID>,
}

/// A session that was closed, with the documentation that wrote itself.
#[derive(SimpleObject)]
pub struct CloseSessionPayload {
    /// The session as it stands now.
    session: Option<Session>,
    /// Its documentation.
    documentation: Option<Documentation>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused; empty if it was not.
    user_errors: Vec<UserError>,
}

/// What every input names besides its own.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) session: &'a ID,
    pub(super) key: Option<&'a ID>,
    pub(super) expected_version: Option<i32>,
}

impl<'a> Keys<'a> {
    fn of(input: &'a ResolveSessionInput) -> Self {
        Self {
            session: &input.session_id,
            key: input.idempotency_key.as_ref(),
            expected_version: input.expected_version,
        }
    }
}

/// Carries out a command whose texts are redacted first.
pub(super) async fn given<I: InputType>(
    ctx: &Context<'_>,
    mutation: &str,
    input: &I,
    keys: Keys<'_>,
    act: impl AsyncFnOnce(&mut Redacting) -> std::result::Result<SessionAct, Refusal>,
) -> Result<Outcome> {
    given_to(ctx, mutation, input, keys, async |app, me, session, texts, envelope| {
        let act = act(texts).await?;
        commands::session(app, me, session, act, envelope).await
    })
    .await
}

/// The same for one that takes more than its texts to make.
pub(super) async fn given_to<I: InputType>(
    ctx: &Context<'_>,
    mutation: &str,
    input: &I,
    keys: Keys<'_>,
    command: impl AsyncFnOnce(
        &App,
        &Identity,
        SessionId,
        &mut Redacting,
        Envelope,
    ) -> std::result::Result<Committed, CommandError>,
) -> Result<Outcome> {
    let (app, me) = (app(ctx)?, handler(ctx)?);
    let sealed = envelope(ctx, mutation, input, keys.key, keys.expected_version)?;
    let parsed: std::result::Result<_, Refusal> =
        sealed.and_then(|envelope| Ok((session_id(keys.session)?, envelope)));
    let (session, envelope) = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut redacting =
        Redacting::of_session(app, me.account, session).await.map_err(|error| failed(&error))?;
    settle(app, me, command(app, me, session, &mut redacting, envelope).await)
}

impl CloseSessionPayload {
    pub(super) async fn of(ctx: &Context<'_>, outcome: Outcome) -> Result<Self> {
        let done = match outcome {
            Ok(done) => done,
            Err(refusal) => {
                return Ok(Self {
                    session: None,
                    documentation: None,
                    position: None,
                    user_errors: vec![refusal.into()],
                });
            }
        };
        let view = if wants(ctx, &["session", "documentation"]) { done.view(ctx).await? } else { None };
        let documentation =
            view.as_ref().and_then(|view| DomainDocumentation::of(view)).map(Documentation::from);
        Ok(Self {
            session: view.map(Session::from),
            documentation,
            position: Some(done.position.into()),
            user_errors: Vec::new(),
        })
    }
}
