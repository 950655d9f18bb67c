//! Finds the one JSON object in what a model wrote: bare, in a fence, or between words.

use domain::assistant::port::AssistantError;
use serde_json::{Deserializer, Map, Value};

/// Longest part of a faulty answer that is kept, in characters.
const KEPT: usize = 20_000;

/// The object in a text. Two of them, or none, are no answer.
pub(super) fn object(text: &str) -> Result<Value, AssistantError> {
    let invalid = |fault: &str| AssistantError::invalid(fault, text.chars().take(KEPT).collect::<String>());
    // Models that think aloud do so before they answer.
    let said = text.rsplit_once("</think>").map_or(text, |(_, said)| said).trim();
    if said.is_empty() {
        return Err(invalid("it is empty"));
    }
    let Some(start) = beginning(said) else { return Err(invalid("it holds no JSON object")) };
    let mut stream = Deserializer::from_str(&said[start..]).into_iter::<Map<String, Value>>();
    let found = match stream.next() {
        Some(Ok(found)) => found,
        Some(Err(error)) => {
            let place = format!("it is no JSON (line {}, column {})", error.line(), error.column());
            return Err(invalid(&place));
        }
        None => return Err(invalid("it holds no JSON object")),
    };
    if beginning(&said[start + stream.byte_offset()..]).is_some() {
        return Err(invalid("it holds more than one JSON object"));
    }
    Ok(Value::Object(found))
}

/// Where an object begins: a brace before a key or its own end. Other braces are words.
fn beginning(text: &str) -> Option<usize> {
    text.match_indices('{').map(|(at, _)| at).find(|at| text[at + 1..].trim_start().starts_with(['"', '}']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_is_found_bare_fenced_and_between_words() {
        for text in [
            r#"{"a":{"b":"}"}}"#,
            "```json\n{\"a\":{\"b\":\"}\"}}\n```",
            "```\n{ \"a\": {\"b\":\"}\"} }\n```\nAnything else?",
            "Here you are, for {whatever}: {\"a\":{\"b\":\"}\"}} I hope it helps.",
            "<think>maybe {\"a\":1}?</think>\n{\"a\":{\"b\":\"}\"}}",
        ] {
            assert_eq!(object(text), Ok(json!({ "a": { "b": "}" } })), "{text}");
        }
    }

    #[test]
    fn anything_else_is_named() {
        for (text, fault) in [
            ("", "empty"),
            (" \n", "empty"),
            ("<think>hm</think>", "empty"),
            ("I can't say.", "no JSON object"),
            ("[1, 2]", "no JSON object"),
            ("\"{\"", "no JSON object"),
            (r#"{"a": 1"#, "no JSON (line 1"),
            (r#"{"a": {"b": 1}, oops}"#, "no JSON (line 1"),
            (r#"{"a": 1} or rather {"a": 2}"#, "more than one"),
        ] {
            match object(text) {
                Err(AssistantError::Invalid { fault: named, .. }) => {
                    assert!(named.contains(fault), "{text}: {}", &*named);
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_tower_of_braces_is_refused_quickly() {
        let tower = "{\"a\":".repeat(500_000);
        assert!(object(&tower).is_err());
        assert!(object(&"{".repeat(2_000_000)).is_err());
    }
}
