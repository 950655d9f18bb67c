//! Reads the value that follows a label: where it starts, where it ends, and whether quotes held it together.

use std::cell::LazyCell;
use std::ops::Range;

use super::folding::SEALED;
use super::rule::may_be_of_token;

/// How far back the opening quote around an unquoted value is looked for, and how long an unclosed quote may run on.
const REACH: usize = 1024;
/// So many backslashes may stand before a quote: six programs, one in the other, that each escape what they are given.
const DEEPEST: usize = 64;

/// A value as it stands in the text, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) quoted: bool,
}

/// The value at a position: a quoted one with everything inside, else one word.
pub(super) fn read_value(text: &str, at: usize) -> Value {
    read_quoted(text, at).unwrap_or_else(|| read_word(text, at))
}

/// The rest of the line, trimmed; a quoted value alone if there is one.
pub(super) fn read_line(text: &str, at: usize) -> Value {
    read_until(text, at, |character| matches!(character, '\n' | '\r' | '<'))
}

/// A value inside a connection string: up to the semicolon, blanks included.
pub(super) fn read_field(text: &str, at: usize) -> Value {
    read_until(text, at, |character| matches!(character, '\n' | '\r' | '<' | ';'))
}

/// One argument of a command line: quoted, or up to the next blank.
pub(super) fn read_argument(text: &str, at: usize) -> Value {
    read_until(text, at, char::is_whitespace)
}

fn read_until(text: &str, at: usize, ends: impl Fn(char) -> bool) -> Value {
    read_quoted(text, at).unwrap_or_else(|| {
        let enclosing = LazyCell::new(|| enclosing_quote(text, at));
        let end = text[at..]
            .char_indices()
            .find(|&(offset, character)| {
                ends(character)
                    || character == SEALED
                    || may_close(character) && closes(text, at + offset, character, *enclosing)
            })
            .map_or(text.len(), |(offset, _)| at + offset);
        Value { range: at..at + text[at..end].trim_end().len(), quoted: false }
    })
}

/// One parameter of a URL or a form body.
pub(super) fn read_parameter(text: &str, at: usize) -> Value {
    let end = text[at..]
        .find(|character: char| {
            character.is_whitespace()
                || matches!(character, '&' | '#' | '"' | '\'' | '<' | '>' | '`' | '\\' | SEALED)
        })
        .map_or(text.len(), |offset| at + offset);
    let end = at + text[at..end].trim_end_matches(['.', ',', ';', ')', ']']).len();
    Value { range: at..end, quoted: false }
}

fn read_quoted(text: &str, at: usize) -> Option<Value> {
    let rest = &text[at..];
    for (opening, closing) in [
        ("&quot;", "&quot;"),
        ("&#34;", "&#34;"),
        ("&apos;", "&apos;"),
        ("&#39;", "&#39;"),
        ("%22", "%22"),
        ("\\u0022", "\\u0022"),
        ("@'", "'"),
        ("@\"", "\""),
    ] {
        if let Some(inside) = rest.strip_prefix(opening) {
            let length = limited(inside).find(closing)?;
            let start = at + opening.len();
            return Some(Value { range: start..start + length, quoted: true });
        }
    }
    let escapes = rest.bytes().take_while(|byte| *byte == b'\\').count();
    let quote = rest[escapes..].chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let start = at + escapes + 1;
    let length = closing_quote(limited(&text[start..]), quote, escapes)?;
    Some(Value { range: start..start + length, quoted: true })
}

/// What an opened quote may span: its line, and no more than a long value needs, but for the end of a longer token.
fn limited(inside: &str) -> &str {
    let mut end = inside.len().min(16 * REACH);
    end += inside.as_bytes()[end..].iter().take_while(|byte| may_be_of_token(**byte)).count();
    while !inside.is_char_boundary(end) {
        end -= 1;
    }
    let line = inside[..end].find('\n').unwrap_or(end);
    &inside[..line]
}

/// Where the quote that opened with so many backslashes before it is closed.
fn closing_quote(inside: &str, quote: char, escapes: usize) -> Option<usize> {
    let bytes = inside.as_bytes();
    let mut search = 0;
    while let Some(offset) = inside[search..].find(quote) {
        let at = search + offset;
        let before = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        let doubled = escapes == 0
            && quote != '`'
            && at > 0
            && bytes.get(at + 1) == Some(&(quote as u8))
            && before == 0;
        if doubled {
            search = at + 2;
        } else if escapes == 0 && (before % 2 == 0 || quote != '"' || ends_here(bytes.get(at + 1))) {
            return Some(at);
        } else if escapes > 0 && before <= escapes {
            return Some(at - before);
        } else {
            search = at + 1;
        }
    }
    None
}

/// A quote behind a backslash closes a Windows path (`"C:\"`) when nothing of a value can follow it.
fn ends_here(next: Option<&u8>) -> bool {
    matches!(next, None | Some(b'\r' | b';'))
}

