//! What a flow can be told.

use crate::access::By;
use crate::flow::event::{FlowHead, FlowOrigin};
use crate::flow::tree::FlowNode;
use crate::id::{ProposalId, SessionId};
use crate::problem::ProblemDomain;

/// A command: who wants what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowCommand {
    /// Who.
    pub by: By,
    /// What.
    pub act: FlowAct,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowAct {
    /// Begin a flow with a first draft.
    Create(NewFlow),
    /// Begin a flow and publish it at once: all of it or nothing. By FlowPilot, for the starter library.
    CreateAndPublish(NewFlow),
    /// Change the draft. What is none stays as it is.
    SaveDraft(DraftChange),
    /// Publish the draft as the next version.
    Publish,
    /// Publish what a proposal says, as a new flow or as the next version. A draft that people have begun stays.
    PublishProposal(Box<ProposedVersion>),
    /// Offer it no longer.
    Retire,
}

/// A version that was proposed and decided for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedVersion {
    /// What it is about.
    pub head: FlowHead,
    /// A valid tree.
    pub nodes: Vec<FlowNode>,
    /// Where it comes from.
    pub origin: FlowOrigin,
    /// The published version that it was made from; none for a new flow.
    pub base: Option<u32>,
    /// The session that it was learnt from.
    pub session: SessionId,
    /// The proposal.
    pub proposal: ProposalId,
}

/// A flow to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFlow {
    /// What it is about.
    pub head: FlowHead,
    /// Its first draft; may be invalid until it is published.
    pub nodes: Vec<FlowNode>,
    /// Where it comes from: people make MANUAL ones.
    pub origin: FlowOrigin,
    /// The proposal that it is copied from.
    pub from_proposal: Option<ProposalId>,
}

/// A change of the draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftChange {
    /// Its new name.
    pub name: Option<String>,
    /// Its new description.
    pub description: Option<String>,
    /// Its new domain.
    pub domain: Option<ProblemDomain>,
    /// Its new keywords.
    pub keywords: Option<Vec<String>>,
    /// Its new tree; may be invalid.
    pub nodes: Option<Vec<FlowNode>>,
}
