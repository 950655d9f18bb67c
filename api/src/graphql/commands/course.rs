//! Commands in the course of a session: ask for a step again, write a note, pause and resume.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::id::{RequestId, StepId};
use domain::session::command::SessionAct;
use domain::session::lengths;

use super::{Outcome, SessionPayload, envelope, failed, handler, session_id, settle};
use crate::auth::Identity;
use crate::commands::redacting::{Redacting, within};
use crate::commands::{self, Refusal};
use crate::graphql::request::{app, identity};

/// The part of the mutation root that leads a session on.
#[derive(Default)]
pub struct CourseCommands;

#[Object]
impl CourseCommands {
    /// Asks for a step where none is open, after a failure say.
    async fn retry_step(&self, ctx: &Context<'_>, input: SessionCommandInput) -> Result<SessionPayload> {
        let request = RequestId::fresh(&*app(ctx)?.ids);
        let outcome = plain(ctx, "retryStep", input, SessionAct::RetryStep { request }).await?;
        SessionPayload::with_step(ctx, outcome).await
    }

    /// Writes a note into the session's course. For everybody who sees it, while it is not closed.
    async fn add_note(&self, ctx: &Context<'_>, input: AddNoteInput) -> Result<SessionPayload> {
        SessionPayload::of(ctx, note(ctx, identity(ctx)?, input).await?).await
    }

    /// Puts the session aside; its open step stays open.
    async fn pause_session(&self, ctx: &Context<'_>, input: SessionCommandInput) -> Result<SessionPayload> {
        SessionPayload::of(ctx, plain(ctx, "pauseSession", input, SessionAct::Pause).await?).await
    }

    /// Takes the session up again.
    async fn resume_session(&self, ctx: &Context<'_>, input: SessionCommandInput) -> Result<SessionPayload> {
        let request = RequestId::fresh(&*app(ctx)?.ids);
        SessionPayload::of(ctx, plain(ctx, "resumeSession", input, SessionAct::Resume { request }).await?)
            .await
    }
}

/// A command that needs no more than its session.
#[derive(InputObject)]
pub struct SessionCommandInput {
    /// The session.
    pub(super) session_id: ID,
    /// The version of the session that was seen.
    pub(super) expected_version: Option<i32>,
    /// Any UUID: the same key with the same input does it once only.
    pub(super) idempotency_key: Option<ID>,
}

/// A note.
#[derive(InputObject)]
pub struct AddNoteInput {
    /// The session.
    session_id: ID,
    /// The note, 1 to 10,000 characters.
    text: String,
    /// Any UUID: the same key with the same input writes it once only.
    idempotency_key: Option<ID>,
}

/// Carries out a command that needs no more than its session.
pub(super) async fn plain(
    ctx: &Context<'_>,
    mutation: &str,
    input: SessionCommandInput,
    act: SessionAct,
) -> Result<Outcome> {
    let (app, me) = (app(ctx)?, handler(ctx)?);
    let session = match session_id(&input.session_id) {
        Ok(session) => session,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match envelope(ctx, mutation, &input, input.idempotency_key.as_ref(), input.expected_version)? {
        Ok(envelope) => settle(app, me, commands::session(app, me, session, act, envelope).await),
        Err(refusal) => Ok(Err(refusal)),
    }
}

async fn note(ctx: &Context<'_>, me: &Identity, input: AddNoteInput) -> Result<Outcome> {
    let app = app(ctx)?;
    let sealed = envelope(ctx, "addNote", &input, input.idempotency_key.as_ref(), None)?;
    let parsed: std::result::Result<_, Refusal> = sealed.and_then(|envelope| {
        within(&[(Some(input.text.as_str()), lengths::NOTE, &["text"])])?;
        Ok((session_id(&input.session_id)?, envelope))
    });
    let (session, envelope) = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut redacting =
        Redacting::of_session(app, me.account, session).await.map_err(|error| failed(&error))?;
    let text = redacting.personal(&input.text).await;
    let act = SessionAct::AddNote { step: StepId::fresh(&*app.ids), text, redactions: redacting.tallies() };
    settle(app, me, commands::session(app, me, session, act, envelope).await)
}
