//! Where a session stands, and how sure the assistant is (rules 2.5, 2.10).

use serde::{Deserialize, Serialize};

/// A session's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SessionStatus {
    /// Being worked on.
    Active,
    /// Put aside by its handler.
    Paused,
    /// Someone else should pick it up.
    RequestingEscalation,
    /// Closed: solved.
    Resolved,
    /// Closed: handed off outside.
    Escalated,
    /// Closed: given up.
    Abandoned,
}

impl SessionStatus {
    /// Resolved, escalated or abandoned.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Resolved | Self::Escalated | Self::Abandoned)
    }

    /// The name that is stored and served.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::RequestingEscalation => "REQUESTING_ESCALATION",
            Self::Resolved => "RESOLVED",
            Self::Escalated => "ESCALATED",
            Self::Abandoned => "ABANDONED",
        }
    }
}

/// How a session is led: along a flow, with one in sight, or into the unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "rule 2.10 sets the bounds")]
pub enum ConfidenceTier {
    Guided,
    Exploring,
    Discovery,
}

impl ConfidenceTier {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 3] = [Self::Guided, Self::Exploring, Self::Discovery];

    /// The name that is stored and served.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guided => "GUIDED",
            Self::Exploring => "EXPLORING",
            Self::Discovery => "DISCOVERY",
        }
    }
}

/// A confidence of 0..1; anything else is clamped, NaN is 0.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(f64);

impl Confidence {
    /// From here on a session is GUIDED, if its step follows a flow.
    pub const GUIDED: f64 = 0.8;
    /// From here on it is EXPLORING, below it is DISCOVERY.
    pub const EXPLORING: f64 = 0.4;

    /// Clamps to 0..1.
    pub fn new(score: f64) -> Self {
        Self(if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) })
    }

    /// The raw score.
    pub fn score(self) -> f64 {
        self.0
    }

    /// The tier of this score for a step that follows a published flow, or doesn't.
    pub fn tier(self, follows_flow: bool) -> ConfidenceTier {
        if self.0 >= Self::GUIDED && follows_flow {
            ConfidenceTier::Guided
        } else if self.0 >= Self::EXPLORING {
            ConfidenceTier::Exploring
        } else {
            ConfidenceTier::Discovery
        }
    }
}
