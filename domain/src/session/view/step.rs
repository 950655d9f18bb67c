//! A step with what became of it, in plain text: the shape that the API shows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::classification::kept_confidence;
use crate::id::{EscalationId, StepId, TemplateId, UserId};
use crate::session::answer::{ActionResult, Answer};
use crate::session::event::NoteAdded;
use crate::session::status::{Confidence, ConfidenceTier};
use crate::session::step::{
    ActionContent, FlowNodeRef, MadeBy, Step, StepContent, StepKind, StepOption, Tokens,
};

/// A step and what became of it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    /// Its id.
    pub id: StepId,
    /// Its number among all steps, from 0.
    pub ordinal: u32,
    /// Its main text.
    pub text: String,
    /// Why it is asked or done.
    pub context_message: Option<String>,
    /// Own words are taken.
    pub allow_free_text: bool,
    /// It may be skipped.
    pub allow_skip: bool,
    /// What only its kind has.
    pub part: StepPart,
    /// How sure the assistant is.
    pub confidence: Confidence,
    /// Its tier.
    pub tier: ConfidenceTier,
    /// The flow node that it follows.
    pub flow_node: Option<FlowNodeRef>,
    /// Who made it.
    pub made_by: MadeBy,
    /// What it cost.
    pub tokens: Tokens,
    /// Never shown to engineers (4.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// When it was put before the engineer, or written.
    pub presented_at: DateTime<Utc>,
    /// Its answer.
    pub answer: Option<AnswerView>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it was closed without an answer.
    pub superseded_at: Option<DateTime<Utc>>,
}

/// What only steps of one kind have.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepPart {
    /// A question.
    Question {
        /// Ready answers, likeliest first.
        options: Vec<OptionView>,
    },
    /// Something to do.
    Action(ActionPart),
    /// Something to check.
    Verification(ActionPart),
    /// A fact to bring.
    InfoRequest(ActionPart),
    /// A script to run.
    ScriptGeneration {
        /// How to run it.
        instructions: Option<String>,
        /// Its template.
        template: TemplateId,
        /// Parameters that the assistant filled in.
        prefilled: Value,
    },
    /// What may solve it.
    ResolutionSuggestion {
        /// The solution in a sentence or two.
        summary: String,
        /// What to do afterwards.
        follow_ups: Vec<String>,
    },
    /// What a picker should know.
    Briefing {
        /// Of which escalation.
        escalation: EscalationId,
    },
    /// What was made of the intake.
    IntakeAnalysis,
    /// A person's note.
    Note {
        /// Who wrote it.
        author: UserId,
    },
}

/// What actions, checks and requests for facts have.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionPart {
    /// What one sees when it worked.
    pub expected_outcome: Option<String>,
    /// Smaller steps.
    pub checklist: Vec<String>,
}

/// A ready answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionView {
    /// What the engineer reads.
    pub label: String,
    /// What is sent back.
    pub value: String,
    /// What follows from it.
    pub followup_hint: Option<String>,
    /// The flow node that it leads to.
    pub leads_to: Option<String>,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerView {
    /// By whom.
    pub answered_by: UserId,
    /// With what.
    pub given: GivenResult,
}

/// What was answered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenResult {
    /// One of the options.
    Option(OptionView),
    /// Own words.
    FreeText(String),
    /// Skipped.
    Skipped,
    /// What came of an action.
    ActionResult {
        /// It did what was expected.
        succeeded: bool,
        /// What was seen.
        details: Option<String>,
        /// What the engineer would look at next.
        next_hint: Option<String>,
    },
}

impl StepPart {
    /// The kind of step.
    pub fn kind(&self) -> StepKind {
        match self {
            Self::Question { .. } => StepKind::Question,
            Self::Action(_) => StepKind::Action,
            Self::Verification(_) => StepKind::Verification,
            Self::InfoRequest(_) => StepKind::InfoRequest,
            Self::ScriptGeneration { .. } => StepKind::ScriptGeneration,
            Self::ResolutionSuggestion { .. } => StepKind::ResolutionSuggestion,
            Self::Briefing { .. } => StepKind::Briefing,
            Self::IntakeAnalysis => StepKind::IntakeAnalysis,
            Self::Note { .. } => StepKind::Note,
        }
    }
}

impl StepView {
    /// Its kind.
    pub fn kind(&self) -> StepKind {
        self.part.kind()
    }

    pub(super) fn presented(step: &Step, at: DateTime<Utc>) -> Self {
        Self {
            id: step.id,
            ordinal: step.ordinal,
            text: step.content.text().to_owned(),
            context_message: step.content.context_message().map(str::to_owned),
            allow_free_text: step.content.allows_free_text(),
            allow_skip: step.content.allows_skip(),
            part: StepPart::from(&step.content),
            confidence: kept_confidence(step.confidence),
            tier: step.tier(),
            flow_node: step.flow_node.clone(),
            made_by: step.made_by.clone(),
            tokens: step.tokens,
            reasoning: step.reasoning.as_deref().cloned(),
            presented_at: at,
            answer: None,
            answered_at: None,
            superseded_at: None,
        }
    }

    pub(super) fn note(note: &NoteAdded, at: DateTime<Utc>) -> Self {
        let step = Step {
            id: note.step,
            ordinal: note.ordinal,
            content: StepContent::Note { text: note.text.clone(), author: note.author },
            confidence: Confidence::default(),
            flow_node: None,
            made_by: MadeBy::Person(note.author),
            tokens: Tokens::default(),
            reasoning: None,
        };
        Self::presented(&step, at)
    }

