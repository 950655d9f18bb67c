//! The built-in playbook: an assistant without a model. It classifies by weighted words and follows flows node by node
//! (rules 2.3 and 4.2). The same case always gives the same answer, at no cost.

mod between;
mod classify;
mod details;
mod facts;
mod fit;
mod gather;
mod insight;
mod present;
mod walk;

use std::borrow::Cow;

pub use classify::{classify, fallback_classification};
pub(crate) use gather::is_end;
pub use insight::insight;

use crate::assistant::case::Case;
use crate::assistant::contract::{self, ProposedStep, ValidStep};
use crate::flow::tree::Tree;
use crate::personal::Personal;
use crate::session::event::ChosenFlow;
use crate::session::step::StepContent;
use between::Decision;
use walk::{Because, Next};

/// What the playbook does next.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaybookMove {
    /// The flow that the engineer's answer decided for, when a question that told close matches apart was just answered:
    /// to be recorded as the session's match before the step is presented.
    pub choose: Option<ChosenFlow>,
    /// The next step.
    pub step: ValidStep,
}

/// The next step of a case (rule 4.2).
pub fn next_move(case: &Case) -> PlaybookMove {
    let decision = between::decision(case);
    if decision == Decision::Open {
        return PlaybookMove { choose: None, step: checked(&between::question(case), case) };
    }
    // From here on a flow that was just decided for counts as the session's.
    let (case, choose) = match decision {
        Decision::For(flow) => {
            let chosen = ChosenFlow { flow: flow.flow, version: flow.version, score: flow.score };
            (Cow::Owned(Case { flow: Some(flow.clone()), ..case.clone() }), Some(chosen))
        }
        Decision::Needless | Decision::Open | Decision::None => (Cow::Borrowed(case), None),
    };
    PlaybookMove { choose, step: checked(&propose(&case), &case) }
}

fn propose(case: &Case) -> ProposedStep {
    let Some(flow) = &case.flow else { return gather::next(case) };
    let tree = Tree::new(&flow.nodes);
    match walk::next(flow, &tree, &case.history) {
        Next::Node(node, because) => present::node(
            node,
            because,
            &tree,
            &flow.head.name,
            confidence(case, because, flow.score.score()),
        ),
        Next::NothingLeft => gather::next(case),
    }
}

/// The match score; on a branch that was just confirmed it never falls below what it was.
fn confidence(case: &Case, because: Because<'_>, score: f64) -> f64 {
    let before = case.history.iter().rev().find(|past| past.step.flow_node.is_some());
    match (because, before) {
        (Because::Confirmed, Some(before)) => score.max(before.step.confidence.score()),
        _ => score,
    }
}

/// The playbook keeps the same contract as every provider, and never says the very same thing twice in a row.
fn checked(proposed: &ProposedStep, case: &Case) -> ValidStep {
    let mut step = contract::validate(proposed, case, &[])
        .or_else(|_| contract::validate(&gather::end(case), case, &[]))
        .expect("invariant: the step that ends a course keeps the contract, its texts are constants");
    let last = case.history.iter().rev().find(|past| past.step.kind().is_answerable());
    if last.is_some_and(|last| last.step.content == step.content) {
        remind(&mut step.content);
    }
    step
}

/// Only a step that was never answered comes again, after the session changed hands.
fn remind(content: &mut StepContent) {
    let why = match content {
        StepContent::Question { context_message, .. }
        | StepContent::ScriptGeneration { context_message, .. }
        | StepContent::ResolutionSuggestion { context_message, .. } => context_message,
        StepContent::Action(action)
        | StepContent::Verification(action)
        | StepContent::InfoRequest(action) => &mut action.context_message,
        StepContent::Briefing { .. } | StepContent::IntakeAnalysis { .. } | StepContent::Note { .. } => {
            return;
        }
    };
    let before = why.take().map(Personal::into_inner).unwrap_or_default();
    *why = Some(format!("Still waiting for an answer.\n\n{before}").trim().into());
}
