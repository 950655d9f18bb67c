//! Turns a lesson into a proposal: a new one, or support for one of the same problem (rule 6.4).

use domain::access::By;
use domain::analysis::event::{Finding, NothingLearnt};
use domain::analysis::lesson::{Change, new_flow};
use domain::analysis::{Learnt, Outline};
use domain::flow::Flow;
use domain::flow::diff::TreeDiff;
use domain::id::{FlowId, ProposalId};
use domain::problem::ProblemDomain;
use domain::proposal::Proposal;
use domain::proposal::command::{ProposalAct, ProposalCommand, Support};
use domain::proposal::event::{ProposalDraft, ProposalRaised, ProposalTarget};
use domain::proposal::status::{ProposalKind, ProposalStatus};
use domain::session::step::MadeBy;
use domain::session::view::SessionView;
use projections::proposals::queries::{self, Twin};
use projections::work_queue::Claim;
use projections::work_requests::ANALYSE;

use super::likening::{self, Alike};
use super::{WorkError, context, diagnose};
use crate::app::App;

/// Sessions whose courses a new flow is grown from; more hardly change it.
const GROWN_FROM: usize = 20;

/// What is to be proposed.
pub(super) struct Proposed {
    kind: ProposalKind,
    target: Option<ProposalTarget>,
    draft: ProposalDraft,
    diff: Option<TreeDiff>,
    /// The model that wrote it, and the lesson in the words of its session.
    written: Option<(MadeBy, String)>,
}

impl Proposed {
    /// A new flow, grown from the session.
    pub(super) fn new_flow(draft: ProposalDraft) -> Self {
        Self { kind: ProposalKind::NewFlow, target: None, draft, diff: None, written: None }
    }

    /// A change of a flow.
    pub(super) fn change(change: Change) -> Self {
        Self {
            kind: change.kind,
            target: Some(change.target),
            draft: change.draft,
            diff: Some(change.diff),
            written: None,
        }
    }

    /// The same, written by a model about this lesson.
    pub(super) fn by(self, model: MadeBy, topic: String) -> Self {
        Self { written: Some((model, topic)), ..self }
    }
}

/// What proposals are compared by.
pub(super) struct Topic {
    text: String,
    domain: Option<ProblemDomain>,
    target: Option<FlowId>,
}

impl From<&Outline> for Topic {
    fn from(outline: &Outline) -> Self {
        let target = outline.target.map(|target| target.flow);
        Self { text: outline.text(), domain: outline.head.domain, target }
    }
}

impl From<&Proposed> for Topic {
    fn from(proposed: &Proposed) -> Self {
        let target = proposed.target.map(|target| target.flow);
        Self { text: proposed.draft.text(), domain: proposed.draft.head.domain, target }
    }
}

/// What the session comes to if the same was proposed before, by itself or by others.
pub(super) async fn known(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    topic: &Topic,
    id: ProposalId,
) -> Result<Option<Finding>, WorkError> {
    if app.store.load::<Proposal>(claim.account, id.0).await?.aggregate.status().is_some() {
        // A crash came in between: it was raised, and only that not recorded.
        return Ok(Some(Finding::Raised { proposal: id }));
    }
    let Some(alike) = twin(app, claim, topic).await? else { return Ok(None) };
    let finding = match alike.twin.status {
        ProposalStatus::Pending | ProposalStatus::Stale | ProposalStatus::Dismissed => {
            support(app, claim, view, alike).await?
        }
        ProposalStatus::Rejected => Finding::Nothing { reason: NothingLearnt::RejectedBefore },
        ProposalStatus::Approved
        | ProposalStatus::Modified
        | ProposalStatus::AutoReinforced
        | ProposalStatus::Withdrawn => Finding::Nothing { reason: NothingLearnt::PublishedBefore },
    };
    Ok(Some(finding))
}

/// Raises a proposal under this id, unless the same was proposed before.
pub(super) async fn propose(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    proposed: Proposed,
    id: ProposalId,
) -> Result<Finding, WorkError> {
    if let Some(finding) = known(app, claim, view, &Topic::from(&proposed), id).await? {
        return Ok(finding);
    }
    let target = proposed.target;
    let (made_by, topic) = proposed.written.unzip();
    let raised = ProposalRaised {
        kind: proposed.kind,
        target,
        team: view.team,
        source: view.id,
        draft: proposed.draft.into(),
        diff: proposed.diff.map(Into::into),
        made_by,
        topic: topic.map(Into::into),
    };
    tell(app, claim, id, "raise", ProposalAct::Raise(Box::new(raised))).await?;
    if let Some(target) = target {
        // The flow may have moved on since the session followed it.
        let flow = app.store.load::<Flow>(claim.account, target.flow.0).await?.aggregate;
        if let Some(current) = flow.published_version() {
            tell(app, claim, id, "stale", ProposalAct::MarkStale(current)).await?;
        }
    }
    Ok(Finding::Raised { proposal: id })
}

/// The proposal that is most like this one, if one is of the same problem. One that can still be supported comes before those
/// that were decided.
async fn twin(app: &App, claim: &Claim, topic: &Topic) -> Result<Option<Alike>, WorkError> {
    let twins = queries::twins(&app.pool, claim.account, topic.domain, topic.target).await?;
    let alike = likening::alike(app, claim.account, &topic.text, twins).await;
    let rank =
        |it: &Alike| (it.twin.status.is_open() || it.twin.status == ProposalStatus::Dismissed, it.similarity);
    Ok(alike.into_iter().max_by(|one, other| {
        let (one, other) = (rank(one), rank(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    }))
}

async fn support(app: &App, claim: &Claim, view: &SessionView, alike: Alike) -> Result<Finding, WorkError> {
    let Alike { twin: Twin { id, .. }, similarity, by } = alike;
    let proposal = app.store.load::<Proposal>(claim.account, id.0).await?.aggregate;
    let draft = regrown(app, claim, view, &proposal).await?;
    let support = Support { session: view.id, similarity, by, draft };
    tell(app, claim, id, "support", ProposalAct::Support(support)).await?;
    Ok(Finding::Supported { proposal: id })
}

/// The new flow grown from all its sessions, where this one makes it branch; none if it stays as it was, or was not grown.
async fn regrown(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    proposal: &Proposal,
) -> Result<Option<ProposalDraft>, WorkError> {
    let (Some(source), None, true) = (proposal.source(), proposal.target(), proposal.is_grown()) else {
        return Ok(None);
    };
    let Some(first) = diagnose::session(app, claim.account, source).await? else { return Ok(None) };
    let mut courses: Vec<Learnt> = Learnt::of(&first).into_iter().collect();
    for other in proposal.supporters().filter(|other| *other != source).take(GROWN_FROM) {
        let other = diagnose::session(app, claim.account, other).await?;
        courses.extend(other.as_ref().and_then(Learnt::of));
    }
    courses.extend(Learnt::of(view));
    let grown = new_flow(&first, &courses).ok();
    Ok(grown.filter(|grown| proposal.draft().is_some_and(|known| known.nodes != grown.nodes)))
}

async fn tell(
    app: &App,
    claim: &Claim,
    id: ProposalId,
    part: &str,
    act: ProposalAct,
) -> Result<(), WorkError> {
    let command = ProposalCommand { by: By::System, act };
    app.store.execute::<Proposal>(id.0, command, context(claim, ANALYSE, part)).await?;
    Ok(())
}
