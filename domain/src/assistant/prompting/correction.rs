//! The one correcting retry: the same prompt, what came back, and what was wrong with it.

use super::{clip, data, limits};
use crate::assistant::prompt::{Prompt, Turn};

/// The prompt once more, with the answer that was refused and the fault, a sentence, named. The prefix is the same, so that
/// a provider's cache still holds it.
pub fn correct(prompt: &Prompt, previous_output: &str, fault: &str) -> Prompt {
    let output = previous_output.trim();
    // An empty turn is refused by providers. The output may quote the data, so that it is escaped like it.
    let output = if output.is_empty() {
        "(no answer)".to_owned()
    } else {
        data::escaped(&clip::text(output, limits::REPEATED_OUTPUT))
    };
    let mut corrected = prompt.clone();
    corrected.turns.push(Turn::assistant(output));
    corrected.turns.push(Turn::user(format!(
        "Your answer could not be used. What was wrong with it:\n{}\nAnswer again, whole and in the agreed form, with that \
         put right and nothing else changed. One JSON object, no other text.",
        data::block("kind=\"fault\"", fault)
    )));
    corrected
}
