//! Turns a lesson into a proposal: a new one, or support for one of the same problem (rule 6.4).

use domain::access::By;
use domain::analysis::event::{Finding, NothingLearnt};
use domain::analysis::lesson::{Change, new_flow};
use domain::analysis::{Learnt, Outline};
use domain::flow::diff::TreeDiff;
use domain::id::{FlowId, ProposalId, SessionId};
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
use crate::commands::proposals::target_now;

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
    for alike in twins(app, claim, topic).await? {
        return Ok(Some(match alike.twin.status {
            ProposalStatus::Pending | ProposalStatus::Stale | ProposalStatus::Dismissed => {
                support(app, claim, view, alike).await?
            }
            ProposalStatus::Rejected => Finding::Nothing { reason: NothingLearnt::RejectedBefore },
            ProposalStatus::Approved | ProposalStatus::Modified
                if still_teaches(app, claim, view, alike.twin.id).await? =>
            {
                Finding::Nothing { reason: NothingLearnt::PublishedBefore }
            }
            ProposalStatus::Approved
            | ProposalStatus::Modified
            | ProposalStatus::AutoReinforced
            | ProposalStatus::Withdrawn => continue,
        }));
    }
    Ok(None)
}

/// Whether what a proposal became is offered still, and is newer than what the session followed: a flow that was retired, and one
/// that was left although it says so already, leave the lesson to be learnt anew.
async fn still_teaches(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    decided: ProposalId,
) -> Result<bool, WorkError> {
    let proposal = app.store.load::<Proposal>(claim.account, decided.0).await?.aggregate;
    // Where it was not published yet, it is about to be.
    let Some(published) = proposal.published() else { return Ok(true) };
    let offered = target_now(app, claim.account, published.flow).await?.is_some_and(|now| !now.retired);
    let chosen = view.matched.as_ref().and_then(|matched| matched.chosen.as_ref());
    let followed = chosen.filter(|chosen| chosen.flow == published.flow).map(|chosen| chosen.version);
    Ok(offered && followed.is_none_or(|followed| followed < published.version))
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
    let (made_by, mut topic) = proposed.written.unzip();
    let (mut draft, mut diff) = (proposed.draft, proposed.diff);
    // A model took its time: what was redacted meanwhile is not to be told.
    if let Some(now) = diagnose::session(app, claim.account, view.id).await? {
        let sentences = diff.iter_mut().flat_map(|diff| &mut diff.summary);
        draft.texts_mut().chain(&mut topic).chain(sentences).for_each(|text| now.mask_text(text));
    }
    let raised = ProposalRaised {
        kind: proposed.kind,
        target,
        team: view.team,
        source: view.id,
        draft: draft.into(),
        diff: diff.map(Into::into),
        made_by,
        topic: topic.map(Into::into),
    };
    tell(app, claim, id, "raise", ProposalAct::Raise(Box::new(raised))).await?;
    outdate(app, claim, id, target).await?;
    Ok(Finding::Raised { proposal: id })
}

/// The flow may have moved on since a session followed it, and while a proposal was out of sight.
async fn outdate(
    app: &App,
    claim: &Claim,
    id: ProposalId,
    target: Option<ProposalTarget>,
) -> Result<(), WorkError> {
    let Some(target) = target else { return Ok(()) };
    if let Some(now) = target_now(app, claim.account, target.flow).await? {
        tell(app, claim, id, "stale", ProposalAct::MarkStale(now)).await?;
    }
    Ok(())
}

/// The proposals of the same problem, the likest first; those that can still be supported come before those that were decided.
async fn twins(app: &App, claim: &Claim, topic: &Topic) -> Result<Vec<Alike>, WorkError> {
    let twins = queries::twins(&app.pool, claim.account, topic.domain, topic.target).await?;
    let mut alike = likening::alike(app, claim.account, &topic.text, twins).await;
    let rank =
        |it: &Alike| (it.twin.status.is_open() || it.twin.status == ProposalStatus::Dismissed, it.similarity);
    // Of equals the oldest, which the query gives last.
    alike.reverse();
    alike.sort_by(|one, other| {
        let (one, other) = (rank(one), rank(other));
        other.0.cmp(&one.0).then(other.1.total_cmp(&one.1))
    });
    Ok(alike)
}

async fn support(app: &App, claim: &Claim, view: &SessionView, alike: Alike) -> Result<Finding, WorkError> {
    let Alike { twin: Twin { id, .. }, similarity, by } = alike;
    let proposal = app.store.load::<Proposal>(claim.account, id.0).await?.aggregate;
    let draft = regrown(app, claim, view, &proposal).await?;
    let support = Support { session: view.id, similarity, by, draft };
    tell(app, claim, id, "support", ProposalAct::Support(support)).await?;
    outdate(app, claim, id, proposal.target()).await?;
    Ok(Finding::Supported { proposal: id })
}

/// The new flow grown from all its sessions, where this one makes it branch; none if it stays as it was, or was not grown.
async fn regrown(
    app: &App,
    claim: &Claim,
    view: &SessionView,
    proposal: &Proposal,
) -> Result<Option<ProposalDraft>, WorkError> {
    let grown = grown_from(app, claim, proposal, Some(view)).await?;
    Ok(grown.filter(|grown| proposal.draft().is_some_and(|known| known.nodes != grown.nodes)))
}

/// Takes a session's support back. What the proposal says is grown anew from the sessions that are left: the solution of one that
/// is open again has held for nobody yet.
pub(super) async fn withdraw(
    app: &App,
    claim: &Claim,
    id: ProposalId,
    session: SessionId,
) -> Result<(), WorkError> {
    tell(app, claim, id, "withdraw", ProposalAct::WithdrawSupport(session)).await?;
    let proposal = app.store.load::<Proposal>(claim.account, id.0).await?.aggregate;
    if let Some(draft) = grown_from(app, claim, &proposal, None).await? {
        tell(app, claim, id, "regrow", ProposalAct::Regrow(Box::new(draft))).await?;
    }
    Ok(())
}

/// The new flow grown from the sessions that support a proposal, the one that it was learnt from first, and from one more; none if
/// it is a change, was not grown, or nothing can be grown from them.
async fn grown_from(
    app: &App,
    claim: &Claim,
    proposal: &Proposal,
    more: Option<&SessionView>,
) -> Result<Option<ProposalDraft>, WorkError> {
    let (Some(source), None, true) = (proposal.source(), proposal.target(), proposal.is_grown()) else {
        return Ok(None);
    };
    let mut supporters: Vec<SessionId> = proposal.supporters().collect();
    supporters.sort_by_key(|supporter| *supporter != source);
    let mut views = Vec::new();
    for supporter in supporters.into_iter().take(GROWN_FROM) {
        views.extend(diagnose::session(app, claim.account, supporter).await?);
    }
    // One that went no way, or is not resolved, is no flow to begin with.
    let taught = |view: &SessionView| Learnt::of(view).filter(|learnt| !learnt.moves.is_empty());
    let Some(first) = views.iter().position(|view| taught(view).is_some()) else { return Ok(None) };
    let courses: Vec<Learnt> = views[first..].iter().chain(more).filter_map(taught).collect();
    Ok(new_flow(&views[first], &courses).ok())
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
