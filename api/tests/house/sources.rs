//! How source files look: not too long, named after what they hold, introduced by a sentence.

use crate::workspace::sources;

/// A file longer than this holds more than one idea.
const MOST_LINES: usize = 600;

/// Names that say nothing of what is inside, and the other way to write a module.
const SAYS_NOTHING: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "services", "manager", "models", "types", "core", "misc",
    "mod",
];

#[test]
fn no_file_is_longer_than_a_reader_s_patience() {
    for source in sources("") {
        let lines = source.text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines: split it by what it is about", source.path);
    }
}

#[test]
fn files_and_folders_are_named_after_what_they_hold() {
    for source in sources("") {
        for name in source.path.trim_end_matches(".rs").split('/') {
            assert!(!SAYS_NOTHING.contains(&name), "{}: {name:?} says nothing of what it holds", source.path);
        }
    }
}

#[test]
fn every_module_opens_with_a_sentence_on_what_it_is() {
    for source in sources("") {
        let own_words = source.text.starts_with("//! ") || source.path.ends_with("/tests.rs");
        assert!(own_words, "{} opens without a //! sentence", source.path);
    }
}
