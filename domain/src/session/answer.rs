//! Answers to steps (rule 2.8).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::personal::Personal;
use crate::session::step::StepOption;

/// Longest option value, in characters.
pub const MAX_OPTION_VALUE: usize = 500;
/// Longest free text, in characters.
pub const MAX_FREE_TEXT: usize = 10_000;

/// What the engineer sends: not yet checked against the step, free text already redacted.
///
/// Its `Debug` hides the content, as that of personal content does.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenAnswer {
    /// The value of one of the options.
    Option(String),
    /// Own words.
    FreeText(String),
    /// Skipped.
    Skip,
    /// What came of an action.
    ActionResult(ActionResult),
}

impl fmt::Debug for GivenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Option(_) => "Option(…)",
            Self::FreeText(_) => "FreeText(…)",
            Self::Skip => "Skip",
            Self::ActionResult(_) => "ActionResult(…)",
        })
    }
}

/// An answer as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// One of the options, whole.
    Option(StepOption),
    /// Own words.
    FreeText(Personal<String>),
    /// Skipped.
    Skipped,
    /// What came of an action.
    ActionResult(ActionResult),
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionResult {
    /// It did what was expected.
    pub succeeded: bool,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Personal<String>>,
    /// What the engineer would look at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_hint: Option<Personal<String>>,
}
