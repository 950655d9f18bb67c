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
    /// No team of the account.
    #[error("There is no such team.")]
    UnknownTeam,
    /// Nobody of the account, or nobody any more.
    #[error("There is no such member.")]
    UnknownMember,
    /// An account without an owner could not be administered by its own people.
    #[error("An account keeps at least one owner: make somebody else an owner first.")]
    LastOwner,
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
            Self::NotFound | Self::UnknownTeam | Self::UnknownMember => RefusalCode::NotFound,
            Self::AlreadyOpen => RefusalCode::WrongStatus,
            Self::NotEntitled { .. } => RefusalCode::NotEntitled,
            Self::UnknownTarget => RefusalCode::UnknownTarget,
            Self::Invalid(_) | Self::LastOwner => RefusalCode::InvalidInput,
        }
    }

    /// The input field that it is about; empty where it is about none.
    pub fn path(&self) -> &[&'static str] {
        match self {
            Self::Invalid(invalid) => invalid.path,
            Self::UnknownTarget => &["targetId"],
            Self::UnknownTeam => &["teamId"],
            Self::UnknownMember | Self::LastOwner => &["userId"],
            Self::NotFound | Self::AlreadyOpen | Self::NotEntitled { .. } => &[],
        }
    }
}
