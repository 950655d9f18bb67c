//! An escalation and what became of it, in plain text.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{EscalationId, StepId, UserId};
use crate::session::event::PickUpMode;
use crate::session::status::Confidence;

/// One escalation.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct EscalationView {
    /// The escalation.
    pub id: EscalationId,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub requested_by: UserId,
    /// Who should take it, if named and still there.
    pub target: Option<UserId>,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// How sure the assistant was then.
    pub confidence: Confidence,
    /// The steps that had been answered by then.
    pub tried: Vec<StepId>,
    /// What became of it.
    pub outcome: EscalationOutcome,
    /// What the assistant added.
    pub insight: Insight,
}

/// What became of an escalation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EscalationOutcome {
    /// It waits for someone to pick it up.
    Waiting,
    /// Someone took it.
    PickedUp {
        /// Who.
        by: UserId,
        /// When.
        at: DateTime<Utc>,
        /// How they go on.
        mode: PickUpMode,
        /// What they knew already.
        context: Option<String>,
    },
    /// Taken back.
    Recalled {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nobody took it in time.
    Expired {
        /// When.
        at: DateTime<Utc>,
    },
    /// Handed to somebody outside.
    HandedOff {
        /// When.
        at: DateTime<Utc>,
        /// To whom.
        to: String,
    },
}

/// What the assistant adds to an escalation.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Insight {
    /// Not there yet.
    #[default]
    Pending,
    /// There.
    Completed {
        /// What may still be the cause.
        hypotheses: Vec<String>,
        /// What to do next.
        next_steps: Vec<String>,
        /// What is ruled out.
        ruled_out: Vec<String>,
    },
    /// It won't come.
    Failed {
        /// Why.
        reason: String,
    },
}

impl EscalationView {
    /// It waits for someone to pick it up.
    pub fn is_waiting(&self) -> bool {
        self.outcome == EscalationOutcome::Waiting
    }
}
