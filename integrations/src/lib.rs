//! FlowPilot's outside systems: models stand behind a port of the domain, places for files behind [`files::Files`], and all HTTP
//! calls to them are made here.
//!
//! Nothing here reads the environment, but for the credentials of a bucket, or logs what was said: prompts, answers, files and
//! keys stay out of every `Debug` output and every error message.

pub mod assistant;
pub mod embedding;
pub mod files;
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
    /// Files can't be kept there.
    #[error("where files are to be kept: {0}")]
    Files(String),
}
