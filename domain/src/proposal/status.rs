//! What a proposal would do, where it stands, and how sure its support makes it.

use serde::{Deserialize, Serialize};

use crate::flow::event::FlowOrigin;

/// What a proposal would do to the knowledge base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProposalKind {
    /// A problem that no flow fits gets one.
    NewFlow,
    /// A flow changes in more than one place.
    Enhancement,
    /// A flow gets one new branch.
    BranchAddition,
    /// A path of a flow held: nothing changes.
    Reinforcement,
}

impl ProposalKind {
    /// The name that is stored and served.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewFlow => "NEW_FLOW",
            Self::Enhancement => "ENHANCEMENT",
            Self::BranchAddition => "BRANCH_ADDITION",
            Self::Reinforcement => "REINFORCEMENT",
        }
    }

    /// Where a version that is published from it comes from (7.2).
    pub fn origin(self) -> FlowOrigin {
        match self {
            Self::NewFlow => FlowOrigin::AiGenerated,
            Self::Enhancement | Self::BranchAddition | Self::Reinforcement => FlowOrigin::AiEnhanced,
        }
    }
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProposalStatus {
    /// It waits for a decision.
    Pending,
    /// It was published as it is.
    Approved,
    /// It was edited and published.
    Modified,
    /// It is bad.
    Rejected,
    /// Not now; it comes back when enough more sessions support it.
    Dismissed,
    /// Nothing to decide: a path held.
    AutoReinforced,
    /// Its target has moved on; it can't be approved, only modified, rejected or dismissed. Where the target was retired, only
    /// rejected or dismissed.
    Stale,
    /// No session supports it any more.
    Withdrawn,
}

impl ProposalStatus {
    /// The name that is stored and served.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Modified => "MODIFIED",
            Self::Rejected => "REJECTED",
            Self::Dismissed => "DISMISSED",
            Self::AutoReinforced => "AUTO_REINFORCED",
            Self::Stale => "STALE",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// It waits for somebody to decide.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Stale)
    }
}

/// How sure a proposal is that so many sessions support, 0 to 1: one session may be chance, ten hardly are.
pub fn confidence(supporters: usize) -> f64 {
    let more = i32::try_from(supporters.saturating_sub(1)).unwrap_or(i32::MAX);
    if supporters == 0 { 0.0 } else { 1.0 - 0.6 * 0.8_f64.powi(more) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule 6.4.
    #[test]
    fn every_further_session_makes_a_proposal_surer_and_none_makes_it_certain() {
        let sure: Vec<f64> = (0..30).map(confidence).collect();
        assert!(sure.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((sure[1] - 0.4).abs() < 1e-9 && sure[29] < 1.0);
    }
}
