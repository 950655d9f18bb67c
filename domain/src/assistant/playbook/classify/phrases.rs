//! Finding many phrases in a text at once, at the borders of words.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;

use crate::matching::words::fold;

/// Phrases, each with what it stands for. `*` at an end lets a word go on there: "druck*", "*drucker".
pub(super) struct Phrases<T> {
    search: AhoCorasick,
    meanings: Vec<T>,
}

impl<T: Copy> Phrases<T> {
    /// From groups of phrases, divided by `|`.
    pub(super) fn new(groups: &[(T, &str)]) -> Self {
        let mut patterns = Vec::new();
        let mut meanings = Vec::new();
        for (meaning, phrases) in groups {
            for phrase in phrases.split('|').map(str::trim).filter(|phrase| !phrase.is_empty()) {
                let begin = if phrase.starts_with('*') { "" } else { " " };
                let end = if phrase.ends_with('*') { "" } else { " " };
                patterns.push(format!("{begin}{}{end}", spaced(phrase).trim()));
                meanings.push(*meaning);
            }
        }
        let search =
            AhoCorasick::new(&patterns).expect("invariant: a few hundred short phrases can be searched for");
        Self { search, meanings }
    }

    /// The meaning of every phrase found, each phrase once.
    pub(super) fn found(&self, text: &str) -> Vec<T> {
        let text = spaced(text);
        let found: HashSet<usize> =
            self.search.find_overlapping_iter(&text).map(|found| found.pattern().as_usize()).collect();
        let mut found: Vec<usize> = found.into_iter().collect();
        found.sort_unstable();
        found.into_iter().map(|pattern| self.meanings[pattern]).collect()
    }
}

/// Folded, with one space around every word. A point stays within numbers.
fn spaced(text: &str) -> String {
    let folded = fold(text);
    let mut spaced = String::with_capacity(folded.len() + 2);
    spaced.push(' ');
    let mut letters = folded.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let in_number =
            letter == '.' && before.is_ascii_digit() && letters.peek().is_some_and(char::is_ascii_digit);
        // "can't" is one word without its mark.
        if letter == '\'' || letter == '’' {
            continue;
        }
        if letter.is_alphanumeric() || in_number {
            spaced.push(letter);
        } else if !spaced.ends_with(' ') {
            spaced.push(' ');
        }
        before = letter;
    }
    if !spaced.ends_with(' ') {
        spaced.push(' ');
    }
    spaced
}
