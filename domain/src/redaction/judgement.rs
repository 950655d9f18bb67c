//! Decides whether what stands after a label is a secret or a remark about one.

use std::sync::LazyLock;

use regex::Regex;

use super::folding::SEALED;
use super::look_alikes::{is_expression, is_guid, is_identifier, is_masked};
use super::value::Value;
use super::vocabulary::{is_conjunction, is_function_word, is_measure, is_status, is_subject};

/// How much the words before a value prove by themselves; the less, the more the value must look like a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// The form alone proves it: a token's own prefix, a device's configuration line.
    Form,
    /// A setting or a switch: everything but masks, references and literals of a state.
    Assigned,
    /// A line of a configuration: a setting whose value is no word of a sentence.
    Configured,
    /// A label that announces several words.
    Phrase,
    /// A label and a colon, as in notes: also no sentence.
    Labelled,
    /// "The password is …": also no measure, date or adjective.
    Told,
    /// A label right before it: only what looks like a password.
    Hinted,
    /// No label, but a phrase people use ("reset it to …"): only what looks like nothing else.
    Guessed,
    /// A machine's key: long, and letters mixed with digits.
    Opaque,
}

/// Whether the value is a secret, given what led to it.
pub(super) fn is_secret(text: &str, value: &Value, proof: Proof) -> bool {
    let inside = &text[value.range.clone()];
    if is_masked(inside) {
        return false;
    }
    let after = following(text, value);
    let word = inside.to_lowercase();
    match proof {
        Proof::Form => true,
        Proof::Assigned => is_setting(inside, &word, after, value.quoted),
        Proof::Configured => {
            is_setting(inside, &word, after, value.quoted) && (value.quoted || !says_something(&word))
        }
        Proof::Phrase => !is_literal(&word) && !is_remark(&word, true) && !says_something(&word),
        Proof::Labelled => is_assigned_in_notes(inside, &word, after, value.quoted),
        Proof::Told => is_told(inside, &word, after, value.quoted),
        Proof::Hinted => is_hinted(inside, value.quoted),
        Proof::Guessed => is_password_like(inside),
        Proof::Opaque => is_opaque(inside),
    }
}

/// Letters together with digits or signs, as passwords have them and words have not.
pub(super) fn is_mixed(value: &str) -> bool {
    let has = |test: fn(char) -> bool| value.chars().any(test);
    let camel = value
        .chars()
        .zip(value.chars().skip(1))
        .any(|(left, right)| left.is_lowercase() && right.is_uppercase());
    has(char::is_numeric) || has(is_sign) || camel
}

/// The text on the same line after the value.
fn following<'a>(text: &'a str, value: &Value) -> &'a str {
    let rest = &text[value.range.end..];
    let mut end = rest.len().min(200);
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    let line = &rest[..end];
    &line[..line.find(['\n', '\r']).unwrap_or(line.len())]
}

fn is_setting(inside: &str, word: &str, after: &str, quoted: bool) -> bool {
    let plain = !quoted && (refers(inside, after) || SWITCH.is_match(inside));
    !plain && !is_literal(word) && !is_remark(word, quoted)
}

/// The next switch of a command line, where the value was left out.
static SWITCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^--?[A-Za-z]+(?:-[A-Za-z]+)*$").expect("invariant: the switch pattern compiles")
});

fn refers(inside: &str, after: &str) -> bool {
    is_expression(inside, after) || HOME_PATH.is_match(inside)
}

static HOME_PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^/(?:home|root|usr|var|opt|tmp|etc|srv|mnt|Users|app|run)(?:/[\w.-]*)*$")
        .expect("invariant: the path pattern compiles")
});

fn is_literal(word: &str) -> bool {
    matches!(
        word,
        "true"
            | "false"
            | "null"
            | "none"
            | "nil"
            | "undefined"
            | "yes"
            | "no"
            | "required"
            | "optional"
            | "string"
            | "str"
            | "str,"
            | "n/a"
            | "securestring"
            | "empty"
            | "notset"
            | "unset"
            | "expired"
            | "invalid"
            | "unchanged"
            | "ja"
            | "nein"
            | "unbekannt"
            | "unknown"
            | "missing"
            | "enabled"
            | "disabled"
            | "prompt"
            | "ask"
            | "changed"
            | "interactive"
            | "never"
            | "always"
            | "varchar"
            | "text"
            | "field"
            | "wrong"
            | "incorrect"
            | "failed"
            | "ok"
            | "os"
            | "self"
            | "input"
            | "new"
            | "await"
            | "function"
            | "nvarchar"
            | "lambda"
    )
}

