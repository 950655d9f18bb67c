//! Why a session refuses a command.

use crate::input::InvalidInput;
use crate::refusal::RefusalCode;
use crate::session::status::SessionStatus;

/// A refused command. Its text helps the caller and holds nothing that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// There is none, or none for this caller: the two read the same.
    #[error("There is no such session.")]
    NotFound,
    /// The caller sees the session, but this is not theirs to do.
    #[error("Only {who} may do this.")]
    NotEntitled {
        /// Who may.
        who: &'static str,
    },
    /// The session stands elsewhere.
    #[error("The session is {}; this needs it to be {}.", is.as_str(), alternatives(needs))]
    WrongStatus {
        /// Where it stands.
        is: SessionStatus,
        /// Where it would have to stand.
        needs: &'static [SessionStatus],
    },
    /// The id is taken.
    #[error("The session was started already.")]
    AlreadyStarted,
    /// A step is asked for while one is open.
    #[error("A step is open: answer it first.")]
    StepStillOpen,
    /// The answered step is not the open one.
    #[error("This step is not open: it was answered or closed, or it never took an answer.")]
    StepNotOpen,
    /// No further step.
    #[error("The session has used its {limit} steps: resolve it or escalate it.")]
    StepLimitReached {
        /// How many.
        limit: u32,
    },
    /// Own words for a step that doesn't take them.
    #[error("This step does not take free text: choose one of its other answers.")]
    FreeTextNotAllowed,
    /// A skip where none is allowed.
    #[error("This step can't be skipped.")]
    SkipNotAllowed,
    /// The value is none of the step's options.
    #[error("This is none of the step's options: send the value of one of them.")]
    UnknownOption,
    /// Somebody was faster.
    #[error("Somebody else has picked this session up already.")]
    AlreadyPickedUp,
    /// A person can't escalate to themselves.
    #[error("You can't escalate a session to yourself: name somebody else, or nobody.")]
    SelfEscalation,
    /// An input field can't be taken.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

impl SessionError {
    /// The contract's code.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::NotFound => RefusalCode::NotFound,
            Self::NotEntitled { .. } => RefusalCode::NotEntitled,
            Self::WrongStatus { .. } | Self::AlreadyStarted | Self::StepStillOpen => RefusalCode::WrongStatus,
            Self::StepNotOpen => RefusalCode::StepNotOpen,
            Self::StepLimitReached { .. } => RefusalCode::StepLimitReached,
            Self::FreeTextNotAllowed => RefusalCode::FreeTextNotAllowed,
            Self::SkipNotAllowed => RefusalCode::SkipNotAllowed,
            Self::UnknownOption => RefusalCode::UnknownOption,
            Self::AlreadyPickedUp => RefusalCode::AlreadyPickedUp,
            Self::SelfEscalation => RefusalCode::SelfEscalation,
            Self::Invalid(_) => RefusalCode::InvalidInput,
        }
    }

    /// The input field that it is about; empty where it is about none.
    pub fn path(&self) -> &[&'static str] {
        match self {
            Self::Invalid(invalid) => invalid.path,
            Self::StepNotOpen => &["stepId"],
            Self::FreeTextNotAllowed => &["answer", "freeText"],
            Self::SkipNotAllowed => &["answer", "skip"],
            Self::UnknownOption => &["answer", "option"],
            Self::SelfEscalation => &["targetId"],
            Self::NotFound
            | Self::NotEntitled { .. }
            | Self::WrongStatus { .. }
            | Self::AlreadyStarted
            | Self::StepStillOpen
            | Self::StepLimitReached { .. }
            | Self::AlreadyPickedUp => &[],
        }
    }
}

fn alternatives(statuses: &[SessionStatus]) -> String {
    statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(" or ")
}
