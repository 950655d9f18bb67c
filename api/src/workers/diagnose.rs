//! Makes a session's next step: reads the intake if that was not done yet, matches it, asks the assistant, records.
//!
//! The playbook takes no longer than the command that asked, so its step is made right after that, by the same process;
//! the work item is for what a crash or a failure left undone.

use std::sync::Arc;
use std::time::Duration;

use domain::access::By;
use domain::assistant::case::Case;
use domain::assistant::contract::ValidStep;
use domain::assistant::injection::InjectionFlags;
use domain::assistant::port::{AssistantError, Size, spent};
use domain::assistant::prompting::{self, StepBrief};
use domain::assistant::{playbook, reading};
use domain::id::{AccountId, RequestId, SessionId, StepId};
use domain::session::Session;
use domain::session::command::{DraftStep, FailStep, SessionAct, SessionCommand};
use domain::session::event::{FlowMatched, GenerationFailure};
use domain::session::step::{MadeBy, Tokens};
use domain::session::view::SessionView;
use event_store::executor::Committed;
use event_store::log::Until;
use projections::accounts;
use projections::assistant_calls::{CalledFor, Purpose};
use projections::work_queue::{Claim, WorkItem};
use projections::work_requests::{DIAGNOSE, asked_by};
use serde_json::Value;

use super::asking::{ask, told};
use super::flagging::flag;
use super::{WorkError, Worker, context, diagnosis, offering};
use crate::app::App;
use crate::attachments::showing::screenshots;
use crate::guide::{Fallback, Guide};
use crate::quota;

/// How long the queue leaves a step to the process whose command asked for it, where the playbook guides.
const HEAD_START: Duration = Duration::from_secs(1);

/// The worker.
pub struct Diagnose;

impl Worker for Diagnose {
    fn kind(&self) -> &'static str {
        DIAGNOSE
    }

    fn head_start(&self, app: &App) -> Duration {
        match app.guide {
            Guide::Playbook => HEAD_START,
            Guide::Model { .. } => Duration::ZERO,
        }
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let request = request(claim)?;
        let Some(mut view) = session(app, claim.account, SessionId(claim.lane)).await?.map(Arc::new) else {
            return Ok(());
        };
        if !awaits(&view, request) {
            // Answered already, or the session moved on.
            return Ok(());
        }
        if !is_read(&view) {
            view = diagnosis::read_intake(app, claim, request, view).await?;
        }
        let case = diagnosis::case(app, claim.account, &view).await?;
        let (assistant, fallback) = match &app.guide {
            Guide::Playbook => {
                return by_playbook(app, claim, request, &view, &case, Tokens::default()).await.map(drop);
            }
            Guide::Model { assistant, fallback } => (assistant, *fallback),
        };
        flag(SessionId(claim.lane), &InjectionFlags::of_news(&case));
        let offered = offering::to_session(app, claim.account, view.team).await?;
        let team_context = accounts::team_context(&app.pool, claim.account, view.team).await?;
        let screenshots = screenshots(app, claim.account, &case.intake.attachments).await;
        let prompt = prompting::next_step(&StepBrief {
            case: &case,
            team_context: team_context.as_deref(),
            scripts: &offered.scripts,
            screenshots: &screenshots,
        });
        let check =
            |json: &Value| reading::step(json, &case, &offered.templates).map_err(|fault| fault.to_string());
        match ask(app, claim, called_for(claim, request), (&**assistant, Size::Deep), &prompt, check).await? {
            Ok(made) => {
                let (made_by, tokens) = (diagnosis::made_by(made.model), spent(&made.calls));
                present(app, claim, request, made.value, made_by, tokens).await.map(drop)
            }
            Err(failed)
                if fallback == Fallback::Playbook && failed.error != AssistantError::QuotaExceeded =>
            {
                tracing::warn!(work.key = %claim.key, error = %failed, "the playbook takes a step over");
                by_playbook(app, claim, request, &view, &case, spent(&failed.calls)).await.map(drop)
            }
            Err(failed) => {
                tracing::warn!(work.key = %claim.key, error = %failed, "the model gave no step");
                let (reason, message) = told(&failed.error);
                if reason == GenerationFailure::QuotaExceeded {
                    quota::wait_for_next_day(app, claim.account, SessionId(claim.lane)).await?;
                }
                let made_by = diagnosis::made_by(assistant.model(Size::Deep));
                let fail = FailStep { request, reason, message, made_by, tokens: spent(&failed.calls) };
                record(app, claim, "fail", SessionAct::FailStep(fail)).await.map(drop)
            }
        }
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
        record(app, claim, "fail", SessionAct::FailStep(fail)).await.map(drop)
    }
}

