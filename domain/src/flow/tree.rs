//! A flow's tree, flat: every node names its parent, siblings stand in order (rule 5.1).

use serde::{Deserialize, Serialize};

use crate::id::TemplateId;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowNodeType {
    /// Asks; two to five children, each with a label.
    Question,
    /// Something to do; one child, or two: after success, after failure.
    Action,
    /// A leaf: what solves it.
    Solution,
}

/// A node as it travels and is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowNode {
    /// Unique within its tree, 1–64 characters.
    pub id: String,
    /// Its parent; the root has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: FlowNodeType,
    /// The option that leads to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The question, the instruction, the solution.
    pub text: String,
    /// Where to look, exact commands, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// A script that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script_template_id: Option<TemplateId>,
}
