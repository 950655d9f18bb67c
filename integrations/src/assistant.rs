//! Assistants that are models: the Anthropic Messages API, and whatever speaks OpenAI's chat completions.

pub mod anthropic;
mod dialect;
mod json;
pub mod openai;
mod provider;
mod status;

use std::time::Duration;

pub use anthropic::anthropic;
pub use openai::openai;
pub use provider::Provider;

use domain::assistant::port::Size;

use crate::http::{BreakerSettings, Patience};

/// Which models, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models {
    /// Where the provider is, with or without `/v1`.
    pub base_url: String,
    /// The model for quick calls.
    pub quick: String,
    /// The model for deep calls.
    pub deep: String,
}

/// How long a model is waited for, and when its endpoint is given a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calling {
    /// For quick calls.
    pub quick: Patience,
    /// For deep calls.
    pub deep: Patience,
    /// For the endpoint.
    pub breaker: BreakerSettings,
}

impl Default for Calling {
    fn default() -> Self {
        Self {
            quick: Patience::of(Duration::from_secs(30), Duration::from_secs(100)),
            deep: Patience::of(Duration::from_secs(120), Duration::from_secs(200)),
            breaker: BreakerSettings::default(),
        }
    }
}

impl Calling {
    fn patience(&self, size: Size) -> Patience {
        match size {
            Size::Quick => self.quick,
            Size::Deep => self.deep,
        }
    }
}
