//! Commands that hand a session from one to another: to whom it may go, and what the next one is told.

use chrono::{DateTime, Utc};
use domain::access::By;
use domain::account::{Account, EscalationTarget};
use domain::id::{EscalationId, RequestId, SessionId, StepId, UserId};
use domain::metadata::Actor;
use domain::personal::Personal;
use domain::refusal::RefusalCode;
use domain::session::Session;
use domain::session::analysis::briefing;
use domain::session::command::{PickUp, SessionAct, SessionCommand, StepText};
use domain::session::event::PickUpMode;
use domain::session::intake::RedactionTally;
use domain::session::view::{EscalationOutcome, SessionView};
use event_store::executor::{CommandContext, Committed};
use event_store::log::Until;

use super::{CommandError, Envelope, Refusal, refused, session, session_refusal};
use crate::app::App;
use crate::auth::Identity;

/// To whom a session is escalated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// To whoever may take it.
    Anybody,
    /// To this member; none if what was given is no id at all.
    Member(Option<UserId>),
}

/// Asks for somebody else, for a reason whose secrets were replaced.
pub async fn escalate(
    app: &App,
    me: &Identity,
    id: SessionId,
    (reason, redactions): (Personal<String>, Vec<RedactionTally>),
    wanted: Wanted,
    envelope: Envelope,
) -> Result<Committed, CommandError> {
    let escalation = EscalationId::fresh(&*app.ids);
    let act = |target| SessionAct::Escalate { escalation, reason, target, redactions };
    match wanted {
        Wanted::Anybody => session(app, me, id, act(None), envelope).await,
        Wanted::Member(user) => match target(app, me, user).await? {
            Some(target) => session(app, me, id, act(Some(target)), envelope).await,
            None => unknown_target(app, me, id, act(None), envelope).await,
        },
    }
}

/// Proof of the account that the session may go to this member.
async fn target(
    app: &App,
    me: &Identity,
    user: Option<UserId>,
) -> Result<Option<EscalationTarget>, CommandError> {
    let Some(user) = user else { return Ok(None) };
    let account = app.store.load::<Account>(me.account, me.account.0).await?.aggregate;
    Ok(account.escalation_target(user).ok())
}

/// Nobody may take it who was named. What the session itself has against the command comes first, and a command that was
/// carried out before stays so, though its target has left since.
async fn unknown_target(
    app: &App,
    me: &Identity,
    id: SessionId,
    act: SessionAct,
    envelope: Envelope,
) -> Result<Committed, CommandError> {
    let actor = Actor::User(me.caller.user);
    let context = CommandContext::new(me.account, actor, envelope.command, envelope.input_hash);
    let earlier = app.store.earlier(&context).await.map_err(|error| refused(error, session_refusal))?;
    if let Some(done) = earlier {
        return Ok(done);
    }
    let loaded = app.store.load::<Session>(me.account, id.0).await?.aggregate;
    let command = SessionCommand { by: By::Member(me.caller.clone()), act };
    loaded.decide(command).map_err(session_refusal)?;
    let message = "Nobody of this id in your account handles sessions: name somebody else, or nobody.";
    Err(Refusal::new(RefusalCode::UnknownTarget, message, &["targetId"]).into())
}

/// Takes an escalated session, with a briefing of all that is known of it.
pub async fn pick_up(
    app: &App,
    me: &Identity,
    id: SessionId,
    mode: PickUpMode,
    (context, redactions): (Option<Personal<String>>, Vec<RedactionTally>),
    envelope: Envelope,
) -> Result<Committed, CommandError> {
    let events = app.store.log().stream_of(me.account, "session", id.0, Until::Now).await?;
    let view = SessionView::fold(&events).map_err(event_store::error::StoreError::from)?;
    // Without a session there is nothing to tell, and the command is refused.
    let text = view.map(|view| told(view, me.caller.user, mode, context.as_deref(), app.clock.now()));
    let act = SessionAct::PickUp(PickUp {
        mode,
        context,
        briefing: StepText { step: StepId::fresh(&*app.ids), text: text.unwrap_or_default().into() },
        request: RequestId::fresh(&*app.ids),
        redactions,
    });
    session(app, me, id, act, envelope).await
}

/// The briefing as it reads once the caller has taken the session.
fn told(
    mut view: SessionView,
    by: UserId,
    mode: PickUpMode,
    context: Option<&String>,
    at: DateTime<Utc>,
) -> String {
    if let Some(latest) = view.escalations.last_mut() {
        let context = context.filter(|context| !context.trim().is_empty()).cloned();
        latest.outcome = EscalationOutcome::PickedUp { by, at, mode, context };
    }
    briefing(&view)
}
