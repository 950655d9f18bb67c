//! A prompt as the Messages API takes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::assistant::prompt::{Part, Prompt, Role, SystemPart, Turn};
use serde_json::{Value, json};

use super::Form;
use crate::assistant::dialect::NO_IMAGE;

/// The API takes no more marks of what may be cached.
const CACHE_MARKS: usize = 4;

pub(super) fn body(form: Form, model: &str, prompt: &Prompt, images: bool) -> Value {
    let mut body = json!({
        "model": model,
        "max_tokens": prompt.max_output_tokens,
        "stream": false,
        "system": system(&prompt.system),
        "messages": prompt.turns.iter().filter_map(|turn| message(turn, images)).collect::<Vec<_>>(),
    });
    match form {
        Form::OutputConfig => {
            body["output_config"] = json!({ "format": { "type": "json_schema", "schema": prompt.schema } });
        }
        Form::StrictTool | Form::Tool => {
            let mut tool = json!({
                "name": prompt.schema_name,
                "description": "Takes your answer. Call it exactly once; nothing else reaches anybody.",
                "input_schema": prompt.schema,
            });
            if form == Form::StrictTool {
                tool["strict"] = json!(true);
            }
            body["tools"] = json!([tool]);
            body["tool_choice"] =
                json!({ "type": "tool", "name": prompt.schema_name, "disable_parallel_tool_use": true });
        }
    }
    body
}

/// The layers, stable ones first; the last marks are the ones that count.
fn system(parts: &[SystemPart]) -> Value {
    let parts: Vec<_> = parts.iter().filter(|part| !part.text.trim().is_empty()).collect();
    let marks = parts.iter().filter(|part| part.cache).count();
    let mut passed_over = marks.saturating_sub(CACHE_MARKS);
    let mut blocks = Vec::with_capacity(parts.len());
    for part in parts {
        let mut block = json!({ "type": "text", "text": part.text });
        if part.cache && passed_over > 0 {
            passed_over -= 1;
        } else if part.cache {
            block["cache_control"] = json!({ "type": "ephemeral" });
        }
        blocks.push(block);
    }
    Value::Array(blocks)
}

/// The API takes neither empty blocks nor empty messages.
fn message(turn: &Turn, images: bool) -> Option<Value> {
    let blocks: Vec<_> = turn.parts.iter().filter_map(|part| block(part, images)).collect();
    let role = match turn.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    (!blocks.is_empty()).then(|| json!({ "role": role, "content": blocks }))
}

fn block(part: &Part, images: bool) -> Option<Value> {
    match part {
        Part::Text(text) if text.trim().is_empty() => None,
        Part::Text(text) => Some(json!({ "type": "text", "text": text })),
        Part::Image { .. } if !images => Some(json!({ "type": "text", "text": NO_IMAGE })),
        Part::Image { media_type, bytes } => Some(json!({
            "type": "image",
            "source": { "type": "base64", "media_type": media_type, "data": STANDARD.encode(bytes) },
        })),
    }
}
