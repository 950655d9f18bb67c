//! Commands from outside: metadata, idempotency and conflicts, and how a refusal looks.

use std::time::Duration;

use domain::refusal::RefusalCode;

/// A refused command, as the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people: a sentence that helps.
    pub message: String,
    /// The input field that it is about.
    pub path: Vec<String>,
    /// With VERSION_CONFLICT: the version that the aggregate has now.
    pub current_version: Option<u64>,
    /// With RATE_LIMITED: when to come back.
    pub retry_after: Option<Duration>,
}
