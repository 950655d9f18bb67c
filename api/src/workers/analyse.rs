//! Finds out what a resolved session teaches (rule 6.2), and takes it back when the session is open again (rule 6.1).

use std::sync::Arc;
use std::time::Duration;

use domain::access::By;
use domain::analysis::Analysis;
use domain::analysis::command::{AnalysisAct, AnalysisCommand};
use domain::analysis::event::Finding;
use domain::analysis::lesson::Lesson;
use domain::assistant::case::GuidingFlow;
use domain::id::{ProposalId, SessionId};
use domain::matching::MatchPolicy;
use domain::proposal::Proposal;
use domain::proposal::command::{ProposalAct, ProposalCommand};
use domain::proposal::event::{PathReinforced, ProposalTarget};
use domain::session::status::SessionStatus;
use domain::session::view::SessionView;
use projections::proposals;
use projections::work_queue::Claim;
use projections::work_requests::ANALYSE;
use serde_json::Value;

use super::proposing::{Proposed, propose};
use super::{WorkError, Worker, context, diagnose, diagnosis};
use crate::app::App;

/// How long the read model of proposals may take to come to what was recorded before.
const CATCH_UP: Duration = Duration::from_secs(5);

/// The worker.
pub struct Analyse;

impl Worker for Analyse {
    fn kind(&self) -> &'static str {
        ANALYSE
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let (session, resolution) = named(claim)?;
        match resolution {
            Some(resolution) => learn(app, claim, session, resolution).await,
            None => take_back(app, claim, session).await,
        }
    }

    async fn give_up(&self, app: &Arc<App>, claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        match named(claim)? {
            (session, Some(resolution)) => {
                let reason = "What the session teaches could not be found out.".to_owned();
                record(app, claim, session, "fail", AnalysisAct::Fail { resolution, reason }).await
            }
            (_, None) => Ok(()),
        }
    }
}

async fn learn(app: &App, claim: &Claim, session: SessionId, resolution: u64) -> Result<(), WorkError> {
    let Some(view) = diagnose::session(app, claim.account, session).await? else { return Ok(()) };
    // Open again: the next resolution is analysed anew.
    if view.status != SessionStatus::Resolved {
        return Ok(());
    }
    let analysis = app.store.load::<Analysis>(claim.account, Analysis::id_of(session).0).await?.aggregate;
    if analysis.is_of(resolution) {
        return Ok(());
    }
    let followed = followed(app, claim, &view).await?;
    let finding = match Lesson::of(&view, followed.as_ref(), &MatchPolicy::default()) {
        Lesson::Nothing(reason) => Finding::Nothing { reason },
        Lesson::Reinforced(target) => reinforce(app, claim, &view, target, followed.as_ref()).await?,
        Lesson::NewFlow(draft) => {
            let new = Proposed::new_flow(draft);
            caught_up(app).await?;
            propose(app, claim, &view, new, id_for(session, resolution)).await?
        }
        Lesson::Change(change) => {
            caught_up(app).await?;
            propose(app, claim, &view, (*change).into(), id_for(session, resolution)).await?
        }
    };
    record(app, claim, session, "complete", AnalysisAct::Complete { resolution, finding }).await
}

/// It follows from what it was learnt from: learning it twice raises it once.
fn id_for(session: SessionId, resolution: u64) -> ProposalId {
    ProposalId::derived(session.0, &format!("proposal/{resolution}"))
}

/// The flow that the session followed, in the version that it followed.
async fn followed(app: &App, claim: &Claim, view: &SessionView) -> Result<Option<GuidingFlow>, WorkError> {
    match view.matched.as_ref().and_then(|matched| matched.chosen.as_ref()) {
        Some(it) => diagnosis::guiding(app, claim.account, it.flow, it.version, it.score).await,
        None => Ok(None),
    }
}

/// One record for each version of a flow and session (6.7).
async fn reinforce(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    target: ProposalTarget,
    flow: Option<&GuidingFlow>,
) -> Result<Finding, WorkError> {
    let name = format!("reinforced/{}/{}", target.flow, target.base_version);
    let id = ProposalId::derived(view.id.0, &name);
    let act = ProposalAct::Reinforce(PathReinforced {
        flow: target.flow,
        version: target.base_version,
        session: view.id,
        team: view.team,
        title: flow.map(|flow| flow.head.name.clone()).unwrap_or_default(),
        domain: flow.and_then(|flow| flow.head.domain),
    });
    let command = ProposalCommand { by: By::System, act };
    app.store.execute::<Proposal>(id.0, command, context(claim, ANALYSE, "reinforce")).await?;
    Ok(Finding::Reinforced { proposal: id })
}

/// The session's support is withdrawn from what it taught.
async fn take_back(app: &App, claim: &Claim, session: SessionId) -> Result<(), WorkError> {
    let analysis = app.store.load::<Analysis>(claim.account, Analysis::id_of(session).0).await?.aggregate;
    if let Some(proposal) = analysis.proposal() {
        let command = ProposalCommand { by: By::System, act: ProposalAct::WithdrawSupport(session) };
        app.store.execute::<Proposal>(proposal.0, command, context(claim, ANALYSE, "withdraw")).await?;
    }
    record(app, claim, session, "open", AnalysisAct::Withdraw).await
}

async fn record(
    app: &App,
    claim: &Claim,
    session: SessionId,
    part: &str,
    act: AnalysisAct,
) -> Result<(), WorkError> {
    let command = AnalysisCommand { by: By::System, session, act };
    let id = Analysis::id_of(session);
    app.store.execute::<Analysis>(id.0, command, context(claim, ANALYSE, part)).await?;
    Ok(())
}

/// Waits until the read model shows every proposal that there is: twins are looked for there.
pub(super) async fn caught_up(app: &App) -> Result<(), WorkError> {
    let log = app.store.log();
    let end = log.last_event(log.ceiling().await?).await?;
    if app.freshness.reaches(&[proposals::NAME], end, CATCH_UP).await {
        Ok(())
    } else {
        Err(WorkError::Refused("the read model of proposals is behind".to_owned()))
    }
}

fn named(claim: &Claim) -> Result<(SessionId, Option<u64>), WorkError> {
    let session = claim.payload.get("session").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let resolution = claim.payload.get("resolution").and_then(Value::as_u64);
    session
        .map(|session| (session, resolution))
        .ok_or_else(|| WorkError::Refused("the work names no session".to_owned()))
}
