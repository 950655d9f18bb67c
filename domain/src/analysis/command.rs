//! What the analysis of a session can be told.

use crate::access::By;
use crate::analysis::event::Finding;
use crate::id::SessionId;

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
    },
    /// It was given up. By FlowPilot.
    Fail {
        /// The session's version that the resolution made.
        resolution: u64,
        /// Why, in a sentence without content.
        reason: String,
    },
    /// The session is open again. By FlowPilot.
    Withdraw,
    /// Try again what was given up.
    Retry,
}
