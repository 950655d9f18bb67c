//! What a session leaves behind for those who come later, as data and as Markdown.

use async_graphql::{Object, SimpleObject};
use domain::session::documentation as written;
use domain::session::view::SessionView;

use crate::graphql::limits::list_cost_or;
use crate::graphql::scalar::{DateTime, clamp_count};
use crate::graphql::script::GeneratedScript;
use crate::graphql::vocabulary::{ProblemDomain, StepKind};

use super::USUAL_STEPS;

/// A session's scripts as its cost counts them.
const USUAL_SCRIPTS: i32 = 3;

/// A session in writing: the same events always give the same.
pub struct Documentation(written::Documentation);

impl Documentation {
    /// The documentation of a session as it stands; none before its first step.
    pub fn of(session: &SessionView) -> Option<Self> {
        written::Documentation::of(session).map(Self)
    }
}

impl From<written::Documentation> for Documentation {
    fn from(written: written::Documentation) -> Self {
        Self(written)
    }
}

/// A session in writing: the same events always give the same.
#[Object]
impl Documentation {
    /// The problem in a line.
    async fn problem_summary(&self) -> &str {
        &self.0.problem_summary
    }

    /// The area it belongs to.
    async fn problem_domain(&self) -> Option<ProblemDomain> {
        self.0.problem_domain.map(Into::into)
    }

    /// What it began with, in at most 500 characters.
    async fn intake_summary(&self) -> &str {
        &self.0.intake_summary
    }

    /// Every step, notes included.
    #[graphql(complexity = "list_cost_or(USUAL_STEPS, None, child_complexity)")]
    async fn steps(&self) -> Vec<DocumentationStep> {
        self.0.steps.iter().cloned().map(DocumentationStep::from).collect()
    }

    /// What it was and what helped.
    async fn resolution_summary(&self) -> Option<&str> {
        self.0.resolution_summary.as_deref()
    }

    /// What was done.
    async fn resolution_action(&self) -> Option<&str> {
        self.0.resolution_action.as_deref()
    }

    /// Why it was last escalated.
    async fn escalation_reason(&self) -> Option<&str> {
        self.0.escalation_reason()
    }

    /// What to do afterwards.
    async fn follow_ups(&self) -> &[String] {
        &self.0.follow_ups
    }

    /// The scripts that were generated.
    #[graphql(complexity = "list_cost_or(USUAL_SCRIPTS, None, child_complexity)")]
    async fn scripts(&self) -> Vec<GeneratedScript> {
        self.0.scripts.iter().cloned().map(GeneratedScript::from).collect()
    }

    /// How many steps there were, notes included.
    async fn total_steps(&self) -> i32 {
        clamp_count(self.0.total_steps)
    }

    /// From start to last close, e.g. `3h 5m`; null while it is open.
    async fn duration(&self) -> Option<&str> {
        self.0.duration.as_deref()
    }

    /// When the last event that it covers was recorded.
    async fn generated_at(&self) -> DateTime {
        self.0.generated_at.into()
    }

    /// All of it as Markdown; pasted content can't bring in links, images or HTML.
    async fn markdown(&self) -> String {
        self.0.markdown()
    }
}

/// A step in writing.
#[derive(SimpleObject, Debug, Clone, PartialEq, Eq)]
pub struct DocumentationStep {
    /// From 1, notes counted.
    number: i32,
    /// Its kind.
    kind: StepKind,
    /// What it said.
    description: String,
    /// The option's label, own words, or `Skipped`.
    response: Option<String>,
    /// Whether it succeeded, with details.
    outcome: Option<String>,
}

impl From<written::DocumentationStep> for DocumentationStep {
    fn from(step: written::DocumentationStep) -> Self {
        Self {
            number: clamp_count(step.number),
            kind: step.kind.into(),
            description: step.description,
            response: step.response,
            outcome: step.outcome,
        }
    }
}
