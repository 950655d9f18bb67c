//! `redactSession`: masks a secret that was found late, wherever it stands and whenever it is read.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::session::command::SessionAct;
use domain::session::lengths;

use super::{Outcome, SessionPayload, envelope, failed, session_id, settle};
use crate::commands::redacting::{Redacting, bounded, within};
use crate::commands::{self, Refusal};
use crate::graphql::request::{app, identity};

/// The part of the mutation root that masks texts.
#[derive(Default)]
pub struct RedactCommands;

#[Object]
impl RedactCommands {
    /// Masks a text in all of the session, its past included. For its opener, its handler, team admins and owners.
    async fn redact_session(&self, ctx: &Context<'_>, input: RedactSessionInput) -> Result<SessionPayload> {
        SessionPayload::of(ctx, redact(ctx, input).await?).await
    }
}

/// A text that must not be read any more.
#[derive(InputObject)]
pub struct RedactSessionInput {
    /// The session.
    session_id: ID,
    /// The text exactly as it stands there, 4 to 10,000 characters.
    text: String,
    /// Why, 1 to 2,000 characters.
    reason: String,
    /// Any UUID: the same key with the same input masks once only.
    idempotency_key: Option<ID>,
}

async fn redact(ctx: &Context<'_>, input: RedactSessionInput) -> Result<Outcome> {
    let (app, me) = (app(ctx)?, identity(ctx)?);
    let sealed = envelope(ctx, "redactSession", &input, input.idempotency_key.as_ref(), None)?;
    let parsed: std::result::Result<_, Refusal> = sealed.and_then(|envelope| {
        bounded(&[(Some(input.text.as_str()), &["text"])])?;
        within(&[(Some(input.reason.as_str()), lengths::REASON_TO_MASK, &["reason"])])?;
        Ok((session_id(&input.session_id)?, envelope))
    });
    let (session, envelope) = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut redacting =
        Redacting::of_session(app, me.account, session).await.map_err(|error| failed(&error))?;
    let placeholder = redacting.placeholder(&input.text);
    // Whoever explains may well repeat the secret.
    let reason = if input.text.is_empty() {
        input.reason.clone()
    } else {
        input.reason.replace(&input.text, &placeholder)
    };
    let reason = redacting.personal(&reason).await;
    let act = SessionAct::Redact { text: input.text.into(), placeholder, reason };
    settle(app, me, commands::session(app, me, session, act, envelope).await)
}
