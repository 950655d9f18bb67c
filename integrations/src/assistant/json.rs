//! The one JSON object in what a model wrote, or what is wrong with it.

use domain::assistant::port::AssistantError;
use domain::assistant::reading;
use serde_json::Value;

/// Longest part of a faulty answer that is kept, in characters.
const KEPT: usize = 20_000;

/// The object in a text.
pub(super) fn object(text: &str) -> Result<Value, AssistantError> {
    reading::object(text).map_err(|fault| {
        AssistantError::invalid(fault.to_string(), text.chars().take(KEPT).collect::<String>())
    })
}
