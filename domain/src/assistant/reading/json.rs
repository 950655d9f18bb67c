//! Finds the JSON object in what a model wrote: bare, in a code fence, or wrapped in words.

use serde_json::{Deserializer, Map, Value};

use super::OutputFault;

/// The answer's one object. Of several none counts, and of a broken one no part: the model is asked which it means. What a
/// reasoning model thinks aloud before its answer is passed over.
///
/// # Errors
/// There is nothing, no object, a broken one, or more than one.
pub fn object(output: &str) -> Result<Value, OutputFault> {
    let output = output
        .rsplit_once("</think>")
        .map_or(output, |(_, answer)| answer)
        .trim_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    if output.is_empty() {
        return Err(OutputFault::Nothing);
    }
    let start = beginning(output).ok_or(OutputFault::NoObject)?;
    let mut values = Deserializer::from_str(&output[start..]).into_iter::<Map<String, Value>>();
    let object = match values.next() {
        Some(Ok(object)) => object,
        Some(Err(error)) => return Err(OutputFault::Broken { line: error.line(), column: error.column() }),
        None => return Err(OutputFault::NoObject),
    };
    match beginning(&output[start + values.byte_offset()..]) {
        Some(_) => Err(OutputFault::Several),
        None => Ok(Value::Object(object)),
    }
}

/// Where an object begins: a brace before a key or before its own end. Other braces are words.
fn beginning(text: &str) -> Option<usize> {
    let mut braces = text.match_indices('{').map(|(at, _)| at);
    braces.find(|at| text[at + 1..].trim_start().starts_with(['"', '}']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(output: &str) -> String {
        object(output).expect("an object")["summary"].as_str().expect("a text").to_owned()
    }

    #[test]
    fn bare_fenced_and_wrapped_objects_are_found() {
        for output in [
            r#"{"summary": "x {1}"}"#,
            "\u{feff}\n```json\n{\"summary\": \"x {1}\"}\n```\n",
            "Here it is, {as agreed}:\n{ \"summary\": \"x {1}\"}\nAnything else?",
            "<think>{\"summary\": \"a much longer draft than that\"}</think>{\"summary\": \"x {1}\"}",
        ] {
            assert_eq!(summary(output), "x {1}", "{output}");
        }
    }

    #[test]
    fn what_is_empty_or_no_object_is_a_fault() {
        for output in ["", " \n", "<think>Well.</think>"] {
            assert_eq!(object(output), Err(OutputFault::Nothing), "{output}");
        }
        for output in ["I'm sorry.", "[1, 2]", "\"text\"", "{{{{", "{as agreed}"] {
            assert_eq!(object(output), Err(OutputFault::NoObject), "{output}");
        }
    }

    #[test]
    fn no_part_of_a_broken_object_is_taken() {
        let deep = "{\"a\":".repeat(100_000);
        let inner = r#"{"step": {"text": "whole"}, oops}"#;
        for output in [r#"{"summary": "cut o"#, inner, r#"{"options": [{"label": "a"}"#, deep.as_str()] {
            assert!(matches!(object(output), Err(OutputFault::Broken { line: 1, .. })), "{output:.40}");
        }
    }

    #[test]
    fn of_several_objects_none_is_taken() {
        let output = r#"For example {"summary": ""}, so: {"summary": "x {1}"}"#;
        assert_eq!(object(output), Err(OutputFault::Several));
    }
}
