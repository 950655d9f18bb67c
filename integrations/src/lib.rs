//! FlowPilot's outside systems: models stand behind a port of the domain, places for files behind [`files::Files`], and all HTTP
//! calls to them are made here.
//!
//! Nothing here reads the environment, but for a bucket's credentials and the declared options, or logs what was said: prompts, answers, files and
//! keys stay out of every `Debug` output and every error message.

pub mod assistant;
pub mod embedding;
pub mod files;
pub mod http;
pub mod key;

use std::path::PathBuf;

use domain::embedding::EmbedError;

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
    /// A file that holds a key can't be read, or there is nothing in it.
    #[error("the file of {whose}, {}: {why}", file.display())]
    KeyFile {
        /// Whose key it is.
        whose: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Something that this configuration needs is not given.
    #[error("{0}")]
    Lacking(&'static str),
    /// The local embedding model can't be used.
    #[error("the local embedding model: {0}")]
    LocalModel(EmbedError),
    /// Files can't be kept there.
    #[error("where files are to be kept: {0}")]
    Files(String),
}
