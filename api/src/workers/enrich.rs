//! Adds the assistant's insight to an escalation (rule 3.2): after the fact, and never in anybody's way.

use std::sync::Arc;

use domain::access::By;
use domain::assistant::port::{Assistant, Size, spent};
use domain::assistant::prompting::{self, InsightBrief};
use domain::assistant::reading::{self, EscalationInsight};
use domain::assistant::{case::Case, playbook};
use domain::id::{EscalationId, SessionId};
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand};
use domain::session::event::{EscalationEnriched, EscalationFailure};
use domain::session::step::Tokens;
use domain::session::view::{EscalationView, Insight, SessionView};
use projections::accounts;
use projections::assistant_calls::{CalledFor, Purpose};
use projections::work_queue::Claim;
use projections::work_requests::ENRICH;
use serde_json::Value;

use super::asking::{ask, reason};
use super::{WorkError, Worker, context, diagnose, diagnosis};
use crate::app::App;
use crate::attachments::showing::screenshots;
use crate::guide::{Fallback, Guide};

/// What is said of a model that gives no insight, or no usable one.
const NO_INSIGHT: [&str; 2] =
    ["The assistant's model declined to give an insight.", "The assistant's model gave no usable insight."];

/// The worker.
pub struct Enrich;

impl Worker for Enrich {
    fn kind(&self) -> &'static str {
        ENRICH
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let (session, escalation) = named(claim)?;
        let Some(view) = diagnose::session(app, claim.account, session).await? else { return Ok(()) };
        let asked = view.escalations.iter().find(|it| it.id == escalation);
        let Some(asked) = asked.filter(|it| it.insight == Insight::Pending) else { return Ok(()) };
        let case = diagnosis::case(app, claim.account, &view).await?;
        let act = match &app.guide {
            Guide::Playbook => enriched(escalation, playbook::insight(&case), Tokens::default()),
            Guide::Model { assistant, fallback } => {
                by_model(app, claim, (&view, asked), &case, (&**assistant, *fallback)).await?
            }
        };
        record(app, claim, act).await
    }

    async fn give_up(&self, app: &Arc<App>, claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        let (_, escalation) = named(claim)?;
        let reason = "The assistant's insight could not be made.".to_owned();
        let failure = EscalationFailure { escalation, reason, tokens: Tokens::default() };
        record(app, claim, SessionAct::FailEnrichment(failure)).await
    }
}

async fn by_model(
    app: &App,
    claim: &Claim,
    (view, asked): (&SessionView, &EscalationView),
    case: &Case,
    (assistant, fallback): (&dyn Assistant, Fallback),
) -> Result<SessionAct, WorkError> {
    let team_context = accounts::team_context(&app.pool, claim.account, view.team).await?;
    let screenshots = screenshots(app, claim.account, &case.intake.attachments).await;
    let prompt = prompting::insight(&InsightBrief {
        case,
        reason: &asked.reason,
        team_context: team_context.as_deref(),
        screenshots: &screenshots,
    });
    let check = |json: &Value| reading::insight(json).map_err(|fault| fault.to_string());
    let called_for = CalledFor { session: view.id, purpose: Purpose::Insight(asked.id) };
    Ok(match ask(app, claim, called_for, (assistant, Size::Quick), &prompt, check).await? {
        Ok(made) => enriched(asked.id, made.value, spent(&made.calls)),
        Err(failed) if fallback == Fallback::Playbook => {
            tracing::warn!(work.key = %claim.key, error = %failed, "the playbook takes an insight over");
            enriched(asked.id, playbook::insight(case), spent(&failed.calls))
        }
        Err(failed) => {
            tracing::warn!(work.key = %claim.key, error = %failed, "the model gave no insight");
            SessionAct::FailEnrichment(EscalationFailure {
                escalation: asked.id,
                reason: reason(&failed.error, NO_INSIGHT).to_owned(),
                tokens: spent(&failed.calls),
            })
        }
    })
}

fn enriched(escalation: EscalationId, insight: EscalationInsight, tokens: Tokens) -> SessionAct {
    SessionAct::EnrichEscalation(EscalationEnriched {
        escalation,
        hypotheses: insight.hypotheses.into(),
        next_steps: insight.next_steps.into(),
        ruled_out: insight.ruled_out.into(),
        tokens,
    })
}

fn named(claim: &Claim) -> Result<(SessionId, EscalationId), WorkError> {
    let id = |field: &str| claim.payload.get(field).and_then(Value::as_str);
    let session = id("session").and_then(|text| text.parse().ok());
    let escalation = id("escalation").and_then(|text| text.parse().ok());
    session
        .zip(escalation)
        .ok_or_else(|| WorkError::Refused("the work names no escalation of a session".to_owned()))
}

/// Records the outcome: a command whose id follows from the work, so that it counts once.
async fn record(app: &App, claim: &Claim, act: SessionAct) -> Result<(), WorkError> {
    let (session, _) = named(claim)?;
    let command = SessionCommand { by: By::System, act };
    app.store.execute::<Session>(session.0, command, context(claim, ENRICH, "outcome")).await?;
    Ok(())
}
