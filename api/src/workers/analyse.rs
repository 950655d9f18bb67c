//! Finds out what a resolved session teaches (rule 6.2), and takes it back when the session is open again (rule 6.1).

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use domain::access::By;
use domain::analysis::command::{AnalysisAct, AnalysisCommand};
use domain::analysis::event::Finding;
use domain::analysis::lesson::Lesson;
use domain::analysis::{Analysis, Facts, Outline, Verdict, verdict};
use domain::assistant::case::GuidingFlow;
use domain::id::{ProposalId, SessionId};
use domain::matching::MatchPolicy;
use domain::proposal::Proposal;
use domain::proposal::command::{ProposalAct, ProposalCommand};
use domain::proposal::event::{PathReinforced, ProposalTarget};
use domain::session::status::SessionStatus;
use domain::session::step::Tokens;
use domain::session::view::SessionView;
use projections::work_queue::Claim;
use projections::work_requests::ANALYSE;
use projections::{assistant_calls, proposals};
use serde_json::Value;

use super::proposing::{self, Proposed, Topic, known, propose};
use super::writing::{self, Written};
use super::{WorkError, Worker, context, diagnose, diagnosis};
use crate::app::App;
use crate::guide::Guide;

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

    async fn give_up(&self, app: &Arc<App>, claim: &Claim, error: &WorkError) -> Result<(), WorkError> {
        match named(claim)? {
            (session, Some(resolution)) => {
                let reason = match error {
                    WorkError::Unanswered(reason) => reason,
                    _ => "What the session teaches could not be found out.",
                };
                let tokens = spent(app, claim, session).await?;
                let act = AnalysisAct::Fail { resolution, reason: reason.to_owned(), tokens };
                record(app, claim, session, "fail", act).await
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
    let id = id_for(session, resolution);
    let found = match to_be_written(app, &view, followed.as_ref()) {
        Some(outline) => by_model(app, claim, &view, (outline, followed.as_ref()), id).await?,
        None => Found::Finding(by_itself(app, claim, &view, followed.as_ref(), id).await?),
    };
    let tokens = spent(app, claim, session).await?;
    let (part, act) = match found {
        Found::Finding(finding) => ("complete", AnalysisAct::Complete { resolution, finding, tokens }),
        Found::Failed(reason) => {
            ("fail", AnalysisAct::Fail { resolution, reason: reason.to_owned(), tokens })
        }
        Found::Deferred(day) => ("defer", AnalysisAct::Defer { resolution, day, tokens }),
    };
    record(app, claim, session, part, act).await
}

/// What came of it.
enum Found {
    Finding(Finding),
    /// The model gave no usable flow, for this reason.
    Failed(&'static str),
    /// The account's calls of this day are spent.
    Deferred(NaiveDate),
}

/// What a model is to write of a session: a new flow or a change of the one that it followed. None where there is no model, or
/// the table has nothing to write.
fn to_be_written(app: &App, view: &SessionView, followed: Option<&GuidingFlow>) -> Option<Outline> {
    match (&app.guide, verdict(&Facts::of(view), &MatchPolicy::default()), followed) {
        (Guide::Model { .. }, Verdict::NewFlow, _) => Some(Outline::of_new_flow(view)),
        (Guide::Model { .. }, Verdict::Change, Some(flow)) => Some(Outline::of_change(view, flow)),
        (Guide::Playbook, _, _)
        | (_, Verdict::Change, None)
        | (_, Verdict::Nothing(_) | Verdict::Reinforced, _) => None,
    }
}

/// A model writes what nobody has proposed yet.
async fn by_model(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    (outline, followed): (Outline, Option<&GuidingFlow>),
    id: ProposalId,
) -> Result<Found, WorkError> {
    caught_up(app).await?;
    if let Some(finding) = known(app, claim, view, &Topic::from(&outline), id).await? {
        return Ok(Found::Finding(finding));
    }
    // A session that fits no flow followed none, even where several were close.
    let changed = followed.filter(|_| outline.target.is_some());
    Ok(match writing::write(app, claim, view, (outline, changed)).await? {
        Written::Flow(proposed) => Found::Finding(propose(app, claim, view, *proposed, id).await?),
        Written::Unwritten => Found::Finding(by_itself(app, claim, view, followed, id).await?),
        Written::Failed(reason) => Found::Failed(reason),
        Written::Deferred(day) => Found::Deferred(day),
    })
}

/// What is found out without a model.
async fn by_itself(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    followed: Option<&GuidingFlow>,
    id: ProposalId,
) -> Result<Finding, WorkError> {
    let proposed = match Lesson::of(view, followed, &MatchPolicy::default()) {
        Lesson::Nothing(reason) => return Ok(Finding::Nothing { reason }),
        Lesson::Reinforced(target) => return reinforce(app, claim, view, target, followed).await,
        Lesson::NewFlow(draft) => Proposed::new_flow(draft),
        Lesson::Change(change) => Proposed::change(*change),
    };
    caught_up(app).await?;
    propose(app, claim, view, proposed, id).await
}

/// What the calls for it cost, those of earlier tries too.
async fn spent(app: &App, claim: &Claim, session: SessionId) -> Result<Tokens, WorkError> {
    match app.guide {
        Guide::Playbook => Ok(Tokens::default()),
        Guide::Model { .. } => {
            let called_for = writing::called_for(claim, session);
            Ok(assistant_calls::spent(&app.background, claim.account, called_for).await?)
        }
    }
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
        proposing::withdraw(app, claim, proposal, session).await?;
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
