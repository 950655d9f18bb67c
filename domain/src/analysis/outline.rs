//! What a lesson is about, in the words of its session: what it has before there is a tree of it.

use crate::assistant::case::GuidingFlow;
use crate::flow::event::{FlowHead, FlowKind};
use crate::flow::tree::FlowNode;
use crate::proposal::event::{ProposalDraft, ProposalTarget};
use crate::session::documentation::{intake_summary, problem_summary};
use crate::session::view::{SessionView, cut_at_word};

pub(crate) const MAX_TITLE: usize = 255;
pub(crate) const MAX_KEYWORDS: usize = 12;
pub(crate) const MAX_KEYWORD: usize = 100;
/// How much of the intake and of the solution a description repeats, in characters.
const MAX_INTAKE: usize = 300;
const MAX_SOLUTION: usize = 400;

/// A lesson without its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// What reviewers read first.
    pub title: String,
    /// The problem and what solved it.
    pub description: String,
    /// What the flow is about: the target's own, or that of the new flow.
    pub head: FlowHead,
    /// The flow that it would change; none for a new flow.
    pub target: Option<ProposalTarget>,
}

impl Outline {
    /// Of a flow for what no flow fits.
    pub fn of_new_flow(view: &SessionView) -> Self {
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
        Self { title, description, head, target: None }
    }

    /// Of a change of the flow that the session followed.
    pub fn of_change(view: &SessionView, flow: &GuidingFlow) -> Self {
        Self {
            title: title(&format!("{}: {}", flow.head.name, problem_summary(view))),
            description: description(view),
            head: flow.head.clone(),
            target: Some(ProposalTarget { flow: flow.flow, base_version: flow.version }),
        }
    }

    /// What it is compared by with proposals that there are (rule 6.4).
    pub fn text(&self) -> String {
        format!("{}. {}", self.title, self.description)
    }

    /// With its tree.
    pub fn with(self, nodes: Vec<FlowNode>) -> ProposalDraft {
        ProposalDraft { title: self.title, description: Some(self.description), head: self.head, nodes }
    }
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
