//! Tokens, counted by ourselves where an endpoint doesn't: a token for every four characters, four for every message, and a
//! thousand for an image. English text comes within a fifth of that, others are underestimated; it is for the usage figures,
//! no bill is made from it.

use domain::assistant::prompt::{Part, Prompt};

const CHARACTERS: u64 = 4;
const MESSAGE: u64 = 4;
const IMAGE: u64 = 1_000;

/// Of a text.
pub(super) fn text(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(CHARACTERS)
}

/// Of a prompt with its schema.
pub(super) fn prompt(prompt: &Prompt) -> u64 {
    let system: u64 = prompt.system.iter().map(|part| text(&part.text)).sum();
    let turns: u64 = prompt.turns.iter().map(|turn| MESSAGE + turn.parts.iter().map(part).sum::<u64>()).sum();
    MESSAGE + system + turns + text(&prompt.schema.to_string())
}

fn part(part: &Part) -> u64 {
    match part {
        Part::Text(words) => text(words),
        Part::Image { .. } => IMAGE,
    }
}
