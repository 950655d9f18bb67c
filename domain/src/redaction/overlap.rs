//! Settles what several rules found in one place, so that no part of any finding is left and each stands once.

use std::collections::HashMap;

use aho_corasick::{AhoCorasickBuilder, MatchKind};

use super::folding::SEALED;
use super::judgement::is_mixed;
use super::kind::SecretKind;
use super::rule::Finding;

/// Findings in order, none overlapping: overlapping ones become one, named after the leftmost and longest of them, equal
/// ones after the kind that says more. A value keeps one kind throughout the text.
pub(super) fn settle(text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let mut settled = unite(without_placeholders(text, findings));
    settled = unite(with_repetitions(text, settled));
    let mut kinds: HashMap<&str, SecretKind> = HashMap::new();
    for finding in &settled {
        let kind = kinds.entry(&text[finding.range.clone()]).or_insert(finding.kind);
        *kind = finding.kind.max(*kind);
    }
    for finding in &mut settled {
        finding.kind = kinds[&text[finding.range.clone()]];
    }
    settled
}

fn unite(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|left, right| {
        let order = left.range.start.cmp(&right.range.start);
        order.then(right.range.end.cmp(&left.range.end)).then(right.kind.cmp(&left.kind))
    });
    let mut united: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match united.last_mut() {
            Some(last) if finding.range.start < last.range.end => {
                last.range.end = last.range.end.max(finding.range.end);
            }
            _ => united.push(finding),
        }
    }
    united
}

/// What is left of each finding around placeholders that the text held already.
fn without_placeholders(text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let mut left = Vec::with_capacity(findings.len());
    for finding in findings {
        let inside = &text[finding.range.clone()];
        if !inside.contains(SEALED) {
            left.push(finding);
            continue;
        }
        let mut at = finding.range.start;
        for piece in inside.split(SEALED) {
            if piece.chars().any(char::is_alphanumeric) {
                left.push(Finding { range: at..at + piece.len(), kind: finding.kind });
            }
            at += piece.len() + SEALED.len_utf8();
        }
    }
    left
}

/// Adds the other places where a value stands that was found once: the password that is told in one sentence and used
/// in the next. Only for values that could not be a word of the text.
fn with_repetitions(text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    let mut known: HashMap<&str, SecretKind> = HashMap::new();
    for finding in &findings {
        let value = &text[finding.range.clone()];
        if (6..=256).contains(&value.len()) && is_mixed(value) && value.chars().any(char::is_alphabetic) {
            known.entry(value).or_insert(finding.kind);
        }
    }
    let values: Vec<&str> = known.keys().copied().collect();
    let Ok(search) = AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(&values) else {
        return findings;
    };
    let mut all = findings.clone();
    for hit in search.find_iter(text) {
        let joins = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        if !joins(text[..hit.start()].chars().next_back()) && !joins(text[hit.end()..].chars().next()) {
            all.push(Finding {
                range: hit.start()..hit.end(),
                kind: known[values[hit.pattern().as_usize()]],
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(range: std::ops::Range<usize>, kind: SecretKind) -> Finding {
        Finding { range, kind }
    }

    #[test]
    fn overlapping_findings_become_one_that_covers_both() {
        let settled = settle(
            "ab cd ef gh",
            vec![
                finding(3..8, SecretKind::Jwt),
                finding(0..5, SecretKind::Password),
                finding(9..11, SecretKind::Cookie),
            ],
        );
        assert_eq!(settled, [finding(0..8, SecretKind::Password), finding(9..11, SecretKind::Cookie)]);
    }

    #[test]
    fn of_equal_findings_the_kind_that_says_more_wins() {
        let settled =
            settle("abc", vec![finding(0..3, SecretKind::Password), finding(0..3, SecretKind::Jwt)]);
        assert_eq!(settled, [finding(0..3, SecretKind::Jwt)]);
    }

    #[test]
    fn a_value_found_once_is_found_again() {
        let settled = settle("Foo!23, later Foo!23 and Foo!234", vec![finding(0..6, SecretKind::Password)]);
        assert_eq!(settled, [finding(0..6, SecretKind::Password), finding(14..20, SecretKind::Password)]);
    }
}
