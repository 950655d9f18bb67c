//! What the diagnose worker finds out before it asks the assistant: the ticket, the class, the flow.

use std::sync::Arc;

use domain::assistant::case::{Case, GuidingFlow};
use domain::assistant::injection::InjectionFlags;
use domain::assistant::port::{Assistant, ModelName, Size, spent};
use domain::assistant::prompting::limits::MAX_CANDIDATES;
use domain::assistant::prompting::{self, IntakeBrief};
use domain::assistant::{playbook, reading};
use domain::id::{AccountId, FlowId, RequestId, SessionId, StepId};
use domain::matching::{MatchPolicy, MatchableFlow};
use domain::session::analysis::intake_analysis;
use domain::session::command::{SessionAct, StepText, TicketOutcome};
use domain::session::event::{Failure, FlowMatched, IntakeClassified, MatchCandidate};
use domain::session::status::Confidence;
use domain::session::step::{MadeBy, Tokens};
use domain::session::view::{MatchView, SessionView, TicketContextStatus};
use projections::work_queue::Claim;
use projections::{accounts, flows};
use serde_json::Value;

use super::WorkError;
use super::asking::ask;
use super::diagnose::{called_for, record};
use super::flagging::flag;
use crate::app::App;
use crate::attachments::showing::screenshots;
use crate::guide::Guide;
use crate::matching::FlowIndex;

/// Ticket, classification, match and the analysis note (rule 2.4): once a session. Gives the session with them.
pub(super) async fn read_intake(
    app: &App,
    claim: &Claim,
    request: RequestId,
    mut view: Arc<SessionView>,
) -> Result<Arc<SessionView>, WorkError> {
    if view.ticket_context.status() == TicketContextStatus::Pending {
        let reason = "This account has no PSA connection, so the ticket could not be read.".to_owned();
        let act = SessionAct::RecordTicketContext(TicketOutcome::Unavailable(Failure { reason }));
        view = record(app, claim, "ticket", act).await?;
    }
    let content = view.intake.content.clone().unwrap_or_default();
    let case = view.case(&content, None, Vec::new());
    let text = searched(&case);
    let index = app.matching.of(&app.pool, claim.account, &text, app.clock.now()).await?;
    let (classification, matched) = if let Some(known) = &case.classification {
        // Whoever classified came no further.
        (known.clone(), index.find(&text, Some(known.domain)))
    } else {
        let (classified, matched) = match &app.guide {
            Guide::Playbook => by_playbook(&case, &index, &text),
            Guide::Model { assistant, .. } => {
                let told = accounts::team_context(&app.pool, claim.account, view.team).await?;
                let asked = (&**assistant, told.as_deref());
                by_model(app, claim, request, asked, &case, &index, &text).await?
            }
        };
        let classification = classified.classification.clone();
        record(app, claim, "classify", SessionAct::RecordClassification(classified)).await?;
        (classification, matched)
    };
    let analysis = intake_analysis(&classification, &matched);
    let analysis = StepText { step: StepId::derived(claim.lane, "analysis"), text: analysis.into() };
    record(app, claim, "match", SessionAct::RecordMatch { matched, analysis: Some(analysis) }).await
}

fn by_playbook(case: &Case, index: &FlowIndex, text: &str) -> (IntakeClassified, FlowMatched) {
    let classification = playbook::classify(&case.intake, case.ticket.as_ref());
    let matched = index.find(text, Some(classification.domain));
    let (made_by, tokens) = (MadeBy::Playbook, Tokens::default());
    (IntakeClassified { classification, fallback: false, made_by, tokens }, matched)
}

