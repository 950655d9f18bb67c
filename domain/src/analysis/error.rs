//! Why the analysis of a session refuses a command.

use crate::refusal::RefusalCode;

/// A refused command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    /// Not the caller's to do.
    #[error("Only team admins and owners may ask for an analysis again.")]
    NotEntitled,
    /// There is nothing to try again.
    #[error("The session's analysis has neither failed nor been deferred; there is nothing to try again.")]
    NotFailed,
}

impl AnalysisError {
    /// The contract's code.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::NotEntitled => RefusalCode::NotEntitled,
            Self::NotFailed => RefusalCode::WrongStatus,
        }
    }
}
