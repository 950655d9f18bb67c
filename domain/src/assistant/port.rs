//! The port that models stand behind: a prompt goes in; an answer in the wanted form or a named failure comes out, with an
//! account of every call that it took.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use super::prompt::{Prompt, PromptHash};
use crate::personal::Personal;
use crate::session::step::Tokens;

/// A provider of structured generation. It is chosen when the program starts, hence behind a `dyn`.
///
/// An implementation repeats by itself what may pass soon, within bounds of its own, and always comes back. Dropping the
/// future ends the call.
pub trait Assistant: Send + Sync {
    /// Answers a prompt with one JSON object. Whether it keeps the prompt's schema is for the caller to check.
    fn generate<'a>(&'a self, size: Size, prompt: &'a Prompt) -> Generating<'a>;

    /// The model that answers calls of a size.
    fn model(&self, size: Size) -> ModelName;
}

/// An answer on its way.
pub type Generating<'a> = Pin<Box<dyn Future<Output = Result<Generated, Failure>> + Send + 'a>>;

/// How much thought a call deserves. It decides the model, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// Classification, escalation insight.
    Quick,
    /// Steps, flows.
    Deep,
}

/// A model and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelName {
    /// e.g. `anthropic`.
    pub provider: &'static str,
    /// Its name there, as configured.
    pub model: String,
}

/// An answer.
#[derive(Clone, PartialEq)]
pub struct Generated {
    /// The object that the model wrote.
    pub json: Value,
    /// Who wrote it.
    pub model: ModelName,
    /// The prompt that it answers.
    pub prompt: PromptHash,
    /// Every call that it took, the successful one last.
    pub calls: Vec<CallRecord>,
}

/// A call to a provider, whatever became of it: each is counted (rule 4.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Who was called.
    pub model: ModelName,
    /// At which size.
    pub size: Size,
    /// With which prompt.
    pub prompt: PromptHash,
    /// What it cost, as far as the provider told. A call without an answer tells nothing.
    pub tokens: Tokens,
    /// Of the input, written to the provider's cache.
    pub cache_written: u64,
    /// The tokens are our own estimate, because the provider gave none.
    pub estimated: bool,
    /// From sending to the last byte.
    pub latency: Duration,
    /// The HTTP status; none if no answer came.
    pub status: Option<u16>,
    /// The [code](AssistantError::code) of what was wrong; none if the answer was good.
    pub fault: Option<&'static str>,
}

/// No answer, and what was tried.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{error}")]
pub struct Failure {
    /// Why.
    #[source]
    pub error: AssistantError,
    /// Every call that was made; none if the provider is given a rest.
    pub calls: Vec<CallRecord>,
}

/// Why a provider gave no usable answer. The messages are safe to log: what a provider or a model wrote is personal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AssistantError {
    /// It can't be reached, is overloaded or broken, or is given a rest after many failures.
    #[error("the assistant's provider is unavailable ({why})")]
    Unavailable {
        /// What was seen, in constant words.
        why: &'static str,
        /// When to come back, if that is known.
        after: Option<Duration>,
    },
    /// It takes no more for now.
    #[error("the assistant's provider limits the rate")]
    RateLimited {
        /// When to come back, if it said so.
        after: Option<Duration>,
    },
    /// The money is spent; nothing helps before somebody pays, or the month ends.
    #[error("the spend limit at the assistant's provider is reached")]
    SpendCap,
    /// The account's calls of the day are spent: the provider was not asked.
    #[error("the account's quota of calls is spent")]
    QuotaExceeded,
    /// The model declined to answer.
    #[error("the model declined to answer")]
    Refused,
    /// The answer was longer than the prompt allows.
    #[error("the model's answer was cut off")]
    Truncated,
    /// The answer is not what was asked for.
    #[error("the model's answer has not the wanted form")]
    Invalid {
        /// What is wrong with it.
        fault: Personal<String>,
        /// What the model wrote.
        text: Personal<String>,
    },
    /// It doesn't understand the request: a wrong model's name, a wrong address, a missing feature.
    #[error("the assistant's provider refused the request ({code})")]
    BadRequest {
        /// The provider's code of the error, or the HTTP status.
        code: String,
        /// What it said.
        message: Personal<String>,
    },
    /// The key is wrong, or may not use the model.
    #[error("the assistant's provider refused the key")]
    Unauthorized,
    /// The prompt is too large for the provider or the model.
    #[error("the prompt is too large for the assistant's provider")]
    TooLarge,
    /// No answer in time.
    #[error("the assistant's provider did not answer in time")]
    Timeout,
}

/// Whether asking again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// The same prompt, later: after that time, if it is known.
    Later(Option<Duration>),
    /// At once, with a prompt that names the fault.
    Corrected,
    /// Not before somebody has changed something.
    Nothing,
}

impl AssistantError {
    /// Whether asking again may help. A provider has already repeated what it may.
    pub fn retry(&self) -> Worth {
        match self {
            Self::Unavailable { after, .. } | Self::RateLimited { after } => Worth::Later(*after),
            Self::Timeout => Worth::Later(None),
            Self::Invalid { .. } | Self::Truncated => Worth::Corrected,
            Self::SpendCap
            | Self::QuotaExceeded
            | Self::Refused
            | Self::BadRequest { .. }
            | Self::Unauthorized
            | Self::TooLarge => Worth::Nothing,
        }
    }

    /// A stable name, for records, logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::RateLimited { .. } => "rate_limited",
            Self::SpendCap => "spend_cap",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Refused => "refused",
            Self::Truncated => "truncated",
            Self::Invalid { .. } => "invalid",
            Self::BadRequest { .. } => "bad_request",
            Self::Unauthorized => "unauthorized",
            Self::TooLarge => "too_large",
            Self::Timeout => "timeout",
        }
    }

    /// An answer that is not what was asked for.
    pub fn invalid(fault: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Invalid { fault: fault.into().into(), text: text.into().into() }
    }
}

/// What several calls cost together.
pub fn spent(calls: &[CallRecord]) -> Tokens {
    calls.iter().fold(Tokens::default(), |sum, call| Tokens {
        input: sum.input + call.tokens.input,
        output: sum.output + call.tokens.output,
        cached: sum.cached + call.tokens.cached,
        calls: sum.calls + 1,
    })
}

impl fmt::Debug for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated")
            .field("model", &self.model)
            .field("prompt", &self.prompt)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}
