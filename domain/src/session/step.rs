//! Steps: what the assistant puts before the engineer, and what else stands in a session's course (rules 2.7, 2.9).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{EscalationId, FlowId, StepId, TemplateId, UserId};
use crate::personal::Personal;
use crate::session::status::{Confidence, ConfidenceTier};

/// What kind of step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "rules 2.8 and 2.9 say what each is")]
pub enum StepKind {
    IntakeAnalysis,
    Question,
    Action,
    Verification,
    InfoRequest,
    ScriptGeneration,
    ResolutionSuggestion,
    Briefing,
    Note,
}

impl StepKind {
    /// Notes, briefings and the intake analysis stand in the course but are never open and don't count (2.7, 2.11).
    pub fn is_answerable(self) -> bool {
        !matches!(self, Self::IntakeAnalysis | Self::Briefing | Self::Note)
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// Its number among all steps of the session, notes included, from 0.
    pub ordinal: u32,
    /// What it says.
    pub content: StepContent,
    /// How sure the assistant is that this leads to the solution. 0 for notes.
    pub confidence: Confidence,
    /// The node of the matched flow that it follows, if it follows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_node: Option<FlowNodeRef>,
    /// Who made it.
    pub made_by: MadeBy,
    /// What the call cost; zero for the playbook and for people.
    #[serde(default)]
    pub tokens: Tokens,
    /// The assistant's reasoning: stored, never shown to engineers (4.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Personal<String>>,
}

impl Step {
    /// Its kind.
    pub fn kind(&self) -> StepKind {
        self.content.kind()
    }

    /// Its tier: GUIDED needs a flow node (2.10).
    pub fn tier(&self) -> ConfidenceTier {
        self.confidence.tier(self.flow_node.is_some())
    }
}

/// What a step says, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepContent {
    /// A question with two to five ready options.
    Question {
        /// The question.
        text: Personal<String>,
        /// Why it is asked.
        context_message: Option<Personal<String>>,
        /// Ready answers, likeliest first.
        options: Vec<StepOption>,
        /// Own words are taken.
        allow_free_text: bool,
        /// It may be skipped.
        allow_skip: bool,
    },
    /// Something to do.
    Action(ActionContent),
    /// Something to check.
    Verification(ActionContent),
    /// A fact to bring.
    InfoRequest(ActionContent),
    /// A script to run, made from a template.
    ScriptGeneration {
        /// What to do.
        text: Personal<String>,
        /// Why.
        context_message: Option<Personal<String>>,
        /// How to run it.
        instructions: Option<Personal<String>>,
        /// The template.
        template: TemplateId,
        /// Parameters that the assistant filled in, by key.
        prefilled: Personal<Value>,
        /// Own words are taken.
        allow_free_text: bool,
        /// It may be skipped.
        allow_skip: bool,
    },
    /// The assistant thinks that this solves it. It never closes a session by itself (2.13).
    ResolutionSuggestion {
        /// What to do, and why it is the cause.
        text: Personal<String>,
        /// Why it is thought so.
        context_message: Option<Personal<String>>,
        /// The solution in a sentence or two: a proposal for the resolution's summary.
        summary: Personal<String>,
        /// What to do afterwards.
        follow_ups: Personal<Vec<String>>,
    },
    /// What the picker of an escalation should know.
    Briefing {
        /// The briefing.
        text: Personal<String>,
        /// Of which escalation.
        escalation: EscalationId,
    },
    /// What classification and matching made of the intake.
    IntakeAnalysis {
        /// The analysis.
        text: Personal<String>,
    },
    /// A person's note.
    Note {
        /// The note.
        text: Personal<String>,
        /// Who wrote it.
        author: UserId,
    },
}

/// An instruction, a check or a request for facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionContent {
    /// What to do, naming the exact place to look.
    pub text: Personal<String>,
    /// Why.
    pub context_message: Option<Personal<String>>,
    /// What one sees when it worked.
    pub expected_outcome: Option<Personal<String>>,
    /// Smaller steps.
    pub checklist: Personal<Vec<String>>,
    /// Own words are taken.
    pub allow_free_text: bool,
    /// It may be skipped.
    pub allow_skip: bool,
}

