//! The answered steps of a session, as the flywheel reads them: on the flow or off it, and what they contribute.

use crate::assistant::playbook;
use crate::id::{FlowId, TemplateId};
use crate::session::view::{GivenResult, SessionView, StepPart, StepView};

/// An assistant's step that was answered.
#[derive(Clone, Copy)]
pub(super) struct Met<'a> {
    pub(super) step: &'a StepView,
    pub(super) given: &'a GivenResult,
}

/// All of them, in order. What was superseded, notes and briefings contribute nothing, nor does the question which of the close
/// matches to follow: it is about flows, not about the problem.
pub(super) fn answered(view: &SessionView) -> Vec<Met<'_>> {
    let answerable = view.steps.iter().filter(|step| step.kind().is_answerable() && !tells_apart(view, step));
    answerable.filter_map(|step| Some(Met { step, given: &step.answer.as_ref()?.given })).collect()
}

/// Whether its answers lead to flows that matched, where those of other questions lead to nodes of one.
fn tells_apart(view: &SessionView, step: &StepView) -> bool {
    let (StepPart::Question { options }, Some(matched)) = (&step.part, &view.matched) else { return false };
    let is_match = |id: FlowId| matched.candidates.iter().any(|candidate| candidate.flow == id);
    options.iter().any(|it| it.leads_to.as_deref().and_then(|id| id.parse().ok()).is_some_and(is_match))
}

/// Something that was done on the way, and led on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// A question that was answered.
    Check {
        /// What was asked.
        question: String,
        /// The answer that led on.
        answer: String,
    },
    /// Something that was done or looked up.
    Do {
        /// What.
        text: String,
        /// What one sees when it worked, or what was seen.
        details: Option<String>,
        /// The script that did it.
        script: Option<TemplateId>,
    },
}

impl<'a> Met<'a> {
    /// The node of this flow that it followed.
    pub(super) fn node_of(&self, flow: FlowId) -> Option<&'a str> {
        self.step.flow_node.as_ref().filter(|node| node.flow == flow).map(|node| node.node.as_str())
    }

    pub(super) fn is_suggestion(&self) -> bool {
        matches!(self.step.part, StepPart::ResolutionSuggestion { .. })
    }

    /// A solution that held.
    pub(super) fn held(&self) -> bool {
        self.is_suggestion() && matches!(self.given, GivenResult::ActionResult { succeeded: true, .. })
    }

    /// What it contributes to the path; none for a dead end, a skip, a suggestion, and for what the playbook says when it has
    /// nothing left.
    pub(super) fn contribution(&self) -> Option<Move> {
        let step = self.step;
        if self.is_suggestion() || playbook::is_end(&step.text) {
            return None;
        }
        let asks = matches!(step.part, StepPart::Question { .. });
        match self.given {
            GivenResult::Skipped | GivenResult::ActionResult { succeeded: false, .. } => None,
            GivenResult::Option(option) => {
                Some(Move::Check { question: step.text.clone(), answer: option.label.clone() })
            }
            GivenResult::FreeText(text) if asks => {
                Some(Move::Check { question: step.text.clone(), answer: text.clone() })
            }
            GivenResult::FreeText(seen) => Some(self.done(Some(format!("Seen before: {seen}")))),
            GivenResult::ActionResult { succeeded: true, details, .. } => {
                Some(self.done(details.as_ref().map(|seen| format!("Seen before: {seen}"))))
            }
        }
    }

    fn done(&self, seen: Option<String>) -> Move {
        let (expected, script) = match &self.step.part {
            StepPart::Action(part) | StepPart::Verification(part) | StepPart::InfoRequest(part) => {
                (part.expected_outcome.clone(), None)
            }
            StepPart::ScriptGeneration { instructions, template, .. } => {
                (instructions.clone(), Some(*template))
            }
            StepPart::Question { .. }
            | StepPart::ResolutionSuggestion { .. }
            | StepPart::Briefing { .. }
            | StepPart::IntakeAnalysis
            | StepPart::Note { .. } => (None, None),
        };
        let details: Vec<String> = expected.into_iter().chain(seen).collect();
        let details = (!details.is_empty()).then(|| details.join("\n"));
        Move::Do { text: self.step.text.clone(), details, script }
    }
}