/// Several words that tell about the password: hardly one among them is not of that language. A pass phrase may well hold
/// such a word ("the cat is on the mat 42"), and a remark may hold a name.
fn is_remark(word: &str, quoted: bool) -> bool {
    if !quoted || !word.contains(' ') {
        return false;
    }
    let words = words_of(word);
    let telling = words.iter().filter(|word| is_telling(word)).count();
    let next = words.iter().skip(1).copied().chain([""]);
    let foreign: usize = words.iter().zip(next).map(|(word, next)| foreignness(word, next)).sum();
    telling >= 1 && foreign * 3 <= words.len()
}

/// How much a word speaks against a remark; digits do so twice, unless they count something.
fn foreignness(word: &str, next: &str) -> usize {
    let of_remarks =
        is_telling(word) || is_status(word) || is_function_word(word) || is_measure(word) || is_subject(word);
    if of_remarks || is_number(word) && (is_measure(next) || is_subject(next)) {
        0
    } else if word.contains(char::is_numeric) {
        2
    } else {
        1
    }
}

/// Several words of which one tells about the password: enough to doubt a label that proves little.
fn may_be_remark(words: &str) -> bool {
    words_of(words).into_iter().any(is_telling)
}

fn words_of(text: &str) -> Vec<&str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Status words that hardly ever stand inside a pass phrase.
fn is_telling(word: &str) -> bool {
    matches!(
        word,
        "required"
            | "invalid"
            | "expired"
            | "incorrect"
            | "must"
            | "cannot"
            | "missing"
            | "failed"
            | "accepted"
            | "mandatory"
            | "changed"
            | "is"
            | "password"
            | "passwort"
            | "kennwort"
            | "erforderlich"
            | "ungültig"
            | "abgelaufen"
            | "muss"
            | "falsch"
            | "enter"
            | "eingeben"
            | "characters"
            | "zeichen"
            | "vergessen"
            | "forgotten"
    )
}

fn is_assigned_in_notes(inside: &str, word: &str, after: &str, quoted: bool) -> bool {
    if quoted {
        return !is_literal(word) && !is_remark(word, true) && !(is_status(word));
    }
    if refers(inside, after) || says_something(word) || is_guid(inside) || is_dated(inside) {
        return false;
    }
    if is_number(inside) {
        return inside.len() >= 4 && !is_measure(next_word(after).as_str());
    }
    if begins_pair(after) && !is_hinted(inside, false) {
        return false;
    }
    is_mixed(inside) || stands_alone(after) || is_phrase(word, after)
}

/// "bob / Secret1": the first of two is the user.
fn begins_pair(after: &str) -> bool {
    let second = after.trim_start().strip_prefix(['/', '|', ':']).map(str::trim_start);
    second
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(|word| word.starts_with(SEALED) || is_hinted(word, false))
}

fn is_told(inside: &str, word: &str, after: &str, quoted: bool) -> bool {
    if quoted {
        return is_assigned_in_notes(inside, word, after, true);
    }
    if is_number(inside) {
        return inside.len() >= 4 && !is_measure(next_word(after).as_str());
    }
    if refers(inside, after) || says_something(word) || is_dated(inside) || is_guid(inside) {
        return false;
    }
    is_mixed(inside) && (stands_alone(after) || !is_identifier(inside))
        || (stands_alone(after) || is_phrase(word, after)) && !is_adjective(word)
}

fn is_hinted(inside: &str, quoted: bool) -> bool {
    let bare = trimmed(inside);
    let letters = bare.chars().filter(|letter| letter.is_alphabetic()).count();
    let digits = bare.chars().any(char::is_numeric);
    let signs = bare.chars().any(is_sign);
    let phrase = quoted && bare.split(' ').count() >= 3 && !may_be_remark(&bare.to_lowercase());
    let looks = bare.chars().count() >= 5
        && letters >= 2
        && (digits || signs && (is_mixed_case(bare) || inside.contains('!')));
    phrase
        || looks
            && !bare.contains(' ')
            && !is_identifier(bare)
            && !is_call(bare)
            && !says_something(&bare.to_lowercase())
}

/// A word that could be nothing but a password.
pub(super) fn is_password_like(word: &str) -> bool {
    is_unmistakable(word) && !is_identifier(trimmed(word)) && !is_masked(word)
}

/// Upper and lower case, a digit and a sign, six characters and more.
fn is_unmistakable(inside: &str) -> bool {
    let has = |test: fn(char) -> bool| inside.chars().any(test);
    inside.chars().count() >= 6
        && inside.chars().count() <= 40
        && is_mixed_case(inside)
        && has(char::is_numeric)
        && has(|letter| is_sign(letter) && !matches!(letter, '<' | '>' | '|' | '~' | '='))
        && !is_call(inside)
        && !inside.contains(['=', '/', '(', '<', ':', '"'])
}

