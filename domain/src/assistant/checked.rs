//! Generation with a check of the answer: what fails it gets one more call that names the fault (rule 4.3).

use serde_json::Value;

use super::port::{Assistant, AssistantError, CallRecord, Failure, ModelName, Size, Worth};
use super::prompt::{Part, Prompt, Role, Turn};

/// Longest part of a faulty answer that the model is shown again, in characters.
const SHOWN_AGAIN: usize = 8_000;
/// Longest fault that the model is told, in characters.
const FAULT_TOLD: usize = 1_000;

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
    pub correction: Option<Prompt>,
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
    pub correction: Option<Prompt>,
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
        Ok((value, model)) => Ok(Checked { value, model, calls, correction: Some(corrected) }),
        Err(error) => Err(Unchecked { error, calls, correction: Some(corrected) }),
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

/// The prompt with the faulty answer and what was wrong with it. The layers before stay as they were, so that a cache holds.
fn correcting(prompt: &Prompt, error: &AssistantError) -> Prompt {
    let (written, fault) = match error {
        AssistantError::Invalid { fault, text } => (first(text, SHOWN_AGAIN), first(fault, FAULT_TOLD)),
        AssistantError::Truncated => {
            (String::new(), format!("it was longer than {} tokens and was cut off", prompt.max_output_tokens))
        }
        _ => (String::new(), error.to_string()),
    };
    let told = format!(
        "Your answer was not accepted: {fault}. Answer again with one JSON object that keeps the schema and mends this, \
         and with nothing else."
    );
    let mut corrected = prompt.clone();
    match corrected.turns.last_mut() {
        // Two turns of the user in a row, or an empty turn of the model, are more than some providers take.
        Some(last) if written.trim().is_empty() && last.role == Role::User => {
            last.parts.push(Part::Text(told));
        }
        _ => corrected.turns.extend([Turn::assistant(written), Turn::user(told)]),
    }
    corrected
}

fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests;
