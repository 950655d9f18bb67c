//! What the analysis of a session can be told.

use chrono::NaiveDate;

use crate::access::By;
use crate::analysis::event::Finding;
use crate::id::SessionId;
use crate::session::step::Tokens;

/// A command: who wants what of which session.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisCommand {
    /// Who.
    pub by: By,
    /// Whose analysis it is.
    pub session: SessionId,
    /// What.
    pub act: AnalysisAct,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum AnalysisAct {
    /// The resolution of this version of the session was analysed. By FlowPilot.
    Complete {
        /// The session's version that the resolution made.
        resolution: u64,
        /// What came of it.
        finding: Finding,
        /// What the model's calls cost.
        tokens: Tokens,
    },
    /// It was given up. By FlowPilot.
    Fail {
        /// The session's version that the resolution made.
        resolution: u64,
        /// Why, in a sentence without content.
        reason: String,
        /// What the model's calls cost.
        tokens: Tokens,
    },
    /// It has to wait for another day. By FlowPilot.
    Defer {
        /// The session's version that the resolution made.
        resolution: u64,
        /// The day whose calls are spent, in the account's zone.
        day: NaiveDate,
        /// What the model's calls cost until then.
        tokens: Tokens,
    },
    /// What was deferred on this day is due. By FlowPilot.
    TakeUp {
        /// The day whose calls were spent.
        day: NaiveDate,
    },
    /// The session is open again. By FlowPilot.
    Withdraw,
    /// Try again what was given up, or is deferred.
    Retry,
}
