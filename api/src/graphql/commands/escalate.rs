//! Commands that hand a session to somebody else: escalate, take back, pick up, hand off.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::id::{RequestId, UserId};
use domain::session::command::SessionAct;
use domain::session::error::SessionError;
use domain::session::lengths;

use super::SessionPayload;
use super::answer::AnswerStepPayload;
use super::close::{CloseSessionPayload, Keys, given, given_to};
use super::course::{SessionCommandInput, plain};
use super::done::Done;
use crate::commands::Refusal;
use crate::commands::escalating::{self, Wanted};
use crate::commands::redacting::within;
use crate::graphql::request::app;
use crate::graphql::scalar::parse_id;
use crate::graphql::vocabulary::PickUpMode;

/// The part of the mutation root that hands sessions on.
#[derive(Default)]
pub struct EscalateCommands;

#[Object]
impl EscalateCommands {
    /// Asks for somebody else to take the session: a member who is named, or whoever may.
    async fn escalate_session(
        &self,
        ctx: &Context<'_>,
        input: EscalateSessionInput,
    ) -> Result<CloseSessionPayload> {
        let keys = Keys {
            session: &input.session_id,
            key: input.idempotency_key.as_ref(),
            expected_version: input.expected_version,
        };
        let wanted = input
            .target_id
            .as_ref()
            .map_or(Wanted::Anybody, |target| Wanted::Member(parse_id(target).map(UserId)));
        let outcome =
            given_to(ctx, "escalateSession", &input, keys, async |app, me, session, texts, envelope| {
                within(&[(Some(input.reason.as_str()), lengths::REASON_TO_ESCALATE, &["reason"])])?;
                let reason = texts.personal(&input.reason).await;
                escalating::escalate(app, me, session, (reason, texts.tallies()), wanted, envelope).await
            })
            .await?;
        CloseSessionPayload::of(ctx, outcome).await
    }

    /// Takes an escalation back that nobody has picked up. For who escalated.
    async fn recall_escalation(
        &self,
        ctx: &Context<'_>,
        input: SessionCommandInput,
    ) -> Result<SessionPayload> {
        let request = RequestId::fresh(&*app(ctx)?.ids);
        let outcome = plain(ctx, "recallEscalation", input, SessionAct::RecallEscalation { request }).await?;
        SessionPayload::of(ctx, outcome).await
    }

    /// Takes an escalated session: you handle it from now on. The next step comes with it if it is made in time. Where
    /// the session has used its steps up, STEP_LIMIT_REACHED says so; the session is yours all the same.
    async fn pick_up_session(
        &self,
        ctx: &Context<'_>,
        input: PickUpSessionInput,
    ) -> Result<AnswerStepPayload> {
        let keys =
            Keys { session: &input.session_id, key: input.idempotency_key.as_ref(), expected_version: None };
        let mode = input.mode.unwrap_or(PickUpMode::Continue).into();
        let outcome =
            given_to(ctx, "pickUpSession", &input, keys, async |app, me, session, texts, envelope| {
                within(&[(input.context.as_deref(), lengths::PICK_UP_CONTEXT, &["context"])])?;
                let context = texts.personal_if(input.context.as_deref()).await;
                escalating::pick_up(app, me, session, mode, (context, texts.tallies()), envelope).await
            })
            .await?;
        let used_up = match &outcome {
            Ok(done) => steps_used_up(ctx, done).await?,
            Err(_) => None,
        };
        Ok(AnswerStepPayload::of(ctx, None, outcome).await?.but(used_up))
    }

    /// Hands an escalated session to somebody outside, which closes it. For who escalated.
    async fn hand_off_session(
        &self,
        ctx: &Context<'_>,
        input: HandOffSessionInput,
    ) -> Result<CloseSessionPayload> {
        let keys =
            Keys { session: &input.session_id, key: input.idempotency_key.as_ref(), expected_version: None };
        let outcome = given(ctx, "handOffSession", &input, keys, async |texts| {
            within(&[(Some(input.to.as_str()), lengths::RECIPIENT, &["to"])])?;
            let to = texts.personal(&input.to).await;
            Ok(SessionAct::HandOff { to, redactions: texts.tallies() })
        })
        .await?;
        CloseSessionPayload::of(ctx, outcome).await
    }
}

/// Why somebody else should take a session.
#[derive(InputObject)]
pub struct EscalateSessionInput {
    /// The session.
    session_id: ID,
    /// Why, 5 to 2,000 characters.
    reason: String,
    /// The member who should take it; without one whoever may: the session's team, or everybody if it has none.
    target_id: Option<ID>,
    /// The version of the session that was seen.
    expected_version: Option<i32>,
    /// Any UUID: the same key with the same input escalates once only.
    idempotency_key: Option<ID>,
}

/// How you take a session.
#[derive(InputObject)]
pub struct PickUpSessionInput {
    /// The session.
    session_id: ID,
    /// How you go on; FRESH needs some context.
    #[graphql(default_with = "Some(PickUpMode::Continue)")]
    mode: Option<PickUpMode>,
    /// What you know already, up to 10,000 characters.
    context: Option<String>,
    /// Any UUID: the same key with the same input picks up once only.
    idempotency_key: Option<ID>,
}

/// Who takes a session outside.
#[derive(InputObject)]
pub struct HandOffSessionInput {
    /// The session.
    session_id: ID,
    /// To whom, in up to 500 characters: a vendor and their case number, say.
    to: String,
    /// Any UUID: the same key with the same input hands off once only.
    idempotency_key: Option<ID>,
}

/// That no step will follow, where the session has used its steps up (rule 2.11).
async fn steps_used_up(ctx: &Context<'_>, done: &Done) -> Result<Option<Refusal>> {
    if done.asked_for_a_step() {
        return Ok(None);
    }
    let view = done.view(ctx).await?;
    let used_up = view.filter(|view| view.current.is_none() && view.steps_left() == 0);
    Ok(used_up.map(|view| {
        let error = SessionError::StepLimitReached { limit: view.step_limit };
        Refusal::new(error.code(), error.to_string(), error.path())
    }))
}
