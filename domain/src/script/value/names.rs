//! Names of users, computers and directory objects.

use std::net::Ipv4Addr;

/// `local@domain`: letters and digits with `. - _ ! # ^ ~ + '` before the `@`, a host name with a dot behind it.
pub(super) fn is_upn(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let known =
        |it: char| it.is_alphanumeric() || matches!(it, '.' | '-' | '_' | '!' | '#' | '^' | '~' | '+' | '\'');
    text.len() <= 256
        && (1..=64).contains(&local.chars().count())
        && local.chars().all(known)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.contains('.')
        && is_hostname(domain)
        && domain.parse::<Ipv4Addr>().is_err()
}

/// Labels of letters, digits, hyphens and underscores with dots between them; or an IPv4 address.
pub(super) fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // What ends in a number can only be an address.
    let numeric_end = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|it| it.is_ascii_digit()));
    let address_if_numeric = !(numeric_end && text.contains('.')) || text.parse::<Ipv4Addr>().is_ok();
    text.len() <= 253 && text.split('.').all(is_label) && address_if_numeric
}

/// RFC 4514: `type=value` with commas between, `+` within one; special characters escaped by a backslash.
pub(super) fn is_distinguished_name(text: &str) -> bool {
    text.len() <= 2_048
        && split_unescaped(text, ',').is_some_and(|names| names.iter().all(|it| is_relative_name(it)))
}

fn is_relative_name(text: &str) -> bool {
    split_unescaped(text, '+').is_some_and(|pairs| pairs.iter().all(|pair| is_attribute(pair)))
}

fn is_attribute(pair: &str) -> bool {
    let Some((name, value)) = pair.split_once('=') else { return false };
    let name = name.trim_matches(' ');
    let keyword = name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let number =
        name.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let value = value.trim_start_matches(' ');
    (keyword || number)
        && !value.trim_end_matches(' ').is_empty()
        && !value.starts_with('#')
        && is_value(value)
}

/// `" + , ; < > \` stand in a value only behind a backslash, or as two hexadecimal digits behind one.
fn is_value(value: &str) -> bool {
    let mut rest = value.chars();
    while let Some(it) = rest.next() {
        match it {
            '"' | '+' | ',' | ';' | '<' | '>' => return false,
            '\\' => match rest.next() {
                Some('"' | '+' | ',' | ';' | '<' | '>' | '\\' | ' ' | '#' | '=') => {}
                Some(high) if high.is_ascii_hexdigit() => {
                    // A line break may be hidden like this; so are the marks that Active Directory puts into deleted names.
                    let low = rest.next().and_then(|low| low.to_digit(16));
                    if low.is_none() || matches!(high, '0' | '1') {
                        return false;
                    }
                }
                _ => return false,
            },
            _ => {}
        }
    }
    true
}

/// The parts between separators that no backslash precedes; none if the text ends in a lone backslash.
fn split_unescaped(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, it) in text.char_indices() {
        if it == separator && !escaped {
            parts.push(&text[start..at]);
            start = at + it.len_utf8();
        }
        escaped = it == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    (!escaped).then_some(parts)
}
