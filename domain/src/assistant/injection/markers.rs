//! Closing tags of prompt sections that nothing opened.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

static TAGS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)<(?<closing>/?)\s*(?<name>data|team-context|flow|script-templates|candidate|system|instructions?|prompt|user|assistant|human|ticket|document|context|case[-_]file|untrusted[-_\w]*)\b[^<>]{0,200}?(?<empty>/?)>",
    )
    .expect("invariant: the pattern is a constant that tests compile")
});

/// How many such tags close what was never opened. Honest XML, as in Windows events, opens what it closes.
pub(super) fn stray(text: &str) -> usize {
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut stray = 0;
    for tag in TAGS.captures_iter(text) {
        let depth = open.entry(tag["name"].to_lowercase()).or_default();
        match (&tag["closing"], &tag["empty"]) {
            ("/", _) if *depth == 0 => stray += 1,
            ("/", _) => *depth -= 1,
            (_, "/") => {}
            _ => *depth += 1,
        }
    }
    stray
}
