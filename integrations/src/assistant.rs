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
use domain::assistant::prompting::limits::{DEEP_TIMEOUT, QUICK_TIMEOUT};

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

/// Time beyond one try: the longest pause that a provider may ask for, and some.
const PAUSES: Duration = Duration::from_secs(75);

impl Default for Calling {
    fn default() -> Self {
        Self {
            quick: Patience::of(QUICK_TIMEOUT, QUICK_TIMEOUT + PAUSES),
            deep: Patience::of(DEEP_TIMEOUT, DEEP_TIMEOUT + PAUSES),
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
