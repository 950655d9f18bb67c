//! Which lines of a log tell something.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Words that make a line of a log tell something.
const TELLING: [&str; 18] = [
    "error",
    "fail",
    "fatal",
    "critical",
    "warn",
    "denied",
    "refused",
    "exception",
    "timeout",
    "timed out",
    "unable",
    "cannot",
    "could not",
    "invalid",
    "not found",
    "expired",
    "fehler",
    "0x",
];

static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(TELLING)
        .expect("invariant: eighteen short words make an automaton")
});

/// Whether a line of a log tells of trouble.
pub(crate) fn tells(line: &str) -> bool {
    WORDS.is_match(line)
}
