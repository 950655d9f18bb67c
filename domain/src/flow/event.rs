//! What happens to a flow. Flows are the account's knowledge: nothing in them is personal.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::flow::tree::FlowNode;
use crate::id::{ProposalId, SessionId};
use crate::problem::ProblemDomain;
use crate::stored_event::{Sealable, Subject};

crate::stored_events! {
    /// An event of a flow.
    pub enum FlowEvent {
        /// A flow was begun, with its first draft.
        Created(FlowCreated) = "flow.created", "1.0";
        /// Its draft was changed.
        DraftSaved(FlowDraftSaved) = "flow.draft_saved", "1.0";
        /// A version was published.
        Published(FlowPublished) = "flow.published", "1.0";
        /// It is no longer offered.
        Retired(FlowRetired) = "flow.retired", "1.0";
    }
}

/// Where a flow comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlowOrigin {
    Manual,
    AiGenerated,
    AiEnhanced,
    Starter,
}

impl FlowOrigin {
    /// The name that is stored and served.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "MANUAL",
            Self::AiGenerated => "AI_GENERATED",
            Self::AiEnhanced => "AI_ENHANCED",
            Self::Starter => "STARTER",
        }
    }
}

/// A tree of questions, or a straight chain of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlowKind {
    Troubleshooting,
    Procedure,
}

/// What a flow is about: what people edit besides the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowHead {
    /// Its name, 1–255 characters.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its kind.
    pub kind: FlowKind,
    /// The area it belongs to.
    pub domain: Option<ProblemDomain>,
    /// Words and symptom phrases that lead to it.
    pub keywords: Vec<String>,
}

/// A flow was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCreated {
    /// What it is about.
    pub head: FlowHead,
    /// Its first draft; may be invalid.
    pub nodes: Vec<FlowNode>,
    /// Where it comes from.
    pub origin: FlowOrigin,
    /// The proposal that it was copied from.
    pub from_proposal: Option<ProposalId>,
}

/// Its draft was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowDraftSaved {
    /// What it is about now.
    pub head: FlowHead,
    /// The draft now; may be invalid.
    pub nodes: Vec<FlowNode>,
}

/// A version was published: it stands for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowPublished {
    /// Its version, from 1.
    pub version: u32,
    /// What it is about.
    pub head: FlowHead,
    /// A valid tree.
    pub nodes: Vec<FlowNode>,
    /// Where this version comes from.
    pub origin: FlowOrigin,
    /// The session that it was learnt from.
    pub source_session: Option<SessionId>,
    /// The proposal that it was published from.
    pub source_proposal: Option<ProposalId>,
}

/// It is no longer offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FlowRetired {}

impl Sealable for FlowEvent {
    fn subject(&self, _flow: Uuid) -> Option<Subject> {
        None
    }
}
