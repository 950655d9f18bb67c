//! Has a model write the flow that a solved session teaches, or the change of the one that it followed (rule 6.2).

use chrono::NaiveDate;
use domain::analysis::lesson::Change;
use domain::analysis::{Learnt, Outline};
use domain::assistant::case::GuidingFlow;
use domain::assistant::port::{Assistant, AssistantError, Size, Worth};
use domain::assistant::prompting::{self, LessonBrief};
use domain::assistant::reading::{self, WrittenFlow};
use domain::flow::event::{FlowHead, FlowKind};
use domain::id::{CommandId, SessionId};
use domain::proposal::event::ProposalDraft;
use domain::session::view::SessionView;
use projections::accounts;
use projections::assistant_calls::{CalledFor, Purpose};
use projections::work_queue::Claim;
use serde_json::Value;

use super::asking::{ask_to_change, reason};
use super::proposing::Proposed;
use super::{WorkError, diagnosis, offering};
use crate::app::App;
use crate::guide::{Fallback, Guide};
use crate::quota::{self, Rationed};

/// What is said of a model that writes no flow, or no usable one.
const NO_FLOW: [&str; 2] =
    ["The assistant's model declined to write a flow.", "The assistant's model gave no usable flow."];

/// What came of it.
pub(super) enum Written {
    /// To be proposed.
    Flow(Box<Proposed>),
    /// Nothing, and the playbook stands behind the model.
    Unwritten,
    /// Nothing, for this reason; asking again soon would not help.
    Failed(&'static str),
    /// Nothing, because the account's calls of this day are spent.
    Deferred(NaiveDate),
}

/// What the calls are made for: this piece of work.
pub(super) fn called_for(claim: &Claim, session: SessionId) -> CalledFor {
    let work = CommandId::derived(claim.causation.0, &format!("{}/lesson", claim.key));
    CalledFor { session, purpose: Purpose::Lesson(work) }
}

/// Has the model write what the outline is about; `changed` is the flow that it changes.
///
/// # Errors
/// The model is not available now: the work is tried again.
pub(super) async fn write(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    (outline, changed): (Outline, Option<&GuidingFlow>),
) -> Result<Written, WorkError> {
    let Guide::Model { assistant, fallback } = &app.guide else { return Ok(Written::Unwritten) };
    let offered = offering::to_session(app, claim.account, view.team).await?;
    let team_context = accounts::team_context(&app.pool, claim.account, view.team).await?;
    let content = view.intake.content.clone().unwrap_or_default();
    let case = view.case(&content, changed.cloned(), Vec::new());
    let prompt = prompting::lesson(&LessonBrief {
        case: &case,
        resolution: &resolution(view),
        team_context: team_context.as_deref(),
        scripts: &offered.scripts,
    });
    let base =
        changed.map_or((FlowKind::Troubleshooting, [].as_slice()), |flow| (flow.head.kind, &flow.nodes));
    let check =
        |json: &Value| reading::lesson(json, base, &offered.templates).map_err(|fault| fault.to_string());
    let rationed = Rationed { app, account: claim.account, assistant: &**assistant };
    let asked: (&dyn Assistant, _) = (&rationed, Size::Deep);
    let failed =
        match ask_to_change(app, claim, called_for(claim, view.id), asked, (&prompt, base.1), check).await? {
            Ok(made) => {
                let topic = outline.text();
                let draft = drafted(outline, made.value);
                let proposed = match changed {
                    Some(flow) => Proposed::change(Change::between(flow, draft)),
                    None => Proposed::new_flow(draft),
                };
                return Ok(Written::Flow(Box::new(proposed.by(diagnosis::made_by(made.model), topic))));
            }
            Err(failed) => failed,
        };
    tracing::warn!(work.key = %claim.key, error = %failed, "the model wrote no flow");
    if failed.error == AssistantError::QuotaExceeded {
        return Ok(Written::Deferred(quota::allowance(app, claim.account).await?.day));
    }
    match (fallback, failed.error.retry()) {
        (Fallback::Playbook, _) => Ok(Written::Unwritten),
        (Fallback::None, Worth::Later(_)) => Err(WorkError::Unanswered(reason(&failed.error, NO_FLOW))),
        (Fallback::None, Worth::Corrected | Worth::Nothing) => {
            Ok(Written::Failed(reason(&failed.error, NO_FLOW)))
        }
    }
}

/// The outline with what the model wrote. What a flow is about stays as it is when it is changed.
fn drafted(outline: Outline, written: WrittenFlow) -> ProposalDraft {
    let Outline { head, target, .. } = outline;
    let WrittenFlow { title, description, keywords, nodes } = written;
    let head = match target {
        Some(_) => head,
        None => FlowHead { name: title.clone(), description: Some(description.clone()), keywords, ..head },
    };
    Outline { title, description, head, target }.with(nodes)
}

/// How the session was solved, and what is to be done afterwards.
fn resolution(view: &SessionView) -> String {
    let learnt = Learnt::of(view);
    let parts = learnt.into_iter().flat_map(|learnt| std::iter::once(learnt.solution).chain(learnt.details));
    parts.collect::<Vec<_>>().join("\n")
}
