//! An answer of chat completions.

use domain::assistant::port::AssistantError;
use domain::assistant::prompt::Prompt;
use domain::session::step::Tokens;
use serde_json::Value;

use super::estimate;
use crate::assistant::dialect::{Said, count};
use crate::assistant::json;

pub(super) fn read(body: &Value, prompt: &Prompt) -> Option<Said> {
    let choice = body.get("choices")?.as_array()?.first()?;
    let message = choice.get("message")?;
    let text = text(&message["content"]);
    let declined = message["refusal"].as_str().is_some_and(|words| !words.is_empty());
    let answer = match choice["finish_reason"].as_str() {
        _ if declined => Err(AssistantError::Refused),
        Some("content_filter") => Err(AssistantError::Refused),
        Some("length") => Err(AssistantError::Truncated),
        _ => json::object(&text),
    };
    let usage = body.get("usage").unwrap_or(&Value::Null);
    let (input, output) = (count(usage, "/prompt_tokens"), count(usage, "/completion_tokens"));
    // A prompt has always some tokens, an answer only if there is one.
    let estimated = input == 0 || (output == 0 && !text.is_empty());
    let input = if input == 0 { estimate::prompt(prompt) } else { input };
    let tokens = Tokens {
        input,
        output: if output == 0 { estimate::text(&text) } else { output },
        cached: count(usage, "/prompt_tokens_details/cached_tokens").min(input),
        calls: 0,
    };
    Some(Said { answer, tokens, cache_written: 0, estimated })
}

/// A text, or a list of parts with texts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}
