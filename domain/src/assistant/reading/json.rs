//! Finds the JSON object in what a model wrote: bare, in a code fence, or wrapped in words.

use serde_json::{Deserializer, Map, Value};

use super::OutputFault;

/// More opening braces are not tried: an answer in which the object comes later is no answer.
const MOST_TRIES: usize = 64;

/// The answer's object. Of several the longest counts: the others are examples or drafts. What a reasoning model thinks
/// aloud before its answer is passed over.
///
/// # Errors
/// There is nothing, or no complete object.
pub fn object(output: &str) -> Result<Value, OutputFault> {
    let output = output
        .rsplit_once("</think>")
        .map_or(output, |(_, answer)| answer)
        .trim_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    if output.is_empty() {
        return Err(OutputFault::Nothing);
    }
    let mut longest: Option<(usize, Map<String, Value>)> = None;
    let mut from = 0;
    for _ in 0..MOST_TRIES {
        let Some(brace) = output[from..].find('{') else { break };
        from += brace;
        let mut values = Deserializer::from_str(&output[from..]).into_iter::<Map<String, Value>>();
        match values.next() {
            Some(Ok(object)) => {
                let length = values.byte_offset();
                if longest.as_ref().is_none_or(|(most, _)| length > *most) {
                    longest = Some((length, object));
                }
                from += length;
            }
            _ => from += 1,
        }
    }
    longest.map(|(_, object)| Value::Object(object)).ok_or(OutputFault::NoObject)
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
            "Here it is, {as agreed}:\n{\"summary\": \"x {1}\"}\nAnything else?",
            "<think>{\"summary\": \"a much longer draft than that\"}</think>{\"summary\": \"x {1}\"}",
            r#"For example {"summary": ""}, so: {"summary": "x {1}"}"#,
        ] {
            assert_eq!(summary(output), "x {1}", "{output}");
        }
    }

    #[test]
    fn what_is_empty_cut_off_or_no_object_is_a_fault() {
        assert_eq!(object(" \n"), Err(OutputFault::Nothing));
        let deep = "{\"a\":".repeat(100_000);
        for output in ["I'm sorry.", "[1, 2]", "\"text\"", r#"{"summary": "cut o"#, "{{{{", deep.as_str()] {
            assert_eq!(object(output), Err(OutputFault::NoObject), "{output:.40}");
        }
    }
}
