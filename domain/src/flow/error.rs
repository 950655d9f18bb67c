//! Why a flow refuses a command.

use crate::flow::validation::{self, TreeFault};
use crate::input::InvalidInput;
use crate::refusal::RefusalCode;

/// A refused command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// It was never begun.
    #[error("There is no such flow.")]
    NotFound,
    /// The id is taken.
    #[error("The flow exists already.")]
    AlreadyExists,
    /// Not the caller's to do.
    #[error("Only {who} may do this.")]
    NotEntitled {
        /// Who may.
        who: &'static str,
    },
    /// It is no longer offered.
    #[error("The flow is retired.")]
    Retired,
    /// The draft is what is published already.
    #[error("There is nothing to publish: the draft has not changed since the last version.")]
    NothingToPublish,
    /// Another version was published since the one that this was made from.
    #[error("The flow has moved on to version {current}.")]
    StaleBaseVersion {
        /// Its published version.
        current: u32,
    },
    /// The draft can't be published as it is (rule 5.1).
    #[error("{}", validation::sentences(.0))]
    InvalidTree(Vec<TreeFault>),
    /// An input field can't be taken.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

impl FlowError {
    /// The contract's code.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::NotFound => RefusalCode::NotFound,
            Self::AlreadyExists | Self::Retired | Self::NothingToPublish => RefusalCode::WrongStatus,
            Self::NotEntitled { .. } => RefusalCode::NotEntitled,
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
            Self::NotFound
            | Self::AlreadyExists
            | Self::NotEntitled { .. }
            | Self::Retired
            | Self::NothingToPublish => &[],
        }
    }
}
