//! An answer of the Messages API.

use domain::assistant::port::AssistantError;
use domain::session::step::Tokens;
use serde_json::Value;

use super::Form;
use crate::assistant::dialect::{Said, count};
use crate::assistant::json;

pub(super) fn read(form: Form, body: &Value) -> Option<Said> {
    let blocks = body.get("content")?.as_array()?;
    let answer = match body.get("stop_reason").and_then(Value::as_str) {
        Some("refusal") => Err(AssistantError::Refused),
        Some("max_tokens") => Err(AssistantError::Truncated),
        Some("model_context_window_exceeded") => Err(AssistantError::TooLarge),
        _ => object(form, blocks),
    };
    let usage = body.get("usage").unwrap_or(&Value::Null);
    let read = count(usage, "/cache_read_input_tokens");
    let written = count(usage, "/cache_creation_input_tokens");
    Some(Said {
        answer,
        tokens: Tokens {
            // The API counts what came through the cache apart.
            input: count(usage, "/input_tokens") + read + written,
            output: count(usage, "/output_tokens"),
            cached: read,
            calls: 0,
        },
        cache_written: written,
        estimated: false,
    })
}

fn object(form: Form, blocks: &[Value]) -> Result<Value, AssistantError> {
    let of = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
    let text: String = of("text").filter_map(|block| block["text"].as_str()).collect();
    if form == Form::OutputConfig {
        return json::object(&text);
    }
    let mut calls = of("tool_use").map(|block| &block["input"]);
    match (calls.next(), calls.next()) {
        (Some(input), None) if input.is_object() => Ok(input.clone()),
        (Some(input), None) => Err(AssistantError::invalid("it is no JSON object", input.to_string())),
        (Some(_), Some(_)) => Err(AssistantError::invalid("the tool was called more than once", text)),
        // A gateway that knows no tools leaves words.
        (None, _) => json::object(&text),
    }
}
