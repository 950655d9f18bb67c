//! Rules for private keys: PEM and PGP blocks and `PuTTY` files, whole, cut off at either end, or squeezed into one line.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::judgement::Proof::Form;
use super::kind::SecretKind::PrivateKey;
use super::rule::Reading::Block;
use super::rule::Rule;

/// No key is longer; a block without an end is read no further.
const LONGEST: usize = 32 * 1024;

/// The rules of this table.
pub(super) fn rules() -> Vec<Rule> {
    const PEM: &[&str] = &["private key", "static key", "private-key", "pgp private"];
    vec![
        Rule {
            kind: PrivateKey,
            triggers: PEM,
            lead: r"-{2,5} ?BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|Static key)(?: BLOCK| V1)?(?: ?-{2,5})?",
            reading: Block(from_begin),
            proof: Form,
        },
        Rule {
            kind: PrivateKey,
            triggers: PEM,
            lead: r"-{2,5} ?END [A-Z0-9 ]{0,40}(?:PRIVATE KEY|Static key)(?: BLOCK| V1)?(?: ?-{2,5})?",
            reading: Block(up_to_end),
            proof: Form,
        },
        Rule {
            kind: PrivateKey,
            triggers: &["private-lines"],
            lead: r"\bPrivate-Lines:[ \t]*\d+",
            reading: Block(putty),
            proof: Form,
        },
        Rule {
            kind: PrivateKey,
            triggers: &["private-mac"],
            lead: r"\bPrivate-(?:MAC|Hash):[ \t]*",
            reading: Block(rest_of_line),
            proof: Form,
        },
        Rule {
            kind: PrivateKey,
            triggers: &["<privatekey", "<rsakeyvalue", "<d>"],
            lead: r"<(?:D|P|Q|DP|DQ|InverseQ)>",
            reading: Block(xml_number),
            proof: Form,
        },
    ]
}

/// From BEGIN to END, or as far as lines look like a key's.
fn from_begin(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    static END: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)-{2,5} ?END [A-Z0-9 ]{0,40}(?:PRIVATE KEY|Static key)(?: BLOCK| V1)?(?: ?-{1,5})?|-{2,5} ?BEGIN ")
            .expect("invariant: the end pattern compiles")
    });
    let rest = reach(text, lead.end);
    if let Some(end) = END.find(rest).filter(|end| !end.as_str().to_uppercase().contains("BEGIN")) {
        let block = lead.start..lead.end + end.end();
        return vec![block];
    }
    let block = lead.start..lead.end + key_body(rest);
    vec![block]
}

/// A block whose beginning is missing: the lines before END that look like a key's.
fn up_to_end(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    let mut from = lead.start.saturating_sub(LONGEST);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = &text[from..lead.start];
    // With a BEGIN before it, the block is found from there.
    let opened = before.rfind("BEGIN ").is_some_and(|begin| !before[begin..].contains("END "));
    if opened {
        return Vec::new();
    }
    let mut start = lead.start;
    for line in before.trim_end().rsplit('\n') {
        let plain = line.trim().trim_start_matches("> ").trim_matches('"');
        if plain.len() < 16 || !plain.split("\\n").all(|part| part.bytes().all(is_base64)) {
            break;
        }
        start = line.as_ptr() as usize - text.as_ptr() as usize;
    }
    if start < lead.start { at_least(1, start..lead.end) } else { Vec::new() }
}

fn putty(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    let rest = reach(text, lead.end);
    let length = key_body(rest);
    let start = lead.end + (rest.len() - rest.trim_start().len()).min(length);
    at_least(1, start..lead.end + length)
}

fn rest_of_line(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    let length = text[lead.end..].bytes().take_while(u8::is_ascii_hexdigit).count();
    at_least(16, lead.end..lead.end + length)
}

fn xml_number(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    let length = text[lead.end..].bytes().take_while(|byte| is_base64(*byte)).count();
    at_least(32, lead.end..lead.end + length)
}

fn at_least(length: usize, range: Range<usize>) -> Vec<Range<usize>> {
    if range.len() >= length { vec![range] } else { Vec::new() }
}

/// How many bytes still belong to the key: Base64 lines, the headers of an encrypted key, escaped line ends.
fn key_body(rest: &str) -> usize {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:Proc-Type|DEK-Info|Comment|Version|Hash|Charset):|^-+$|^#")
            .expect("invariant: the header pattern compiles")
    });
    let mut length = 0;
    let mut any = false;
    for line in rest.split_inclusive('\n') {
        let plain = line.trim().trim_start_matches(['>', '|', ' ']);
        if plain.is_empty() || HEADER.is_match(plain) {
            length += line.len();
            continue;
        }
        let body = plain.bytes().take_while(|byte| is_base64(*byte) || matches!(byte, b'\\' | b' ')).count();
        let words = plain[..body].split([' ', '\\']).filter(|word| !word.is_empty());
        let dense = plain[..body].len() >= 16 && words.clone().count() <= 1 + body / 16
            || any && words.clone().count() == 1 && body == plain.len();
        if !dense {
            break;
        }
        any = true;
        if body < plain.len() {
            let begin = line.len() - line.trim_start().len();
            let lead = line.trim().len() - plain.len();
            length += begin + lead + body;
            return length;
        }
        length += line.len();
    }
    if any { rest[..length].trim_end().len() } else { 0 }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

fn reach(text: &str, from: usize) -> &str {
    let mut to = (from + LONGEST).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    &text[from..to]
}
