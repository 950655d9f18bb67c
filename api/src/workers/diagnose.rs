//! Makes a session's next step: reads the intake if that was not done yet, matches it, asks the assistant, records.

use std::sync::Arc;

use domain::access::By;
use domain::id::{RequestId, SessionId, StepId};
use domain::session::Session;
use domain::session::command::{DraftStep, FailStep, SessionAct, SessionCommand};
use domain::session::event::{FlowMatched, GenerationFailure};
use domain::session::step::{MadeBy, Tokens};
use domain::session::view::SessionView;
use event_store::log::Until;
use projections::work_queue::Claim;
use projections::work_requests::DIAGNOSE;

use super::{WorkError, Worker, context, diagnosis};
use crate::app::App;

/// The worker.
pub struct Diagnose;

impl Worker for Diagnose {
    fn kind(&self) -> &'static str {
        DIAGNOSE
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let request = request(claim)?;
        let Some(mut view) = session(app, claim).await? else { return Ok(()) };
        if view.pending_request().is_none_or(|pending| pending.request != request) {
            // Answered already, or the session moved on.
            return Ok(());
        }
        if view.classification.is_none() || view.matched.is_none() {
            diagnosis::read_intake(app, claim, &view).await?;
            let Some(read) = session(app, claim).await? else { return Ok(()) };
            view = read;
        }
        let case = diagnosis::case(app, claim.account, &view).await?;
        let next = domain::assistant::playbook::next_move(&case);
        if let (Some(chosen), Some(found)) = (next.choose, &view.matched) {
            let matched = FlowMatched { chosen: Some(chosen), ..diagnosis::as_matched(found) };
            record(app, claim, "choose", SessionAct::RecordMatch { matched, analysis: None }).await?;
        }
        let step = DraftStep {
            id: StepId::derived(request.0, "step"),
            content: next.step.content,
            confidence: next.step.confidence,
            flow_node: next.step.flow_node,
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
            reasoning: next.step.reasoning.map(Into::into),
        };
        record(app, claim, "present", SessionAct::PresentStep { request, step }).await
    }

    async fn give_up(&self, app: &Arc<App>, claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        let fail = FailStep {
            request: request(claim)?,
            reason: GenerationFailure::Internal,
            message: "The next step could not be made. Your answer is kept; ask for the step again."
                .to_owned(),
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
        };
        record(app, claim, "fail", SessionAct::FailStep(fail)).await
    }
}

fn request(claim: &Claim) -> Result<RequestId, WorkError> {
    let text = claim.payload.get("request").and_then(|value| value.as_str());
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| WorkError::Refused("the work names no request".to_owned()))
}

/// The session as it stands now: from the log itself, not from a read model that may lag.
async fn session(app: &App, claim: &Claim) -> Result<Option<SessionView>, WorkError> {
    let events = app.store.log().stream_of(claim.account, "session", claim.lane, Until::Now).await?;
    SessionView::fold(&events).map_err(|error| WorkError::Store(error.into()))
}

/// Records a part of the work: a command whose id follows from the work, so that it counts once.
pub(super) async fn record(app: &App, claim: &Claim, part: &str, act: SessionAct) -> Result<(), WorkError> {
    let command = SessionCommand { by: By::System, act };
    app.store.execute::<Session>(SessionId(claim.lane).0, command, context(claim, "diagnose", part)).await?;
    Ok(())
}
