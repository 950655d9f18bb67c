//! What happens to a proposal. What it says was learnt from a session, and is sealed under that session's key until people
//! publish it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::flow::diff::TreeDiff;
use crate::flow::event::FlowHead;
use crate::flow::tree::FlowNode;
use crate::id::{FlowId, SessionId, TeamId, UserId};
use crate::matching::likeness::Means;
use crate::personal::Personal;
use crate::problem::ProblemDomain;
use crate::proposal::status::ProposalKind;
use crate::session::step::MadeBy;
use crate::stored_event::{Sealable, Subject};

crate::stored_events! {
    /// An event of a proposal.
    pub enum ProposalEvent {
        /// A session taught something new.
        Raised(Box<ProposalRaised>) = "proposal.raised", "1.0";
        /// Another session taught the same.
        Supported(ProposalSupported) = "proposal.supported", "1.0";
        /// A session that supported it was opened again.
        SupportWithdrawn(SupportWithdrawn) = "proposal.support_withdrawn", "1.0";
        /// What its remaining sessions teach is another flow.
        Regrown(ProposalRegrown) = "proposal.regrown", "1.0";
        /// No session supports it any more.
        Withdrawn(Withdrawn) = "proposal.withdrawn", "1.0";
        /// It was dismissed, and its support has grown since.
        Resurfaced(Resurfaced) = "proposal.resurfaced", "1.0";
        /// Its target has moved on, or was retired.
        Stale(ProposalStale) = "proposal.stale", "1.0";
        /// It is to be published as it is.
        Approved(Reviewed) = "proposal.approved", "1.0";
        /// It was edited, and is to be published so.
        Modified(Box<ProposalModified>) = "proposal.modified", "1.0";
        /// It is bad.
        Rejected(Reviewed) = "proposal.rejected", "1.0";
        /// Not now.
        Dismissed(Reviewed) = "proposal.dismissed", "1.0";
        /// It became a version of a flow.
        Published(ProposalPublished) = "proposal.published", "1.0";
        /// A path of a flow held once more.
        PathReinforced(PathReinforced) = "proposal.path_reinforced", "1.0";
    }
}

/// A flow that a proposal would change, in the version that it was learnt against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalTarget {
    /// The flow.
    pub flow: FlowId,
    /// Its published version.
    pub base_version: u32,
}

/// What is proposed, and what would be published of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalDraft {
    /// What reviewers read first, at most 255 characters.
    pub title: String,
    /// The problem and what solved it.
    pub description: Option<String>,
    /// What the flow is about: the target's own, or that of the new flow.
    pub head: FlowHead,
    /// A valid tree.
    pub nodes: Vec<FlowNode>,
}

impl ProposalDraft {
    /// What it is compared by with others (rule 6.4).
    pub fn text(&self) -> String {
        format!("{}. {}", self.title, self.description.as_deref().unwrap_or_default())
    }

    /// Everything in it that was said in a session, or by a reviewer.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let nodes = self.nodes.iter_mut().flat_map(|node| {
            let texts = [Some(&mut node.text), node.label.as_mut(), node.details.as_mut()];
            texts.into_iter().flatten()
        });
        let FlowHead { name, description, keywords, .. } = &mut self.head;
        let head = std::iter::once(name).chain(description).chain(keywords);
        std::iter::once(&mut self.title).chain(&mut self.description).chain(head).chain(nodes)
    }
}

/// A session taught something new.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposalRaised {
    /// What it would do.
    pub kind: ProposalKind,
    /// The flow that it would change; none for a new flow.
    pub target: Option<ProposalTarget>,
    /// The team of the session.
    pub team: Option<TeamId>,
    /// The session that it was learnt from.
    pub source: SessionId,
    /// What would be published.
    pub draft: Personal<ProposalDraft>,
    /// What that changes of the target.
    pub diff: Option<Personal<TreeDiff>>,
    /// The model that wrote it; none where it was grown from the session itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy>,
    /// The lesson in the words of its session, by which others are compared with it; none where title and description are in
    /// these words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Personal<String>>,
}

/// Another session taught the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposalSupported {
    /// Which.
    pub session: SessionId,
    /// How alike they are, 0 to 1.
    pub similarity: f64,
    /// By what that was found.
    #[serde(default, skip_serializing_if = "Means::are_words")]
    pub by: Means,
    /// The session that the proposal was learnt from.
    pub source: SessionId,
    /// What would be published now, where the session went another way at some question.
    pub draft: Option<Personal<ProposalDraft>>,
}

/// A session that supported it was opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportWithdrawn {
    /// Which.
    pub session: SessionId,
}

/// A session that it was grown from was opened again: what it said has held for nobody yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalRegrown {
    /// The session that the proposal was learnt from.
    pub source: SessionId,
    /// What would be published now.
    pub draft: Personal<ProposalDraft>,
}

/// No session supports it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {}

/// It is offered for a decision again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resurfaced {}

/// Its target has moved on, or was retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalStale {
    /// The target's published version now.
    pub current: u32,
}

/// Somebody decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Who.
    pub by: UserId,
    /// Why, in words.
    pub notes: Option<Personal<String>>,
    /// The session that the proposal was learnt from.
    pub source: SessionId,
}

/// Somebody edited it, for publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalModified {
    /// Who.
    pub by: UserId,
    /// Why, in words.
    pub notes: Option<Personal<String>>,
    /// The session that the proposal was learnt from.
    pub source: SessionId,
    /// The published version of the target that the tree was edited from; none for a new flow.
    pub base_version: Option<u32>,
    /// What is to be published.
    pub draft: Personal<ProposalDraft>,
}

/// It became a version of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalPublished {
    /// The flow.
    pub flow: FlowId,
    /// Its version.
    pub version: u32,
}

/// A path of a flow held once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathReinforced {
    /// The flow.
    pub flow: FlowId,
    /// The version that was followed.
    pub version: u32,
    /// By which session.
    pub session: SessionId,
    /// Of which team.
    pub team: Option<TeamId>,
    /// The flow's name.
    pub title: String,
    /// The flow's area.
    pub domain: Option<ProblemDomain>,
}

impl Sealable for ProposalEvent {
    fn subject(&self, _proposal: Uuid) -> Option<Subject> {
        let source = match self {
            Self::Raised(raised) => raised.source,
            Self::Supported(supported) => supported.source,
            Self::Regrown(regrown) => regrown.source,
            Self::Modified(modified) => modified.source,
            Self::Approved(review) | Self::Rejected(review) | Self::Dismissed(review) => review.source,
            Self::SupportWithdrawn(_)
            | Self::Withdrawn(_)
            | Self::Resurfaced(_)
            | Self::Stale(_)
            | Self::Published(_)
            | Self::PathReinforced(_) => return None,
        };
        Some(Subject::Session(source.0))
    }
}
