//! Puts pasted text into Markdown so that it stays text, whatever renders it.
//!
//! - What can't be seen or changes the reading order is dropped; every kind of line break counts as one.
//! - Markdown's own characters get a backslash, `<` and `&` become entities, because not every renderer knows `\<`.
//! - What a renderer might turn into a link by itself (URLs, host names, e-mail addresses, mentions) becomes a code span:
//!   many renderers look for links after they have undone the escapes, and code is the one place where none looks.
//! - Text never stands in a table, and scripts in a fence that is longer than any run of backticks in them.

use crate::input::is_unseen;

/// The text on one line.
pub(super) fn one_line(text: &str) -> String {
    lines(text).join(" ")
}

/// The text with its line breaks kept; the lines after the first are indented, to stay within a list item.
pub(super) fn paragraph(text: &str, indent: usize) -> String {
    lines(text).join(&format!("\\\n{:indent$}", ""))
}

/// A script as a code block. What could deceive its reader is made visible rather than dropped.
pub(super) fn code_block(language: &str, text: &str) -> String {
    let text: String = unified_breaks(text)
        .chars()
        .map(|it| if is_unseen(it) { format!("<U+{:04X}>", u32::from(it)) } else { it.to_string() })
        .collect();
    let fence = "`".repeat(longest_run(&text, '`').max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

fn lines(text: &str) -> Vec<String> {
    let seen: String = unified_breaks(text).chars().filter(|it| !is_unseen(*it)).collect();
    seen.lines().map(line).filter(|line| !line.is_empty()).collect()
}

fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(word).collect();
    without_block_start(words.join(" "))
}

fn word(word: &str) -> String {
    if !may_become_link(word) {
        return escaped(word);
    }
    let start = word.trim_start_matches(['(', '[', '{', '<', '"', '\'', '„', '“', '‚', '‘', '«']);
    let core = start.trim_end_matches([
        ')', ']', '}', '>', '"', '\'', '“', '”', '‘', '’', '»', '.', ',', ';', ':', '!', '?',
    ]);
    let before = &word[..word.len() - start.len()];
    let after = &start[core.len()..];
    // A backtick would end the code span.
    format!("{}`{}`{}", escaped(before), core.replace('`', "'"), escaped(after))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for it in text.chars() {
        match it {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '#' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(it);
            }
            _ => out.push(it),
        }
    }
    out
}

/// At the start of a line these would begin a list, a quotation, an underlined heading or a definition.
fn without_block_start(mut line: String) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if line[digits..].starts_with(if digits > 0 { ['.', ')'].as_slice() } else { &['-', '+', '=', '>', ':'] })
    {
        line.insert(digits, '\\');
    }
    line
}

/// Whether some renderer might make a link of it: a scheme or `//`, an `@`, an IPv4 address, or a dot before two or
/// more letters or digits that begin with a letter.
fn may_become_link(word: &str) -> bool {
    word.contains("//") || word.contains('@') || has_host_name(word) || has_address(word)
}

fn has_host_name(word: &str) -> bool {
    word.match_indices('.').any(|(at, _)| {
        let label: Vec<_> =
            word[at + 1..].chars().take_while(|it| it.is_alphanumeric() || *it == '-').take(2).collect();
        word[..at].ends_with(|it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '*'))
            && matches!(label.as_slice(), [first, _] if first.is_alphabetic())
    })
}

fn has_address(word: &str) -> bool {
    let bytes = word.as_bytes();
    let dots =
        bytes.windows(3).filter(|it| it[1] == b'.' && it[0].is_ascii_digit() && it[2].is_ascii_digit());
    dots.count() >= 3
}

/// Line and paragraph separators, form feeds, next-line and lone carriage returns are line breaks.
fn unified_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|it| it != of).map(str::len).max().unwrap_or(0)
}
