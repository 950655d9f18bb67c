//! What the diagnose worker finds out before it asks the assistant: the ticket, the class, the flow.

use domain::assistant::case::{Case, GuidingFlow};
use domain::assistant::playbook;
use domain::id::{AccountId, FlowId, StepId};
use domain::matching::MatchPolicy;
use domain::session::analysis::intake_analysis;
use domain::session::command::{SessionAct, StepText, TicketOutcome};
use domain::session::event::{Failure, FlowMatched, IntakeClassified, MatchCandidate};
use domain::session::status::Confidence;
use domain::session::step::{MadeBy, Tokens};
use domain::session::view::{MatchView, SessionView, TicketContextStatus};
use projections::flows;
use projections::work_queue::Claim;

use super::WorkError;
use super::diagnose::record;
use crate::app::App;

/// Ticket, classification, match and the analysis note (rule 2.4): once a session.
pub(super) async fn read_intake(app: &App, claim: &Claim, view: &SessionView) -> Result<(), WorkError> {
    if view.ticket_context.status() == TicketContextStatus::Pending {
        let reason = "This account has no PSA connection, so the ticket could not be read.".to_owned();
        let act = SessionAct::RecordTicketContext(TicketOutcome::Unavailable(Failure { reason }));
        record(app, claim, "ticket", act).await?;
    }
    let content = view.intake.content.clone().unwrap_or_default();
    let case = view.case(&content, None, Vec::new());
    let classification = playbook::classify(&case.intake, case.ticket.as_ref());
    let index = app.matching.of(&app.pool, claim.account).await?;
    let matched = index.find(&searched(&case), Some(classification.domain));
    let analysis = intake_analysis(&classification, &matched);
    let classified = IntakeClassified {
        classification,
        fallback: false,
        made_by: MadeBy::Playbook,
        tokens: Tokens::default(),
    };
    record(app, claim, "classify", SessionAct::RecordClassification(classified)).await?;
    let analysis = StepText { step: StepId::derived(claim.lane, "analysis"), text: analysis.into() };
    record(app, claim, "match", SessionAct::RecordMatch { matched, analysis: Some(analysis) }).await
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
    for candidate in domain::matching::close(&candidates, &MatchPolicy::default()) {
        close.extend(
            guiding(app, account, candidate.flow, candidate.version, Confidence::new(candidate.score))
                .await?,
        );
    }
    Ok(view.case(&content, flow, close))
}

/// A published version of a flow. Versions never change, so they are kept.
async fn guiding(
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
    app.versions.insert(key, std::sync::Arc::new(found.clone()));
    Ok(Some(found))
}

/// What was found before, as an event: for choosing among it.
pub(super) fn as_matched(view: &MatchView) -> FlowMatched {
    FlowMatched {
        candidates: view.candidates.iter().map(MatchCandidate::from).collect(),
        chosen: view.chosen.clone(),
        policy_version: view.policy_version,
    }
}
