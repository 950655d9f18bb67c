//! The attempts in `attacks`: words that are written to steer a model, one a file, named after their kind. Unseen characters
//! are written as `\u{202E}` there, so that a reader of the files sees them.

use std::fs;
use std::path::PathBuf;

use regex::Regex;

/// An attempt.
pub(crate) struct Attempt {
    /// What is tried, as flags name it.
    pub(crate) kind: String,
    /// The file's name.
    pub(crate) name: String,
    /// What is written.
    pub(crate) words: String,
}

/// Where they are, seen from any crate of the workspace.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/prompts")
}

/// With `\u{…}` as the character that it names.
pub(crate) fn unescaped(text: &str) -> String {
    let escape = Regex::new(r"\\u\{([0-9A-F]+)\}").unwrap();
    let named = |found: &regex::Captures<'_>| {
        char::from_u32(u32::from_str_radix(&found[1], 16).unwrap()).unwrap().to_string()
    };
    escape.replace_all(text, named).into_owned()
}

/// All of them, in the order of their names.
pub(crate) fn attempts() -> Vec<Attempt> {
    let mut attempts: Vec<_> = fs::read_dir(folder().join("attacks"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let kind = name.split_once("--").unwrap().0.to_owned();
            Attempt { kind, name, words: unescaped(&fs::read_to_string(&path).unwrap()) }
        })
        .collect();
    attempts.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(attempts.len() >= 25, "{} attempts", attempts.len());
    attempts
}
