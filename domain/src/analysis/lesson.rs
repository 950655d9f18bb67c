//! What a resolved session teaches: the table's verdict, worked out into something that can be proposed.

use super::graft::graft;
use super::growth::{Learnt, grow};
use super::table::{Facts, Verdict, verdict};
use crate::analysis::event::NothingLearnt;
use crate::assistant::case::GuidingFlow;
use crate::flow::diff::{TreeDiff, branches, diff};
use crate::flow::event::{FlowHead, FlowKind};
use crate::flow::tree::FlowNode;
use crate::flow::validation::validate;
use crate::matching::MatchPolicy;
use crate::proposal::event::{ProposalDraft, ProposalTarget};
use crate::proposal::status::ProposalKind;
use crate::session::documentation::{intake_summary, problem_summary};
use crate::session::view::{SessionView, cut_at_word};

const MAX_TITLE: usize = 255;
const MAX_KEYWORDS: usize = 12;
const MAX_KEYWORD: usize = 100;
/// How much of the intake and of the solution a description repeats, in characters.
const MAX_INTAKE: usize = 300;
const MAX_SOLUTION: usize = 400;

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
    let title = title(&problem_summary(view));
    let description = description(view);
    let class = view.classification.as_ref();
    let symptoms = class.map(|it| it.key_symptoms.as_slice()).unwrap_or_default();
    let keywords = symptoms.iter().filter(|it| !it.trim().is_empty()).take(MAX_KEYWORDS);
    let head = FlowHead {
        name: title.clone(),
        description: Some(description.clone()),
        kind: FlowKind::Troubleshooting,
        domain: class.map(|it| it.domain),
        keywords: keywords.map(|it| cut_at_word(it, MAX_KEYWORD)).collect(),
    };
    Ok(ProposalDraft { title, description: Some(description), head, nodes })
}

fn change(view: &SessionView, flow: &GuidingFlow) -> Result<Change, NothingLearnt> {
    let grafted = graft(view, flow.flow, &flow.nodes).ok_or(NothingLearnt::NoPlace)?;
    let nodes = valid(flow.head.kind, grafted)?;
    let diff = diff(&flow.nodes, &nodes);
    let one_branch =
        diff.modified.is_empty() && diff.removed.is_empty() && branches(&flow.nodes, &nodes).len() == 1;
    let kind = if one_branch { ProposalKind::BranchAddition } else { ProposalKind::Enhancement };
    let title = title(&format!("{}: {}", flow.head.name, problem_summary(view)));
    let draft = ProposalDraft { title, description: Some(description(view)), head: flow.head.clone(), nodes };
    let target = ProposalTarget { flow: flow.flow, base_version: flow.version };
    Ok(Change { kind, target, draft, diff })
}

fn valid(kind: FlowKind, nodes: Vec<FlowNode>) -> Result<Vec<FlowNode>, NothingLearnt> {
    validate(kind, &nodes).map_err(|_| NothingLearnt::InvalidTree)?;
    Ok(nodes)
}

/// A classification without a summary is no title.
fn title(summary: &str) -> String {
    let title = cut_at_word(summary.trim(), MAX_TITLE);
    if title.is_empty() { "A problem that was solved".to_owned() } else { title }
}

fn description(view: &SessionView) -> String {
    let solved = view.resolution.as_ref().map(|it| cut_at_word(&it.summary, MAX_SOLUTION));
    let intake = cut_at_word(&intake_summary(view), MAX_INTAKE);
    let solved = solved.map(|solved| format!("What solved it: {solved}"));
    [Some(intake).filter(|it| !it.is_empty()), solved].into_iter().flatten().collect::<Vec<_>>().join("\n")
}
