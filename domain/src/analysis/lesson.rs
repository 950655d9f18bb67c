//! What a resolved session teaches: the table's verdict, worked out into something that can be proposed.

use super::graft::graft;
use super::growth::{Learnt, grow};
use super::outline::Outline;
use super::table::{Facts, Verdict, verdict};
use crate::analysis::event::NothingLearnt;
use crate::assistant::case::GuidingFlow;
use crate::flow::diff::{TreeDiff, branches, diff};
use crate::flow::event::FlowKind;
use crate::flow::tree::FlowNode;
use crate::flow::validation::validate;
use crate::matching::MatchPolicy;
use crate::proposal::event::{ProposalDraft, ProposalTarget};
use crate::proposal::status::ProposalKind;
use crate::session::view::SessionView;

/// What a session teaches.
#[derive(Debug, Clone, PartialEq)]
pub enum Lesson {
    /// Nothing, for this reason.
    Nothing(NothingLearnt),
    /// A flow for what no flow fits.
    NewFlow(ProposalDraft),
    /// A change of the flow that it followed.
    Change(Box<Change>),
    /// The flow that it followed held.
    Reinforced(ProposalTarget),
}

/// A change of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// One new branch, or more than that.
    pub kind: ProposalKind,
    /// The flow, in the version that was followed.
    pub target: ProposalTarget,
    /// What would be published.
    pub draft: ProposalDraft,
    /// What that changes.
    pub diff: TreeDiff,
}

impl Lesson {
    /// What a resolved session teaches. `followed` is the flow that it matched, in the version that it followed; without it
    /// nothing can be said of a change.
    pub fn of(view: &SessionView, followed: Option<&GuidingFlow>, policy: &MatchPolicy) -> Self {
        match (verdict(&Facts::of(view), policy), followed) {
            (Verdict::Nothing(reason), _) => Self::Nothing(reason),
            (Verdict::NewFlow, _) => {
                let courses: Vec<_> = Learnt::of(view).into_iter().collect();
                new_flow(view, &courses).map_or_else(Self::Nothing, Self::NewFlow)
            }
            (Verdict::Change, Some(flow)) => {
                change(view, flow).map_or_else(Self::Nothing, |change| Self::Change(Box::new(change)))
            }
            (Verdict::Reinforced, Some(flow)) => {
                Self::Reinforced(ProposalTarget { flow: flow.flow, base_version: flow.version })
            }
            (Verdict::Change | Verdict::Reinforced, None) => Self::Nothing(NothingLearnt::NoPlace),
        }
    }
}

/// The flow that these courses make for the problem of a session, the first of them its own.
///
/// # Errors
/// Nothing is left of the courses, or they make no valid tree.
pub fn new_flow(view: &SessionView, courses: &[Learnt]) -> Result<ProposalDraft, NothingLearnt> {
    if courses.first().is_none_or(|course| course.moves.is_empty()) {
        return Err(NothingLearnt::OnlyDeadEnds);
    }
    let nodes = valid(FlowKind::Troubleshooting, grow(courses))?;
    Ok(Outline::of_new_flow(view).with(nodes))
}

fn change(view: &SessionView, flow: &GuidingFlow) -> Result<Change, NothingLearnt> {
    let grafted = graft(view, flow.flow, &flow.nodes).ok_or(NothingLearnt::NoPlace)?;
    let nodes = valid(flow.head.kind, grafted)?;
    Ok(Change::between(flow, Outline::of_change(view, flow).with(nodes)))
}

impl Change {
    /// The change that publishing this would be, one new branch or more than that.
    pub fn between(flow: &GuidingFlow, draft: ProposalDraft) -> Self {
        let diff = diff(&flow.nodes, &draft.nodes);
        let one_branch = diff.modified.is_empty()
            && diff.removed.is_empty()
            && branches(&flow.nodes, &draft.nodes).len() == 1;
        let kind = if one_branch { ProposalKind::BranchAddition } else { ProposalKind::Enhancement };
        let target = ProposalTarget { flow: flow.flow, base_version: flow.version };
        Self { kind, target, draft, diff }
    }
}

fn valid(kind: FlowKind, nodes: Vec<FlowNode>) -> Result<Vec<FlowNode>, NothingLearnt> {
    validate(kind, &nodes).map_err(|_| NothingLearnt::InvalidTree)?;
    Ok(nodes)
}
