//! What speaks for a flow, and how that is told to a person.

use super::words::fold;

/// What was found for one flow.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence<'a> {
    words: Vec<(f64, &'a str)>,
    phrases: Vec<(f64, &'a str)>,
}

impl<'a> Evidence<'a> {
    /// A word of the intake that the flow has, too.
    pub(super) fn add_word(&mut self, weight: f64, word: &'a str) {
        self.words.push((weight, word));
    }

    /// A phrase of the flow that stands in the intake.
    pub(super) fn add_phrase(&mut self, weight: f64, phrase: &'a str) {
        self.phrases.push((weight, phrase));
    }
}

const MOST_QUOTES: usize = 4;
/// Words that weigh less explain nothing.
const WORTH_QUOTING: f64 = 0.15;

/// Why a flow is a candidate.
pub(super) fn in_words(
    found: &Evidence<'_>,
    semantic: Option<f64>,
    recency: Option<f64>,
    same_domain: bool,
) -> String {
    let mut parts = Vec::new();
    let quotes = quotes(found);
    if !quotes.is_empty() {
        parts.push(format!("same words: {}", quotes.join(", ")));
    }
    if semantic.is_some_and(|near| near >= 0.5) {
        parts.push("close in meaning".to_owned());
    }
    if recency.is_some_and(|lately| lately >= 0.25) {
        parts.push("helped lately".to_owned());
    }
    if same_domain {
        parts.push("same area".to_owned());
    }
    if parts.is_empty() { "little in common".to_owned() } else { parts.join("; ") }
}

fn quotes(found: &Evidence<'_>) -> Vec<String> {
    let mut quotes: Vec<(String, &str)> = Vec::new();
    for (_, quote) in heaviest(&found.phrases).into_iter().chain(heaviest(&found.words)) {
        let plain = plain(quote);
        // "lock" says nothing beside "keeps locking", nor "NO_PROPOSAL_CHOSEN" beside "no proposal chosen".
        if quotes.len() < MOST_QUOTES && !quotes.iter().any(|(known, _)| known.contains(&plain)) {
            quotes.push((plain, quote));
        }
    }
    quotes.into_iter().map(|(_, quote)| format!("'{quote}'")).collect()
}

/// Folded, with one space between words however they were joined.
fn plain(quote: &str) -> String {
    let folded = fold(quote);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn heaviest<'a>(found: &[(f64, &'a str)]) -> Vec<(f64, &'a str)> {
    let mut heaviest: Vec<_> = found.iter().copied().filter(|(weight, _)| *weight >= WORTH_QUOTING).collect();
    heaviest.sort_by(|a, b| b.0.total_cmp(&a.0));
    heaviest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_two_spellings_is_quoted_once() {
        let mut found = Evidence::default();
        found.add_phrase(1.0, "no proposal chosen");
        found.add_phrase(0.9, "NO_PROPOSAL_CHOSEN");
        found.add_word(0.5, "proposal");
        found.add_word(0.4, "Überwachung");
        found.add_word(0.3, "uberwachung");
        found.add_word(0.2, "tunnel");
        let reason = in_words(&found, None, None, false);
        assert_eq!(reason, "same words: 'no proposal chosen', 'Überwachung', 'tunnel'");
    }
}
