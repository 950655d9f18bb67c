//! FlowPilot's outside systems: each stands behind a port of the domain, and all HTTP calls to them are made here.
//!
//! Nothing here reads the environment, keeps state on disk or logs what was said: prompts, answers and keys stay out of
//! every `Debug` output and every error message.

pub mod assistant;
pub mod embedding;
pub mod http;

/// Why an outside system can't be set up as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The base URL can't be used.
    #[error("the base URL {0}")]
    Url(&'static str),
    /// The key can't be sent.
    #[error("the key is empty or holds characters that a header cannot carry")]
    Key,
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be built: {0}")]
    Client(String),
}