/// A key that no person chose: sixteen and more characters of an encoding, digits among letters.
fn is_opaque(inside: &str) -> bool {
    let alphabet = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'+' | b'/' | b'=' | b'_' | b'-' | b'.' | b'~' | b'%' | b'|' | b':' | b'!' | b'*'
            )
    };
    inside.len() >= 12
        && inside.bytes().all(alphabet)
        && inside.bytes().any(|byte| byte.is_ascii_digit())
        && inside.bytes().any(|byte| byte.is_ascii_alphabetic())
        && (is_hexadecimal(inside) || !is_identifier(inside))
}

fn is_hexadecimal(inside: &str) -> bool {
    inside.len() >= 16 && inside.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_sign(letter: char) -> bool {
    "!@#$%^&*+=~?§€|<>{}°£".contains(letter)
}

fn is_mixed_case(value: &str) -> bool {
    value.chars().any(char::is_lowercase) && value.chars().any(char::is_uppercase)
}

fn is_number(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// A call, or a field with a name of its own.
fn is_call(value: &str) -> bool {
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[A-Za-z_.-]+[:=].").expect("invariant: the name pattern compiles"));
    value.ends_with("()")
        || value.starts_with('[')
        || value.contains("&quot")
        || value.contains("&lt")
        || value.contains("::")
        || NAMED.is_match(value)
}

/// Dates, times, addresses of pages, paths and codes: what follows "password is" or "password:" in reports.
fn is_dated(value: &str) -> bool {
    static DATED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[T,].*)?|\d{1,2}:\d{2}.*|[a-z][a-z0-9+.-]*://.*|[a-z]:\\.*|0x[0-9a-f]+|ctrl\+.*|strg\+.*|kb\d{6,}|#\d+|b:[0-9a-f]+)$")
            .expect("invariant: the date pattern compiles")
    });
    value.len() <= 200 && DATED.is_match(value)
}

fn trimmed(value: &str) -> &str {
    value.trim_matches(['.', ',', ';', ':', '?', '!', '(', ')'])
}

/// A word of the language of passwords, or one that only joins others.
fn says_something(word: &str) -> bool {
    let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let plain = word.trim_end_matches(['.', ',', ';', ':', '?', '!', ')']);
    let whole = is_status(plain) || is_function_word(plain);
    // "required!" is a remark, "Secret!" may be a password: function words stay what they are with any sign.
    whole && (plain.len() == word.len() || is_function_word(bare) || word.len() == plain.len() + 1)
        || plain.contains('/')
            && plain.split('/').all(|part| {
                is_status(part)
                    || is_function_word(part)
                    || part.starts_with("user")
                    || part.starts_with("pass")
            })
        || plain.contains('\'') && is_status(plain)
        || plain.contains('-')
            && plain.split('-').next().is_some_and(|part| {
                is_status(part) || is_function_word(part) || matches!(part, "self" | "auto" | "multi" | "pre")
            })
            && plain.chars().all(|letter| letter.is_alphabetic() || letter == '-')
}

/// Words formed like states ("synchronised", "changeable", "zurückgesetzt").
fn is_adjective(word: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "ed", "ing", "ly", "able", "ible", "ive", "ous", "ful", "less", "ical", "iert", "lich", "isch",
        "bar", "los", "gesetzt", "gelaufen", "ated",
    ];
    word.chars().count() >= 5
        && word.chars().all(|letter| letter.is_alphabetic() || letter == '-')
        && ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// Whether the sentence ends after the value, or another one begins.
fn stands_alone(after: &str) -> bool {
    let rest = after.trim_start();
    let Some(first) = rest.chars().next() else { return true };
    if !first.is_alphanumeric() {
        return true;
    }
    let word = next_word(after);
    is_conjunction(&word) || rest.split_whitespace().next().is_some_and(|token| token.contains([':', '=']))
}

/// Three to eight plain words that make no sentence: a pass phrase written without quotes.
fn is_phrase(word: &str, after: &str) -> bool {
    let plain = |word: &str| {
        word.chars().all(char::is_lowercase)
            && word.chars().count() >= 3
            && !is_status(word)
            && !is_function_word(word)
    };
    let mut words = after.trim_end_matches(['.', ' ', '\t']).split_whitespace();
    let others = words.clone().count();
    plain(word) && (2..=7).contains(&others) && words.all(plain)
}

fn next_word(after: &str) -> String {
    after
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_matches(|letter: char| !letter.is_alphanumeric())
        .to_lowercase()
}
