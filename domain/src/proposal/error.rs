//! Why a proposal refuses a command.

use crate::flow::validation::{self, TreeFault};
use crate::input::InvalidInput;
use crate::proposal::status::ProposalStatus;
use crate::refusal::RefusalCode;

/// A refused command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// It was never raised.
    #[error("There is no such proposal.")]
    NotFound,
    /// The id is taken.
    #[error("The proposal exists already.")]
    AlreadyExists,
    /// Not the caller's to do.
    #[error("Only {who} may do this.")]
    NotEntitled {
        /// Who may.
        who: &'static str,
    },
    /// Somebody decided it before.
    #[error("The proposal was decided before: it is {}.", .0.as_str())]
    AlreadyDecided(ProposalStatus),
    /// There is nothing to decide, or nothing to support.
    #[error("The proposal is {}; this can't be done to it now.", .0.as_str())]
    WrongStatus(ProposalStatus),
    /// A change of a flow can't be approved unseen (7.2).
    #[error("A change of a flow can't be approved as it is: send the edited nodes with modifyProposal.")]
    NeedsEdit,
    /// The edit is of an earlier version than the target has now.
    #[error("The flow has moved on to version {current}. Edit that one, and send it as the base version.")]
    StaleBaseVersion {
        /// The target's published version.
        current: u32,
    },
    /// The target is offered no more, for good: there is nothing left to change.
    #[error("The flow that this would change is retired. Reject or dismiss the proposal.")]
    TargetRetired,
    /// It can't be published as it is (rule 5.1).
    #[error("{}", validation::sentences(.0))]
    InvalidTree(Vec<TreeFault>),
    /// An input field can't be taken.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

impl ProposalError {
    /// The contract's code.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::NotFound => RefusalCode::NotFound,
            Self::AlreadyExists | Self::WrongStatus(_) | Self::TargetRetired => RefusalCode::WrongStatus,
            Self::NotEntitled { .. } => RefusalCode::NotEntitled,
            Self::AlreadyDecided(_) => RefusalCode::AlreadyDecided,
            Self::NeedsEdit => RefusalCode::NeedsEdit,
            Self::StaleBaseVersion { .. } => RefusalCode::StaleBaseVersion,
            Self::InvalidTree(_) => RefusalCode::InvalidTree,
            Self::Invalid(_) => RefusalCode::InvalidInput,
        }
    }

    /// The input field that it is about; empty where it is about none.
    pub fn path(&self) -> &[&'static str] {
        match self {
            Self::Invalid(invalid) => invalid.path,
            Self::InvalidTree(_) => &["nodes"],
            Self::StaleBaseVersion { .. } => &["baseVersion"],
            Self::NotFound => &["proposalId"],
            Self::AlreadyExists
            | Self::NotEntitled { .. }
            | Self::AlreadyDecided(_)
            | Self::WrongStatus(_)
            | Self::TargetRetired
            | Self::NeedsEdit => &[],
        }
    }
}
