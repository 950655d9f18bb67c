//! Refused commands as data: what the caller can act on.

use async_graphql::{Enum, SimpleObject};
use domain::refusal::RefusalCode;

use crate::commands::Refusal;

/// Why a command was refused, and where in its input the reason lies.
#[derive(SimpleObject, Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// What went wrong, for programs.
    code: ErrorCode,
    /// The same for people: a sentence that helps.
    message: String,
    /// The input field that it is about, from the outside in; empty if it is about none.
    path: Vec<String>,
    /// With VERSION_CONFLICT: the version that the aggregate has now.
    current_version: Option<i32>,
    /// With RATE_LIMITED: when to come back, in milliseconds.
    retry_after_ms: Option<i32>,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code.into(),
            message: refusal.message,
            path: refusal.path,
            current_version: refusal.current_version.map(super::scalar::clamp_count),
            retry_after_ms: refusal.retry_after.map(|after| super::scalar::clamp_count(after.as_millis())),
        }
    }
}

/// The codes of refused commands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "RefusalCode")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ErrorCode {
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
