//! The codes of the contract for a command that was refused: something the caller can act on.

/// Why a command was refused, as the contract names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the contract's names say it")]
pub enum RefusalCode {
    InvalidInput,
    NotFound,
    VersionConflict,
    IdempotencyKeyReused,
    WrongStatus,
    StepNotOpen,
    StepLimitReached,
    FreeTextNotAllowed,
    SkipNotAllowed,
    UnknownOption,
    AlreadyPickedUp,
    NotEntitled,
    SelfEscalation,
    UnknownTarget,
    UnknownConnection,
    UnknownTemplate,
    InvalidParameter,
    InvalidTree,
    StaleBaseVersion,
    AlreadyDecided,
    NeedsEdit,
    QuotaExceeded,
    RateLimited,
    RebuildRunning,
}

impl RefusalCode {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "INVALID_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::VersionConflict => "VERSION_CONFLICT",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::WrongStatus => "WRONG_STATUS",
            Self::StepNotOpen => "STEP_NOT_OPEN",
            Self::StepLimitReached => "STEP_LIMIT_REACHED",
            Self::FreeTextNotAllowed => "FREE_TEXT_NOT_ALLOWED",
            Self::SkipNotAllowed => "SKIP_NOT_ALLOWED",
            Self::UnknownOption => "UNKNOWN_OPTION",
            Self::AlreadyPickedUp => "ALREADY_PICKED_UP",
            Self::NotEntitled => "NOT_ENTITLED",
            Self::SelfEscalation => "SELF_ESCALATION",
            Self::UnknownTarget => "UNKNOWN_TARGET",
            Self::UnknownConnection => "UNKNOWN_CONNECTION",
            Self::UnknownTemplate => "UNKNOWN_TEMPLATE",
            Self::InvalidParameter => "INVALID_PARAMETER",
            Self::InvalidTree => "INVALID_TREE",
            Self::StaleBaseVersion => "STALE_BASE_VERSION",
            Self::AlreadyDecided => "ALREADY_DECIDED",
            Self::NeedsEdit => "NEEDS_EDIT",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::RebuildRunning => "REBUILD_RUNNING",
        }
    }
}
