//! Generation with a check of the answer: what fails it gets one more call that names the fault (rule 4.3).

use serde_json::Value;

use super::port::{Assistant, AssistantError, CallRecord, Failure, ModelName, Size, Worth};
use super::prompt::Prompt;
use super::prompting;

/// An answer that passed its check.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked<T> {
    /// What the check made of it.
    pub value: T,
    /// Who wrote it.
    pub model: ModelName,
    /// Every call that it took.
    pub calls: Vec<CallRecord>,
    /// The second prompt, if the first answer had a fault.
    pub correction: Option<Box<Prompt>>,
}

/// No answer passed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct Unchecked {
    /// Why.
    #[source]
    pub error: AssistantError,
    /// Every call that was made.
    pub calls: Vec<CallRecord>,
    /// The second prompt, if the first answer had a fault.
    pub correction: Option<Box<Prompt>>,
}

/// Asks, checks, and if the answer is cut off, no JSON, or fails the check, asks once more with the fault named.
pub async fn generate_checked<T>(
    assistant: &dyn Assistant,
    size: Size,
    prompt: &Prompt,
    check: impl Fn(&Value) -> Result<T, String>,
) -> Result<Checked<T>, Unchecked> {
    let mut calls = Vec::new();
    let error = match ask(assistant, size, prompt, &check, &mut calls).await {
        Ok((value, model)) => return Ok(Checked { value, model, calls, correction: None }),
        Err(error) => error,
    };
    if error.retry() != Worth::Corrected {
        return Err(Unchecked { error, calls, correction: None });
    }
    let corrected = correcting(prompt, &error);
    match ask(assistant, size, &corrected, &check, &mut calls).await {
        Ok((value, model)) => Ok(Checked { value, model, calls, correction: Some(Box::new(corrected)) }),
        Err(error) => Err(Unchecked { error, calls, correction: Some(Box::new(corrected)) }),
    }
}

async fn ask<T>(
    assistant: &dyn Assistant,
    size: Size,
    prompt: &Prompt,
    check: &impl Fn(&Value) -> Result<T, String>,
    calls: &mut Vec<CallRecord>,
) -> Result<(T, ModelName), AssistantError> {
    match assistant.generate(size, prompt).await {
        Ok(answer) => {
            calls.extend(answer.calls);
            match check(&answer.json) {
                Ok(value) => Ok((value, answer.model)),
                Err(fault) => {
                    let error = AssistantError::invalid(fault, answer.json.to_string());
                    if let Some(last) = calls.last_mut() {
                        last.fault = Some(error.code());
                    }
                    Err(error)
                }
            }
        }
        Err(Failure { error, calls: made }) => {
            calls.extend(made);
            Err(error)
        }
    }
}

/// The prompt with the faulty answer and what was wrong with it.
fn correcting(prompt: &Prompt, error: &AssistantError) -> Prompt {
    match error {
        AssistantError::Invalid { fault, text } => prompting::correct(prompt, text, fault),
        AssistantError::Truncated => {
            let most = prompt.max_output_tokens;
            prompting::correct(prompt, "", &format!("It was longer than {most} tokens and was cut off."))
        }
        _ => prompting::correct(prompt, "", &error.to_string()),
    }
}

#[cfg(test)]
mod tests;
