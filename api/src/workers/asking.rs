//! Asks the model: whatever comes of it, every call is kept, and no secret; nothing of the database is held meanwhile.

use domain::assistant::checked::{Checked, Unchecked, generate_checked};
use domain::assistant::port::{Assistant, AssistantError, Size};
use domain::assistant::prompt::Prompt;
use domain::flow::tree::FlowNode;
use domain::session::event::GenerationFailure;
use projections::assistant_calls::{self, CalledFor};
use projections::work_queue::Claim;
use serde_json::Value;

use super::WorkError;
use super::remembering::remember;
use super::withholding::Withholding;
use crate::app::App;
use crate::commands::redacting::Redacting;
use crate::quota::Metered;

/// Asks and checks; the prompt is kept meanwhile. The error is that the server ends: the work is done again by whoever comes
/// after it.
pub(super) async fn ask<T: Send>(
    app: &App,
    claim: &Claim,
    called_for: CalledFor,
    asked: (&dyn Assistant, Size),
    prompt: &Prompt,
    check: impl Fn(&Value) -> Result<T, String> + Send + Sync,
) -> Result<Result<Checked<T>, Unchecked>, WorkError> {
    ask_to_change(app, claim, called_for, asked, (prompt, &[]), check).await
}

/// The same of a flow that is to be changed: what stays of it stays to the letter.
pub(super) async fn ask_to_change<T: Send>(
    app: &App,
    claim: &Claim,
    called_for: CalledFor,
    (assistant, size): (&dyn Assistant, Size),
    (prompt, published): (&Prompt, &[FlowNode]),
    check: impl Fn(&Value) -> Result<T, String> + Send + Sync,
) -> Result<Result<Checked<T>, Unchecked>, WorkError> {
    let assistant = Withholding {
        assistant: &Metered { app, account: claim.account, assistant },
        redacting: Redacting::of_session(app, claim.account, called_for.session).await?,
        published,
    };
    let asked = async {
        let asking = generate_checked(&assistant, size, prompt, check);
        tokio::join!(asking, remember(app, claim.account, called_for.session, prompt)).0
    };
    let answer = tokio::select! {
        answer = asked => answer,
        () = app.stop.cancelled() => return Err(WorkError::Refused("the server ends".to_owned())),
    };
    let (calls, correction) = match &answer {
        Ok(checked) => (&checked.calls, &checked.correction),
        Err(unchecked) => (&unchecked.calls, &unchecked.correction),
    };
    if let Some(correction) = correction {
        remember(app, claim.account, called_for.session, correction).await;
    }
    if let Err(error) =
        assistant_calls::keep(&app.background, claim.account, called_for, calls, app.clock.now()).await
    {
        // The tokens stand in the event all the same; the answer is worth more than the record of its calls.
        tracing::warn!(work.key = %claim.key, error = %error, "calls to the assistant could not be kept");
    }
    Ok(answer)
}

/// What a failure is called in the log, and in a sentence for the engineer.
pub(super) fn told(error: &AssistantError) -> (GenerationFailure, String) {
    let (reason, what) = match error {
        AssistantError::Unavailable { after, .. } | AssistantError::RateLimited { after } => {
            let when = after.map_or_else(
                || "in a moment".to_owned(),
                |after| format!("in about {} seconds", after.as_secs().max(1)),
            );
            let told = format!(
                "The assistant's model is not available. Your answer is kept; ask for the step again {when}."
            );
            return (GenerationFailure::ProviderUnavailable, told);
        }
        AssistantError::Timeout => (
            GenerationFailure::ProviderUnavailable,
            "The assistant's model did not answer in time. Your answer is kept; ask for the step again.",
        ),
        AssistantError::SpendCap => (
            GenerationFailure::ProviderUnavailable,
            "The spend limit at the model's provider is reached. Your answer is kept; the step can be asked for again \
             once whoever runs FlowPilot has raised the limit.",
        ),
        AssistantError::QuotaExceeded => (
            GenerationFailure::QuotaExceeded,
            "Your account's calls to the assistant are used up for today. Your answer is kept; the step is asked for again \
             tomorrow, or ask for it once an owner has raised the quota.",
        ),
        AssistantError::Unauthorized | AssistantError::BadRequest { .. } => (
            GenerationFailure::ProviderUnavailable,
            "The model's provider refuses what FlowPilot asks for. Your answer is kept; whoever runs FlowPilot should \
             check the assistant's address, key and models.",
        ),
        AssistantError::TooLarge => (
            GenerationFailure::ProviderUnavailable,
            "This session is larger than the assistant's model can read. Your answer is kept; resolve the session or \
             escalate it.",
        ),
        AssistantError::Refused => (
            GenerationFailure::Refused,
            "The assistant's model declined to give a step. Your answer is kept; ask for the step again, or escalate.",
        ),
        AssistantError::Invalid { .. } | AssistantError::Truncated => (
            GenerationFailure::InvalidOutput,
            "The assistant's model gave no usable step. Your answer is kept; ask for the step again.",
        ),
    };
    (reason, what.to_owned())
}

/// Why nothing came of it where nobody waits, in a sentence: nothing that a provider or a model wrote. What differs is said
/// for a model that declined, and for one whose answer can't be used.
pub(super) fn reason(error: &AssistantError, [declined, unusable]: [&'static str; 2]) -> &'static str {
    match error {
        AssistantError::Unavailable { .. } | AssistantError::RateLimited { .. } | AssistantError::Timeout => {
            "The assistant's model was not available."
        }
        AssistantError::QuotaExceeded => "The account's calls to the assistant are used up for today.",
        AssistantError::SpendCap => "The spend limit at the model's provider is reached.",
        AssistantError::Unauthorized | AssistantError::BadRequest { .. } => {
            "The model's provider refused what FlowPilot asked for."
        }
        AssistantError::TooLarge => "The session is larger than the assistant's model can read.",
        AssistantError::Refused => declined,
        AssistantError::Invalid { .. } | AssistantError::Truncated => unusable,
    }
}
