//! What happens to the analysis of a session. Nothing in it is personal.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{ProposalId, SessionId, UserId};
use crate::session::step::Tokens;
use crate::stored_event::{Sealable, Subject};

crate::stored_events! {
    /// An event of a session's analysis.
    pub enum AnalysisEvent {
        /// A resolution was analysed.
        Completed(AnalysisCompleted) = "analysis.completed", "1.0";
        /// It was given up.
        Failed(AnalysisFailed) = "analysis.failed", "1.0";
        /// It waits for another day.
        Deferred(AnalysisDeferred) = "analysis.deferred", "1.0";
        /// That day has come.
        TakenUp(AnalysisTakenUp) = "analysis.taken_up", "1.0";
        /// The session is open again.
        Withdrawn(AnalysisWithdrawn) = "analysis.withdrawn", "1.0";
        /// Somebody asked for it again.
        Requested(AnalysisRequested) = "analysis.requested", "1.0";
    }
}

/// What came of a resolved session, and why (6.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Finding {
    /// It teaches nothing, or nothing that could be proposed.
    Nothing {
        /// Why not.
        reason: NothingLearnt,
    },
    /// A new proposal.
    Raised {
        /// Which.
        proposal: ProposalId,
    },
    /// It supports a proposal that there was.
    Supported {
        /// Which.
        proposal: ProposalId,
    },
    /// A path held.
    Reinforced {
        /// The record of it.
        proposal: ProposalId,
    },
}

impl Finding {
    /// The proposal that the session supports.
    pub fn proposal(&self) -> Option<ProposalId> {
        match self {
            Self::Raised { proposal } | Self::Supported { proposal } | Self::Reinforced { proposal } => {
                Some(*proposal)
            }
            Self::Nothing { .. } => None,
        }
    }
}

/// Why a session teaches nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NothingLearnt {
    /// No step was answered.
    NoPath,
    /// The flow that matched less than surely was followed.
    BelowGuiding,
    /// It was resolved before any solution was suggested.
    Unfinished,
    /// Only dead ends are left of its path.
    OnlyDeadEnds,
    /// There is no place in the flow for what was found.
    NoPlace,
    /// What was learnt makes no valid tree.
    InvalidTree,
    /// The same was rejected before.
    RejectedBefore,
    /// The same was published before, after the session had begun.
    PublishedBefore,
}

/// A resolution was analysed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisCompleted {
    /// The session.
    pub session: SessionId,
    /// The session's version that the resolution made.
    pub resolution: u64,
    /// What came of it.
    pub finding: Finding,
    /// What the model's calls cost; none where no model was asked.
    #[serde(default, skip_serializing_if = "Tokens::are_none")]
    pub tokens: Tokens,
}

/// It was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisFailed {
    /// The session.
    pub session: SessionId,
    /// The session's version that the resolution made.
    pub resolution: u64,
    /// Why, in a sentence without content.
    pub reason: String,
    /// What the model's calls cost; none where no model was asked.
    #[serde(default, skip_serializing_if = "Tokens::are_none")]
    pub tokens: Tokens,
}

/// The account's calls of the day are spent (rule 6.5): it waits for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisDeferred {
    /// The session.
    pub session: SessionId,
    /// The session's version that the resolution made.
    pub resolution: u64,
    /// The day whose calls are spent, in the account's zone.
    pub day: NaiveDate,
    /// What the model's calls cost until then.
    #[serde(default, skip_serializing_if = "Tokens::are_none")]
    pub tokens: Tokens,
}

/// What was deferred is taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisTakenUp {
    /// The session.
    pub session: SessionId,
    /// The session's version that the resolution made.
    pub resolution: u64,
}

/// The session is open again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisWithdrawn {
    /// The session.
    pub session: SessionId,
}

/// Somebody asked for it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisRequested {
    /// The session.
    pub session: SessionId,
    /// The session's version that the resolution made.
    pub resolution: u64,
    /// Who.
    pub by: UserId,
}

impl Sealable for AnalysisEvent {
    fn subject(&self, _analysis: Uuid) -> Option<Subject> {
        None
    }
}
