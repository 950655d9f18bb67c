//! What a proposal can be told.

use crate::access::By;
use crate::flow::tree::FlowNode;
use crate::id::SessionId;
use crate::matching::likeness::Means;
use crate::personal::Personal;
use crate::proposal::event::{PathReinforced, ProposalDraft, ProposalPublished, ProposalRaised};

/// A command: who wants what.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposalCommand {
    /// Who.
    pub by: By,
    /// What.
    pub act: ProposalAct,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum ProposalAct {
    /// A session taught something new. By FlowPilot.
    Raise(Box<ProposalRaised>),
    /// Another session taught the same. By FlowPilot.
    Support(Support),
    /// A session is open again. By FlowPilot.
    WithdrawSupport(SessionId),
    /// Its remaining sessions teach this. By FlowPilot.
    Regrow(Box<ProposalDraft>),
    /// A path of a flow held. By FlowPilot.
    Reinforce(PathReinforced),
    /// The target is this now: published anew, or retired. By FlowPilot.
    MarkStale(TargetNow),
    /// What was decided could not be published, because the target is this now. By FlowPilot.
    RecordRefusal(TargetNow),
    /// It was published. By FlowPilot.
    RecordPublication(ProposalPublished),
    /// Publish it as it is.
    Approve(Review),
    /// Publish it so.
    Modify(Box<Modification>),
    /// It is bad.
    Reject(Review),
    /// Not now.
    Dismiss(Review),
}

/// What the flow is that a proposal would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetNow {
    /// Its newest published version.
    pub version: u32,
    /// It is offered no more, for good.
    pub retired: bool,
}

/// A session that teaches the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// Which.
    pub session: SessionId,
    /// How alike they are, 0 to 1.
    pub similarity: f64,
    /// By what that was found.
    pub by: Means,
    /// What would be published with what it adds; none if that is nothing.
    pub draft: Option<ProposalDraft>,
}

/// A reviewer's decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// Why, in words.
    pub notes: Option<Personal<String>>,
}

/// A reviewer's edit. What is none stays as it was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modification {
    /// The published version of the target that the nodes were edited from.
    pub base_version: Option<u32>,
    /// What the target is now, as the flow itself says; none without a target.
    pub target: Option<TargetNow>,
    /// Its new title.
    pub title: Option<String>,
    /// Its new description.
    pub description: Option<String>,
    /// Its new keywords.
    pub keywords: Option<Vec<String>>,
    /// Its new tree.
    pub nodes: Vec<FlowNode>,
    /// Why, in words.
    pub notes: Option<Personal<String>>,
}
