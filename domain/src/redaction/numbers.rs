//! Rules for secrets that are nothing but digits: `BitLocker` recovery keys and card numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::judgement::Proof::Form;
use super::kind::SecretKind::{CardNumber, RecoveryKey};
use super::rule::Reading::Block;
use super::rule::Rule;

/// The rules of this table. No word goes before such numbers, so these rules read the whole text.
pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule {
            kind: RecoveryKey,
            triggers: &[],
            lead: r"\d{6}(?:[ \t]*-[ \t]*\r?\n?[ \t]*\d{6}){6,7}|\d{6}(?:[ \t]+\d{6}){7}|\d{6}(?:\r?\n\d{6}){7}",
            reading: Block(recovery_key),
            proof: Form,
        },
        Rule {
            kind: CardNumber,
            triggers: &[],
            lead: r"[2-6]\d{3}(?:[ .-]?\d{4}){3}(?:[ .-]?\d{3})?|3[47]\d{2}[ .-]?\d{6}[ .-]?\d{5}|3(?:0[0-5]|[689]\d)\d[ .-]?\d{6}[ .-]?\d{4}|[56]\d{16,17}",
            reading: Block(card_number),
            proof: Form,
        },
    ]
}

fn recovery_key(text: &str, found: Range<usize>) -> Vec<Range<usize>> {
    if joins(text, &found) { Vec::new() } else { vec![found] }
}

/// A number of an issuer's range that passes Luhn's check and is not named as something else.
fn card_number(text: &str, found: Range<usize>) -> Vec<Range<usize>> {
    let digits: Vec<u32> = text[found.clone()].chars().filter_map(|letter| letter.to_digit(10)).collect();
    if joins(text, &found)
        || !is_issued(&digits)
        || !passes_luhn(&digits)
        || is_named_otherwise(text, found.start)
    {
        return Vec::new();
    }
    vec![found]
}

/// Whether the digits go on to the left or right, as in a longer number, an identifier or a decimal.
fn joins(text: &str, found: &Range<usize>) -> bool {
    let mut before = text[..found.start].chars().rev();
    let mut after = text[found.end..].chars();
    let (left, further_left) = (before.next(), before.next());
    let (right, further_right) = (after.next(), after.next());
    let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let link = |letter: Option<char>| {
        letter.is_some_and(|letter| matches!(letter, '-' | '.' | ':' | '/' | '+' | ','))
    };
    part(left)
        || part(right)
        || left == Some('+')
        || link(left) && part(further_left) && digit(further_left)
        || link(right) && digit(further_right)
}

fn is_issued(digits: &[u32]) -> bool {
    let prefix = |length: usize| digits.iter().take(length).fold(0, |number, digit| number * 10 + digit);
    match digits.len() {
        14 => matches!(prefix(3), 300..=305) || matches!(prefix(2), 36 | 38 | 39),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(prefix(2), 50..=58 | 60..=69)
                || matches!(prefix(4), 2221..=2720 | 3528..=3589)
        }
        17 | 18 => matches!(prefix(2), 50 | 56..=58 | 62 | 67),
        19 => matches!(prefix(1), 4) || matches!(prefix(2), 50 | 56..=58 | 62 | 63 | 67),
        _ => false,
    }
}

fn passes_luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

/// The words right before the number call it an order, a ticket, a serial number, a phone.
fn is_named_otherwise(text: &str, start: usize) -> bool {
    static NAMES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)(?:(?:^|[^\p{L}\p{N}])",
            r"(?:(?:pre|re|work|purchase)?order|\p{L}*ticket|case|\p{L}*invoice|imei|iccid|imsi|\p{L}*serial|s/n|\p{L}*tracking|shipment|parcel",
            r"|reference|ref|po",
            r"|\p{L}*(?:bestell|auftrag|rechnung|vorgang|sendung|serien|vertrag|kunden)\w*|(?:vor|stör|support|service|garantie|schadens?)?fall",
            r"|(?:tele|mobile|smart)?phone|tel|\p{L}*telefon|telefax|fax|mobile|\p{L}*handy|(?:user|client|device|session|transaction|request|message|correlation|trace|event|job|tenant|u|gu)?id|timestamp|ticks|asset",
            r"|inventory|inventar\w*|customer|contract|ean|gtin|sim)",
            // "deviceId" has its border inside; "paid" has none.
            r"|(?-i:[a-z](?:Id|ID|Ref|PO|Order|Ticket|Phone)))",
            r"[ \t_-]*(?:no|nr|number|nummer|id|#)?\.?[ \t]*[:=#]?[ \t]*[\x22'#]?$",
        ))
        .expect("invariant: the name pattern compiles")
    });
    let mut from = start.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    // What stands before is seen, so that a word cut by the reach is no name.
    NAMES.is_match_at(&text[..start], from)
}