/// A ready answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOption {
    /// What the engineer reads.
    pub label: Personal<String>,
    /// What is sent back; unique within its step, at most 500 characters.
    pub value: Personal<String>,
    /// What follows from it.
    pub followup_hint: Option<Personal<String>>,
    /// The child of the followed flow node that it leads to.
    pub leads_to: Option<String>,
}

/// A node of a published version of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FlowNodeRef {
    /// The flow.
    pub flow: FlowId,
    /// Its version.
    pub version: u32,
    /// The node's id within its tree.
    pub node: String,
}

/// Who made a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeBy {
    /// The built-in playbook.
    Playbook,
    /// A provider's model.
    Model {
        /// e.g. `anthropic`.
        provider: String,
        /// The model's name there.
        model: String,
    },
    /// A person.
    Person(UserId),
    /// FlowPilot itself (analysis, briefing).
    System,
}

/// What one or several calls cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Read by the model, cached ones included.
    pub input: u64,
    /// Written by the model.
    pub output: u64,
    /// Of the input, read from the provider's cache.
    #[serde(default)]
    pub cached: u64,
    /// In how many calls, failed and retried ones too. 0 where no call was made, and in events from before calls were
    /// counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub calls: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Tokens {
    /// Nothing was spent, and nobody was called.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

impl StepContent {
    /// Its kind.
    pub fn kind(&self) -> StepKind {
        match self {
            Self::Question { .. } => StepKind::Question,
            Self::Action(_) => StepKind::Action,
            Self::Verification(_) => StepKind::Verification,
            Self::InfoRequest(_) => StepKind::InfoRequest,
            Self::ScriptGeneration { .. } => StepKind::ScriptGeneration,
            Self::ResolutionSuggestion { .. } => StepKind::ResolutionSuggestion,
            Self::Briefing { .. } => StepKind::Briefing,
            Self::IntakeAnalysis { .. } => StepKind::IntakeAnalysis,
            Self::Note { .. } => StepKind::Note,
        }
    }

    /// Its main text.
    pub fn text(&self) -> &str {
        match self {
            Self::Question { text, .. }
            | Self::ScriptGeneration { text, .. }
            | Self::ResolutionSuggestion { text, .. }
            | Self::Briefing { text, .. }
            | Self::IntakeAnalysis { text }
            | Self::Note { text, .. } => text,
            Self::Action(action) | Self::Verification(action) | Self::InfoRequest(action) => &action.text,
        }
    }

    /// Why it is asked or done.
    pub fn context_message(&self) -> Option<&str> {
        match self {
            Self::Question { context_message, .. }
            | Self::ScriptGeneration { context_message, .. }
            | Self::ResolutionSuggestion { context_message, .. } => context_message.as_ref(),
            Self::Action(action) | Self::Verification(action) | Self::InfoRequest(action) => {
                action.context_message.as_ref()
            }
            Self::Briefing { .. } | Self::IntakeAnalysis { .. } | Self::Note { .. } => None,
        }
        .map(|text| text.as_str())
    }

    /// Whether it takes own words.
    pub fn allows_free_text(&self) -> bool {
        match self {
            Self::Question { allow_free_text, .. } | Self::ScriptGeneration { allow_free_text, .. } => {
                *allow_free_text
            }
            Self::Action(action) | Self::Verification(action) => action.allow_free_text,
            Self::InfoRequest(_) => true,
            _ => false,
        }
    }

    /// Whether it may be skipped.
    pub fn allows_skip(&self) -> bool {
        match self {
            Self::Question { allow_skip, .. } | Self::ScriptGeneration { allow_skip, .. } => *allow_skip,
            Self::Action(action) | Self::Verification(action) | Self::InfoRequest(action) => {
                action.allow_skip
            }
            _ => false,
        }
    }

    /// Its ready answers; empty for everything but a question.
    pub fn options(&self) -> &[StepOption] {
        match self {
            Self::Question { options, .. } => options,
            _ => &[],
        }
    }
}
