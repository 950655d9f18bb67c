//! The contract of a step (rule 4.3): what a provider may return, and the check that everything it returns goes through.
//!
//! A provider's own structured output may enforce the schema already; it is checked here all the same, and the playbook's
//! steps too. What fails is named, so that a retry can say what was wrong.

mod check;
mod fault;
mod proposed;

pub use check::validate;
pub use fault::ContractFault;
pub use proposed::{
    ActionKind, ProposedAction, ProposedOption, ProposedQuestion, ProposedResolution, ProposedStep,
    ProposedTemplate,
};

use crate::id::TemplateId;
use crate::script::Parameter;
use crate::session::status::Confidence;
use crate::session::step::{FlowNodeRef, StepContent};

/// Fewest options of a question.
pub const MIN_OPTIONS: usize = 2;
/// Most options of a question.
pub const MAX_OPTIONS: usize = 5;
/// Longest text of a step, in characters.
pub const MAX_STEP_TEXT: usize = 2_000;
/// Longest context message, in characters.
pub const MAX_CONTEXT: usize = 5_000;
/// Longest label, hint, checklist item or follow-up, in characters.
pub const MAX_LINE: usize = 500;
/// Most items of a checklist, most follow-ups.
pub const MAX_LINES: usize = 20;
/// Longest value of a template's parameter, in characters.
pub const MAX_PARAMETER: usize = 1_000;

/// A script template that the assistant may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedTemplate {
    /// Its id.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The parameters that the assistant may fill in; SECRET ones are not among them.
    pub parameters: Vec<Parameter>,
}

/// A step that keeps the contract: ready to be presented.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidStep {
    /// What it says.
    pub content: StepContent,
    /// How sure its maker is.
    pub confidence: Confidence,
    /// The node of the matched flow that it follows.
    pub flow_node: Option<FlowNodeRef>,
    /// Why, for the record; never shown to engineers.
    pub reasoning: Option<String>,
}

#[cfg(test)]
mod tests;
