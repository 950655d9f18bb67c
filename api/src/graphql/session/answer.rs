//! Ready answers, and what was answered.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::session::view::{AnswerView, GivenResult, OptionView};

use crate::graphql::account::User;

/// A ready answer to a question.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct StepOption {
    /// What the engineer reads.
    label: String,
    /// What is sent back.
    value: String,
    /// What follows from it.
    followup_hint: Option<String>,
}

impl From<&OptionView> for StepOption {
    fn from(view: &OptionView) -> Self {
        Self {
            label: view.label.clone(),
            value: view.value.clone(),
            followup_hint: view.followup_hint.clone(),
        }
    }
}

/// An answer to a step: an option, own words, a result, or that it was skipped.
#[derive(Clone)]
pub struct Answer(AnswerView);

/// An answer to a step: an option, own words, a result, or that it was skipped.
#[Object]
impl Answer {
    /// The option that was chosen.
    async fn option(&self) -> Option<StepOption> {
        match &self.0.given {
            GivenResult::Option(option) => Some(option.into()),
            _ => None,
        }
    }

    /// Own words.
    async fn free_text(&self) -> Option<&str> {
        match &self.0.given {
            GivenResult::FreeText(text) => Some(text),
            _ => None,
        }
    }

    /// The step was skipped.
    async fn skipped(&self) -> bool {
        self.0.given == GivenResult::Skipped
    }

    /// What came of doing it.
    async fn action_result(&self) -> Option<ActionResult> {
        match &self.0.given {
            GivenResult::ActionResult { succeeded, details, next_hint } => Some(ActionResult {
                succeeded: *succeeded,
                details: details.clone(),
                next_hint: next_hint.clone(),
            }),
            _ => None,
        }
    }

    /// Who answered.
    async fn answered_by(&self, ctx: &Context<'_>) -> Result<User> {
        User::named(ctx, self.0.answered_by).await
    }
}

impl From<&AnswerView> for Answer {
    fn from(view: &AnswerView) -> Self {
        Self(view.clone())
    }
}

/// What came of something that was done.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct ActionResult {
    /// It did what it should.
    succeeded: bool,
    /// What was seen.
    details: Option<String>,
    /// What the engineer would do next.
    next_hint: Option<String>,
}
