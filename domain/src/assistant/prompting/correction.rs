//! The one correcting retry: the same prompt, what came back, and what was wrong with it.

use super::{clip, data, limits};
use crate::assistant::prompt::{Part, Prompt, Role, Turn};

/// The prompt once more, with the answer that was refused and the fault, a sentence, named. What stood before stays as it
/// was, so that a provider's cache still holds it.
///
/// Answer and fault may quote the case file, so that both are escaped like it.
pub fn correct(prompt: &Prompt, previous_output: &str, fault: &str) -> Prompt {
    let output = data::escaped(&clip::text(previous_output.trim(), limits::REPEATED_OUTPUT));
    let told = format!(
        "Your answer was not accepted. What is wrong with it:\n{}\nAnswer again, whole and in the agreed form, with that \
         put right. One JSON object, no other text.",
        data::block("kind=\"fault\"", &clip::text(fault, limits::FAULT))
    );
    let mut corrected = prompt.clone();
    match corrected.turns.last_mut() {
        // Two turns of the user in a row, or an empty turn of the model, are more than some providers take.
        Some(last) if output.is_empty() && last.role == Role::User => last.parts.push(Part::Text(told)),
        _ => corrected.turns.extend([Turn::assistant(output), Turn::user(told)]),
    }
    corrected
}