    /// The step as it was made.
    pub fn to_step(&self) -> Step {
        Step {
            id: self.id,
            ordinal: self.ordinal,
            content: self.to_content(),
            confidence: self.confidence,
            flow_node: self.flow_node.clone(),
            made_by: self.made_by.clone(),
            tokens: self.tokens,
            reasoning: self.reasoning.clone().map(Into::into),
        }
    }

    fn to_content(&self) -> StepContent {
        let text = self.text.clone().into();
        let context_message = self.context_message.clone().map(Into::into);
        let (allow_free_text, allow_skip) = (self.allow_free_text, self.allow_skip);
        match &self.part {
            StepPart::Question { options } => {
                let options = options.iter().map(StepOption::from).collect();
                StepContent::Question { text, context_message, options, allow_free_text, allow_skip }
            }
            StepPart::Action(part) => StepContent::Action(self.to_action(part)),
            StepPart::Verification(part) => StepContent::Verification(self.to_action(part)),
            StepPart::InfoRequest(part) => StepContent::InfoRequest(self.to_action(part)),
            StepPart::ScriptGeneration { instructions, template, prefilled } => {
                StepContent::ScriptGeneration {
                    text,
                    context_message,
                    instructions: instructions.clone().map(Into::into),
                    template: *template,
                    prefilled: prefilled.clone().into(),
                    allow_free_text,
                    allow_skip,
                }
            }
            StepPart::ResolutionSuggestion { summary, follow_ups } => StepContent::ResolutionSuggestion {
                text,
                context_message,
                summary: summary.clone().into(),
                follow_ups: follow_ups.clone().into(),
            },
            StepPart::Briefing { escalation } => StepContent::Briefing { text, escalation: *escalation },
            StepPart::IntakeAnalysis => StepContent::IntakeAnalysis { text },
            StepPart::Note { author } => StepContent::Note { text, author: *author },
        }
    }

    fn to_action(&self, part: &ActionPart) -> ActionContent {
        ActionContent {
            text: self.text.clone().into(),
            context_message: self.context_message.clone().map(Into::into),
            expected_outcome: part.expected_outcome.clone().map(Into::into),
            checklist: part.checklist.clone().into(),
            allow_free_text: self.allow_free_text,
            allow_skip: self.allow_skip,
        }
    }
}

impl From<&StepContent> for StepPart {
    fn from(content: &StepContent) -> Self {
        match content {
            StepContent::Question { options, .. } => {
                Self::Question { options: options.iter().map(OptionView::from).collect() }
            }
            StepContent::Action(action) => Self::Action(action.into()),
            StepContent::Verification(action) => Self::Verification(action.into()),
            StepContent::InfoRequest(action) => Self::InfoRequest(action.into()),
            StepContent::ScriptGeneration { instructions, template, prefilled, .. } => {
                Self::ScriptGeneration {
                    instructions: instructions.as_deref().cloned(),
                    template: *template,
                    prefilled: Value::clone(prefilled),
                }
            }
            StepContent::ResolutionSuggestion { summary, follow_ups, .. } => {
                Self::ResolutionSuggestion { summary: summary.to_string(), follow_ups: follow_ups.to_vec() }
            }
            StepContent::Briefing { escalation, .. } => Self::Briefing { escalation: *escalation },
            StepContent::IntakeAnalysis { .. } => Self::IntakeAnalysis,
            StepContent::Note { author, .. } => Self::Note { author: *author },
        }
    }
}

impl From<&ActionContent> for ActionPart {
    fn from(action: &ActionContent) -> Self {
        Self {
            expected_outcome: action.expected_outcome.as_deref().cloned(),
            checklist: action.checklist.to_vec(),
        }
    }
}

impl From<&StepOption> for OptionView {
    fn from(option: &StepOption) -> Self {
        Self {
            label: option.label.to_string(),
            value: option.value.to_string(),
            followup_hint: option.followup_hint.as_deref().cloned(),
            leads_to: option.leads_to.clone(),
        }
    }
}

impl From<&OptionView> for StepOption {
    fn from(option: &OptionView) -> Self {
        Self {
            label: option.label.clone().into(),
            value: option.value.clone().into(),
            followup_hint: option.followup_hint.clone().map(Into::into),
            leads_to: option.leads_to.clone(),
        }
    }
}

impl From<&Answer> for GivenResult {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Option(option) => Self::Option(option.into()),
            Answer::FreeText(text) => Self::FreeText(text.to_string()),
            Answer::Skipped => Self::Skipped,
            Answer::ActionResult(result) => Self::ActionResult {
                succeeded: result.succeeded,
                details: result.details.as_deref().cloned(),
                next_hint: result.next_hint.as_deref().cloned(),
            },
        }
    }
}

impl From<&GivenResult> for Answer {
    fn from(given: &GivenResult) -> Self {
        match given {
            GivenResult::Option(option) => Self::Option(option.into()),
            GivenResult::FreeText(text) => Self::FreeText(text.clone().into()),
            GivenResult::Skipped => Self::Skipped,
            GivenResult::ActionResult { succeeded, details, next_hint } => Self::ActionResult(ActionResult {
                succeeded: *succeeded,
                details: details.clone().map(Into::into),
                next_hint: next_hint.clone().map(Into::into),
            }),
        }
    }
}