/// The work that a command asked for, if the process that carried it out does it at once.
pub fn asked_at_once(app: &App, committed: &Committed) -> Option<Claim> {
    if !matches!(app.guide, Guide::Playbook) {
        return None;
    }
    let mut asked = committed.events.iter().filter_map(|event| asked_by(event).ok().flatten());
    asked.find(|asked| asked.kind == DIAGNOSE).map(WorkItem::at_once)
}

/// Does it: the playbook makes the step. Gives the session with it; none if it waits for that step no more.
///
/// # Errors
/// It could not be recorded: the queue has the work as well, and does it a moment later.
pub async fn at_once(
    app: &App,
    claim: &Claim,
    committed: &Committed,
) -> Result<Option<Arc<SessionView>>, WorkError> {
    let request = request(claim)?;
    let Some(mut view) = app.live.after(&app.store, claim.account, committed).await? else { return Ok(None) };
    if !awaits(&view, request) {
        return Ok(None);
    }
    if !is_read(&view) {
        view = diagnosis::read_intake(app, claim, request, view).await?;
    }
    let case = diagnosis::case(app, claim.account, &view).await?;
    by_playbook(app, claim, request, &view, &case, Tokens::default()).await.map(Some)
}

fn awaits(view: &SessionView, request: RequestId) -> bool {
    view.pending_request().is_some_and(|pending| pending.request == request)
}

/// Whether the intake was read: classified and matched.
fn is_read(view: &SessionView) -> bool {
    view.classification.is_some() && view.matched.is_some()
}

/// The playbook's step; a model that was asked before it may have cost tokens.
async fn by_playbook(
    app: &App,
    claim: &Claim,
    request: RequestId,
    view: &SessionView,
    case: &Case,
    tokens: Tokens,
) -> Result<Arc<SessionView>, WorkError> {
    let next = playbook::next_move(case);
    if let (Some(chosen), Some(found)) = (next.choose, &view.matched) {
        let matched = FlowMatched { chosen: Some(chosen), ..diagnosis::as_matched(found) };
        record(app, claim, "choose", SessionAct::RecordMatch { matched, analysis: None }).await?;
    }
    present(app, claim, request, next.step, MadeBy::Playbook, tokens).await
}

async fn present(
    app: &App,
    claim: &Claim,
    request: RequestId,
    made: ValidStep,
    made_by: MadeBy,
    tokens: Tokens,
) -> Result<Arc<SessionView>, WorkError> {
    let step = DraftStep {
        id: StepId::derived(request.0, "step"),
        content: made.content,
        confidence: made.confidence,
        flow_node: made.flow_node,
        made_by,
        tokens,
        reasoning: made.reasoning.map(Into::into),
    };
    record(app, claim, "present", SessionAct::PresentStep { request, step }).await
}

/// What a call is made for: the session's step.
pub(super) fn called_for(claim: &Claim, request: RequestId) -> CalledFor {
    CalledFor { session: SessionId(claim.lane), purpose: Purpose::Step(request) }
}

fn request(claim: &Claim) -> Result<RequestId, WorkError> {
    let text = claim.payload.get("request").and_then(|value| value.as_str());
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| WorkError::Refused("the work names no request".to_owned()))
}

/// The session as it stands now: from the log itself, not from a read model that may lag.
pub(super) async fn session(
    app: &App,
    account: AccountId,
    id: SessionId,
) -> Result<Option<SessionView>, WorkError> {
    let events = app.store.log().stream_of(account, "session", id.0, Until::Now).await?;
    SessionView::fold(&events).map_err(|error| WorkError::Store(error.into()))
}

/// Records a part of the work: a command whose id follows from the work, so that it counts once. Gives the session as it
/// stands after it.
pub(super) async fn record(
    app: &App,
    claim: &Claim,
    part: &str,
    act: SessionAct,
) -> Result<Arc<SessionView>, WorkError> {
    let command = SessionCommand { by: By::System, act };
    let context = context(claim, "diagnose", part);
    let committed = app.store.execute::<Session>(claim.lane, command, context).await?;
    let view = app.live.after(&app.store, claim.account, &committed).await?;
    view.ok_or_else(|| WorkError::Refused("there is no such session".to_owned()))
}
