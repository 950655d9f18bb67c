//! Why an account refuses a command.

use crate::input::InvalidInput;
use crate::refusal::RefusalCode;

/// A refused command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It was never opened.
    #[error("There is no such account.")]
    NotFound,
    /// The id is taken.
    #[error("The account was opened already.")]
    AlreadyOpen,
    /// Not the caller's to do.
    #[error("Only {who} may do this.")]
    NotEntitled {
        /// Who may.
        who: &'static str,
    },
    /// Nobody who could take an escalation.
    #[error("An escalation's target must be an active member of this account who may handle sessions.")]
    UnknownTarget,
    /// An input field can't be taken.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

impl AccountError {
    /// The contract's code.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::NotFound => RefusalCode::NotFound,
            Self::AlreadyOpen => RefusalCode::WrongStatus,
            Self::NotEntitled { .. } => RefusalCode::NotEntitled,
            Self::UnknownTarget => RefusalCode::UnknownTarget,
            Self::Invalid(_) => RefusalCode::InvalidInput,
        }
    }

    /// The input field that it is about; empty where it is about none.
    pub fn path(&self) -> &[&'static str] {
        match self {
            Self::Invalid(invalid) => invalid.path,
            Self::UnknownTarget => &["targetId"],
            Self::NotFound | Self::AlreadyOpen | Self::NotEntitled { .. } => &[],
        }
    }
}
