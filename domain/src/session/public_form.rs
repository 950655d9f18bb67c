//! What of an event's payload may be shown, and to whom (rule 11.5).

use serde_json::Value;

use crate::personal::PERSONAL_MARK;

/// Fields that only analysts, owners and super admins see, in whatever aggregate they stand.
const PRIVATE: [&str; 8] =
    ["reasoning", "prompt", "prompts", "prompt_hash", "raw", "raw_output", "provider_output", "candidates"];

/// The stored type of the event that names a secret in order to hide it.
const CONTENT_REDACTED: &str = "session.content_redacted";

/// The payload as everybody may see it who may see the event: without reasoning, prompts, raw provider output and match
/// candidates, personal content plain.
pub fn public_payload(event_type: &str, payload: Value) -> Value {
    shown(event_type, payload, &PRIVATE)
}

/// The payload in full, personal content plain. Only a secret that was found late stays hidden: nobody reads it again.
pub fn full_payload(payload: Value) -> Value {
    let event_type = payload.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    shown(&event_type, payload, &[])
}

fn shown(event_type: &str, mut payload: Value, without: &[&str]) -> Value {
    if event_type == CONTENT_REDACTED
        && let Some(fields) = payload.as_object_mut()
        && fields.contains_key("text")
    {
        let placeholder = fields.get("placeholder").cloned().unwrap_or_default();
        fields.insert("text".to_owned(), placeholder);
    }
    plain(payload, without)
}

/// Takes the marks of personal content off, and these fields out. What is inside a mark is content, not structure: it
/// stays as it is.
fn plain(value: Value, without: &[&str]) -> Value {
    match value {
        Value::Object(mut fields) => {
            if fields.len() == 1
                && let Some(content) = fields.remove(PERSONAL_MARK)
            {
                return content;
            }
            let kept = fields.into_iter().filter(|(name, _)| !without.contains(&name.as_str()));
            Value::Object(kept.map(|(name, field)| (name, plain(field, without))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| plain(item, without)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests;
