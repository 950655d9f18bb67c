//! The shape in which a step is proposed: the JSON that a model writes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ContractFault;

const TYPES: [&str; 3] = ["question", "action", "resolution"];
const ACTIONS: [&str; 4] = ["INSTRUCTION", "VERIFICATION", "INFO_REQUEST", "SCRIPT_GENERATION"];

/// A proposed step: `{"type": "question" | "action" | "resolution", …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ProposedStep {
    /// A question with ready answers.
    Question(ProposedQuestion),
    /// Something to do, to check, to bring, or to run.
    Action(ProposedAction),
    /// What is thought to solve it.
    Resolution(ProposedResolution),
}

/// A question.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposedQuestion {
    /// The question.
    pub text: String,
    /// Why it is asked.
    #[serde(default)]
    pub context_message: Option<String>,
    /// Ready answers, likeliest first.
    pub options: Vec<ProposedOption>,
    /// Own words are taken.
    #[serde(default)]
    pub allow_free_text: bool,
    /// It may be skipped.
    #[serde(default)]
    pub allow_skip: bool,
    /// For the record.
    #[serde(default)]
    pub reasoning: Option<String>,
    /// 0..1.
    #[serde(default)]
    pub confidence: f64,
    /// The node of the matched flow that it follows.
    #[serde(default)]
    pub flow_node: Option<String>,
}

/// A ready answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposedOption {
    /// What the engineer reads.
    pub label: String,
    /// What is sent back; the label, if none is given.
    #[serde(default)]
    pub value: Option<String>,
    /// What follows from it.
    #[serde(default)]
    pub followup_hint: Option<String>,
    /// The child of the followed node that it leads to; between close matches the flow.
    #[serde(default)]
    pub leads_to: Option<String>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposedAction {
    /// Which kind.
    pub action: ActionKind,
    /// What to do, naming the exact place to look.
    pub text: String,
    /// Why.
    #[serde(default)]
    pub context_message: Option<String>,
    /// What one sees when it worked; for a script, how to run it.
    #[serde(default)]
    pub expected_outcome: Option<String>,
    /// Smaller steps.
    #[serde(default)]
    pub checklist: Vec<String>,
    /// The template of a script, and only of a script.
    #[serde(default)]
    pub template: Option<ProposedTemplate>,
    /// Own words are taken.
    #[serde(default)]
    pub allow_free_text: bool,
    /// It may be skipped.
    #[serde(default)]
    pub allow_skip: bool,
    /// For the record.
    #[serde(default)]
    pub reasoning: Option<String>,
    /// 0..1.
    #[serde(default)]
    pub confidence: f64,
    /// The node of the matched flow that it follows.
    #[serde(default)]
    pub flow_node: Option<String>,
}

/// The kinds of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "rule 4.3 names them")]
pub enum ActionKind {
    Instruction,
    Verification,
    InfoRequest,
    ScriptGeneration,
}

/// A template with what is known of its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposedTemplate {
    /// The template's id.
    pub id: String,
    /// Values by key: texts, numbers, yes or no.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

/// What is thought to solve it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposedResolution {
    /// What to do, and why it is the cause.
    pub text: String,
    /// Why it is thought so.
    #[serde(default)]
    pub context_message: Option<String>,
    /// The solution in a sentence or two.
    pub summary: String,
    /// What to do afterwards.
    #[serde(default)]
    pub follow_ups: Vec<String>,
    /// For the record.
    #[serde(default)]
    pub reasoning: Option<String>,
    /// 0..1.
    #[serde(default)]
    pub confidence: f64,
    /// The node of the matched flow that it follows.
    #[serde(default)]
    pub flow_node: Option<String>,
}

impl ProposedStep {
    /// Reads what a model wrote.
    ///
    /// # Errors
    /// The type or the kind of action is none of those that exist, or a field is missing or of another form.
    pub fn parse(written: &Value) -> Result<Self, ContractFault> {
        known(written, "type", &TYPES)?;
        if written["type"] == "action" {
            known(written, "action", &ACTIONS)?;
        }
        Self::deserialize(written).map_err(|fault| ContractFault::Malformed(fault.to_string()))
    }
}

fn known(written: &Value, field: &'static str, allowed: &[&str]) -> Result<(), ContractFault> {
    match written[field].as_str() {
        Some(name) if allowed.contains(&name) => Ok(()),
        Some(name) => Err(ContractFault::UnknownType {
            field,
            found: name.chars().take(40).collect(),
            allowed: allowed.join(", "),
        }),
        None => Err(ContractFault::Missing(field)),
    }
}