fn read_word(text: &str, at: usize) -> Value {
    let enclosing = LazyCell::new(|| enclosing_quote(text, at));
    let mut end = text.len();
    for (offset, character) in text[at..].char_indices() {
        let here = at + offset;
        let closed = || may_close(character) && closes(text, here, character, *enclosing);
        if character.is_whitespace() || character == SEALED || closed() {
            end = here;
            break;
        }
        let rest = &text[here + character.len_utf8()..];
        let separates = match character {
            '&' => begins_entity(rest) || begins_assignment(rest),
            ';' | ',' | '|' => ends_or_blank(rest) || begins_assignment(rest),
            '<' => {
                rest.starts_with(|next: char| next == '/' || next.is_ascii_alphabetic()) && offset > 0
                    || rest.starts_with('/')
            }
            _ => false,
        };
        if separates {
            end = here;
            break;
        }
    }
    Value { range: at..trim_punctuation(text, at, end), quoted: false }
}

fn ends_or_blank(rest: &str) -> bool {
    rest.chars().next().is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '\'' | '\\'))
}

fn begins_entity(rest: &str) -> bool {
    ["amp;", "quot;", "apos;", "lt;", "gt;", "#"].iter().any(|entity| rest.starts_with(entity))
}

/// Whether `name=` or `"name":` comes next, as after a separator between fields.
fn begins_assignment(rest: &str) -> bool {
    let name = rest.trim_start_matches([' ', '"', '\'', '\\']);
    let length = name
        .bytes()
        .take(40)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' '))
        .count();
    length > 0 && name[length..].trim_start_matches(['"', '\'', '\\']).starts_with(['=', ':'])
}

/// Punctuation of the sentence around a word is not part of it; brackets count when they opened outside.
fn trim_punctuation(text: &str, start: usize, mut end: usize) -> usize {
    let [round, square, curly, pointed] = ['(', '[', '{', '<'].map(|opens| text[start..end].contains(opens));
    while let Some(last) = text[start..end].chars().last() {
        let word = &text[start..end - last.len_utf8()];
        let belongs_outside = match last {
            '.' | ',' | ';' | ':' | '?' => true,
            ')' => !round,
            ']' => !square,
            '}' => !curly,
            '>' => !pointed,
            '"' | '\'' | '`' => !word.contains(last),
            '*' => {
                word.ends_with('*') && text[..start].ends_with("**") && word.trim_end_matches('*').len() > 1
            }
            _ => false,
        };
        if !belongs_outside {
            break;
        }
        end -= last.len_utf8();
        if last == '*' {
            return start + text[start..end].trim_end_matches('*').len();
        }
    }
    end
}

/// The quote that the line opened before a position and has not closed yet, with the backslashes before it.
fn enclosing_quote(text: &str, at: usize) -> Option<(char, usize)> {
    let mut from = at.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let line = &text[from..at];
    let line = &line[line.rfind('\n').map_or(0, |newline| newline + 1)..];
    let mut open: Option<(char, usize)> = None;
    let mut escapes = 0;
    let mut previous = ' ';
    for character in line.chars() {
        match (character, open) {
            ('\\', _) => escapes += 1,
            ('"' | '\'' | '`', Some((quote, depth))) if quote == character && escapes <= depth => {
                open = None;
                escapes = 0;
            }
            ('"', None) => {
                open = Some((character, escapes));
                escapes = 0;
            }
            // An apostrophe inside a word opens nothing.
            ('\'' | '`', None) if !previous.is_alphanumeric() => {
                open = Some((character, escapes));
                escapes = 0;
            }
            _ => escapes = 0,
        }
        previous = character;
    }
    open
}

/// Only these can end a quotation, so the quote around a value is looked for when one of them comes: most never do.
fn may_close(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '\\')
}

/// Whether the quote around a value ends at a position, or its line does, written as an escape.
fn closes(text: &str, here: usize, character: char, enclosing: Option<(char, usize)>) -> bool {
    let Some((quote, depth)) = enclosing else { return false };
    if character == quote {
        return true;
    }
    if character != '\\' {
        return false;
    }
    let rest = &text[here..];
    let run = rest.bytes().take(DEEPEST).take_while(|byte| *byte == b'\\').count();
    match rest[run..].chars().next() {
        Some(next) if next == quote => run <= depth.max(1) || depth > 0,
        Some('n' | 'r' | 't') => run == depth + 1 && quote == '"',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_after<'a>(text: &'a str, lead: &str) -> &'a str {
        let at = text.find(lead).unwrap() + lead.len();
        &text[read_value(text, at).range]
    }

    #[test]
    fn quotes_hold_a_value_together() {
        assert_eq!(value_after(r#"p="a b; c" d"#, "p="), "a b; c");
        assert_eq!(value_after(r#"p="a\"b" d"#, "p="), r#"a\"b"#);
        assert_eq!(value_after("p='it''s' d", "p="), "it''s");
        assert_eq!(value_after(r#"{\"p\":\"a b\",\"q\":1}"#, r#"\":"#), "a b");
        assert_eq!(value_after("p=&quot;a b&quot;", "p="), "a b");
    }

    #[test]
    fn a_word_ends_where_its_surroundings_go_on() {
        assert_eq!(value_after("p=a;b;q=1", "p="), "a;b");
        assert_eq!(value_after("p=a&b&q=1", "p="), "a&b");
        assert_eq!(value_after("(p=ab).", "p="), "ab");
        assert_eq!(value_after("<x>p=ab</x>", "p="), "ab");
        assert_eq!(value_after("\"p=ab\\ncd\"", "p="), "ab");
        assert_eq!(value_after("p: **Foo!**", "**"), "Foo!");
    }
}