/// One quick call classifies and confirms one of the best candidates or none. If it fails, nothing is guessed, the event
/// says so, and matching is by words alone (rules 2.3 and 2.4).
async fn by_model(
    app: &App,
    claim: &Claim,
    request: RequestId,
    (assistant, team_context): (&dyn Assistant, Option<&str>),
    case: &Case,
    index: &FlowIndex,
    text: &str,
) -> Result<(IntakeClassified, FlowMatched), WorkError> {
    flag(SessionId(claim.lane), &InjectionFlags::of_intake(&case.intake, case.ticket.as_ref()));
    let mut candidates = Vec::new();
    for found in index.rank(text, None, MAX_CANDIDATES) {
        let flow =
            guiding(app, claim.account, found.flow, found.version, Confidence::new(found.score)).await?;
        candidates.extend(flow.map(|it| MatchableFlow {
            flow: it.flow,
            version: it.version,
            head: it.head,
            nodes: it.nodes,
        }));
    }
    let screenshots = screenshots(app, claim.account, &case.intake.attachments).await;
    let prompt = prompting::classification(&IntakeBrief {
        intake: &case.intake,
        ticket: case.ticket.as_ref(),
        team_context,
        candidates: &candidates,
        screenshots: &screenshots,
    });
    let check = |json: &Value| reading::classification(json, &candidates).map_err(|fault| fault.to_string());
    let (read, tokens) = match ask(
        app,
        claim,
        called_for(claim, request),
        (assistant, Size::Quick),
        &prompt,
        check,
    )
    .await?
    {
        Ok(checked) => (checked.value, spent(&checked.calls)),
        Err(unchecked) => {
            tracing::warn!(work.key = %claim.key, error = %unchecked, "the intake could not be classified");
            (reading::fallback(&case.intake, case.ticket.as_ref()), spent(&unchecked.calls))
        }
    };
    let matched = if read.fallback {
        index.find(text, None)
    } else {
        index.confirmed(text, read.classification.domain, read.flow, candidates.len())
    };
    let (classification, fallback) = (read.classification, read.fallback);
    let made_by = made_by(assistant.model(Size::Quick));
    Ok((IntakeClassified { classification, fallback, made_by, tokens }, matched))
}

/// A model, as events name it.
pub(super) fn made_by(model: ModelName) -> MadeBy {
    MadeBy::Model { provider: model.provider.to_owned(), model: model.model }
}

/// A log is searched to so many bytes: what names the problem stands early, and ranking takes time with length.
const SEARCHED_LOG: usize = 20_000;

/// Everything of the intake that may name the problem.
fn searched(case: &Case) -> String {
    let ticket = case.ticket.as_ref();
    [
        case.intake.text.as_ref().map(|text| text.as_str()),
        case.intake.log.as_ref().map(|log| &log[..log.floor_char_boundary(SEARCHED_LOG)]),
        ticket.map(|ticket| ticket.summary.as_str()),
        ticket.and_then(|ticket| ticket.description.as_ref()).map(|text| text.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("\n")
}

/// The session as the assistant is given it, with the flow it follows and those that matched nearly as well.
pub(super) async fn case(app: &App, account: AccountId, view: &SessionView) -> Result<Case, WorkError> {
    let content = view.intake.content.clone().unwrap_or_default();
    let Some(matched) = &view.matched else { return Ok(view.case(&content, None, Vec::new())) };
    let flow = match &matched.chosen {
        Some(chosen) => guiding(app, account, chosen.flow, chosen.version, chosen.score).await?,
        None => None,
    };
    let candidates: Vec<MatchCandidate> = matched.candidates.iter().map(MatchCandidate::from).collect();
    let mut close = Vec::new();
    let open = if matched.declined { &[] } else { candidates.as_slice() };
    for candidate in domain::matching::close(open, &MatchPolicy::default()) {
        close.extend(
            guiding(app, account, candidate.flow, candidate.version, Confidence::new(candidate.score))
                .await?,
        );
    }
    Ok(view.case(&content, flow, close))
}

/// A published version of a flow. Versions never change, so they are kept.
pub(super) async fn guiding(
    app: &App,
    account: AccountId,
    flow: FlowId,
    version: u32,
    score: Confidence,
) -> Result<Option<GuidingFlow>, WorkError> {
    let key = (account, flow, version);
    if let Some(kept) = app.versions.get(&key) {
        return Ok(Some(GuidingFlow { score, ..(*kept).clone() }));
    }
    let Some(row) = flows::queries::one(&app.pool, account, flow, Some(version)).await? else {
        return Ok(None);
    };
    let found = GuidingFlow { flow, version, score, head: row.head, nodes: row.tree };
    app.versions.insert(key, Arc::new(found.clone()));
    Ok(Some(found))
}

/// What was found before, as an event: for choosing among it.
pub(super) fn as_matched(view: &MatchView) -> FlowMatched {
    FlowMatched {
        candidates: view.candidates.iter().map(MatchCandidate::from).collect(),
        chosen: view.chosen.clone(),
        policy_version: view.policy_version,
        declined: view.declined,
    }
}
