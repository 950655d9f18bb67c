//! A prompt as chat completions take it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::assistant::prompt::{Part, Prompt, Role, Turn};
use serde_json::{Value, json};

use super::{Form, Limit, Structure};
use crate::assistant::dialect::NO_IMAGE;

pub(super) fn body(form: Form, model: &str, prompt: &Prompt, images: bool) -> Value {
    let mut messages = Vec::with_capacity(prompt.turns.len() + 1);
    let system = system(form, prompt);
    if !system.is_empty() {
        messages.push(json!({ "role": "system", "content": system }));
    }
    messages.extend(prompt.turns.iter().map(|turn| message(turn, images)));
    let mut body = json!({ "model": model, "messages": messages, "stream": false });
    let limit = match form.limit {
        Limit::MaxTokens => "max_tokens",
        Limit::MaxCompletionTokens => "max_completion_tokens",
    };
    body[limit] = json!(prompt.max_output_tokens);
    match form.structure {
        Structure::JsonSchema => {
            body["response_format"] = json!({
                "type": "json_schema",
                "json_schema": { "name": prompt.schema_name, "schema": prompt.schema, "strict": true },
            });
        }
        Structure::JsonObject => body["response_format"] = json!({ "type": "json_object" }),
        Structure::Plain => {}
    }
    body
}

/// One system message: the templates of many local models take no second one. The schema is told where nothing else tells it.
fn system(form: Form, prompt: &Prompt) -> String {
    let layers = prompt.system.iter().map(|part| part.text.as_str()).filter(|text| !text.trim().is_empty());
    let mut text = layers.collect::<Vec<_>>().join("\n\n");
    if form.structure != Structure::JsonSchema {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str("Answer with one JSON object that keeps this JSON schema, and with nothing else:\n");
        text.push_str(&prompt.schema.to_string());
    }
    text
}

/// Plain text where there is nothing but text: not every server takes a list of parts.
fn message(turn: &Turn, images: bool) -> Value {
    let role = match turn.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let shows = images && turn.parts.iter().any(|part| matches!(part, Part::Image { .. }));
    let content = if shows {
        turn.parts.iter().map(part).collect()
    } else {
        let words = turn.parts.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Image { .. } => NO_IMAGE,
        });
        Value::String(words.collect::<Vec<_>>().join("\n\n"))
    };
    json!({ "role": role, "content": content })
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({ "type": "text", "text": text }),
        Part::Image { media_type, bytes } => json!({
            "type": "image_url",
            "image_url": { "url": format!("data:{media_type};base64,{}", STANDARD.encode(bytes)) },
        }),
    }
}
