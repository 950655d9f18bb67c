//! Embedders: Voyage, whatever speaks OpenAI's embeddings, a model in a folder, and the built-in hashing.

pub mod embedders;
pub mod hashing;
#[cfg(feature = "options")]
mod in_folder;
#[cfg(feature = "local-model")]
pub mod local;
pub mod openai;
#[cfg(feature = "options")]
pub mod options;
mod remote;
pub mod voyage;

use std::time::Duration;

pub use remote::Remote;

use crate::http::{BreakerSettings, Patience};

/// Which model of a provider, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteModel {
    /// Where the provider is, with or without `/v1`.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// How many numbers its vectors should have; without a word, as many as it gives by itself.
    pub dimension: Option<u16>,
}

/// How long a provider is waited for, and when it is given a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// For one batch.
    pub patience: Patience,
    /// For the endpoint.
    pub breaker: BreakerSettings,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            patience: Patience::of(Duration::from_secs(20), Duration::from_mins(2)),
            breaker: BreakerSettings::default(),
        }
    }
}
