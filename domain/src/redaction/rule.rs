//! A rule finds one way of writing a secret: trigger words, what leads up to the value, how far it reads, what it must look like.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use regex::bytes::{Match, Regex, RegexBuilder};

use super::judgement::{Proof, is_secret};
use super::kind::SecretKind;
use super::value::{self, Value};

/// How far around a trigger word its rules look on a long line, to the end of the token that stands there, and how many
/// lines they look ahead.
const BEFORE: usize = 256;
const AFTER: usize = 1024;
const LINES: usize = 3;

/// How the value is read once the lead is found.
#[derive(Clone, Copy)]
pub(super) enum Reading {
    /// A quoted value, or a word.
    Value,
    /// A word alone on the line that follows.
    NextLine,
    /// The rest of the line.
    Line,
    /// A connection string's field, up to the semicolon.
    Field,
    /// A URL's parameter.
    Parameter,
    /// An argument of a command line.
    Argument,
    /// The group `v` of the lead itself.
    Group,
    /// Like `Group`, and case matters: tokens with a prefix of their own.
    Exact,
    /// All that the function finds from the lead on; it does the judging, too.
    Block(fn(&str, Range<usize>) -> Vec<Range<usize>>),
}

/// One row of a rule table.
pub(super) struct Rule {
    pub(super) kind: SecretKind,
    /// Lower-case; the rule is looked at only near one of these, or everywhere when there are none.
    pub(super) triggers: &'static [&'static str],
    /// A regular expression; `<NAME>` stands for a fragment that the table defines.
    pub(super) lead: &'static str,
    pub(super) reading: Reading,
    pub(super) proof: Proof,
}

/// A stretch of folded text that some rule holds to be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) range: Range<usize>,
    pub(super) kind: SecretKind,
}

/// Names with what stands for them in leads.
pub(super) type Fragments = &'static [(&'static str, &'static str)];

/// All rules behind one search for their trigger words. A rule is compiled when a text first wakes it: most texts wake few.
pub(super) struct RuleBook {
    rules: Vec<(Rule, OnceLock<Regex>)>,
    fragments: Fragments,
    triggers: AhoCorasick,
    /// For each trigger word, the rules it wakes.
    wakes: Vec<Vec<usize>>,
}

impl RuleBook {
    /// Builds the search for the trigger words.
    pub(super) fn new(rules: Vec<Rule>, fragments: Fragments) -> Self {
        let mut words: Vec<&'static str> = Vec::new();
        let mut wakes: Vec<Vec<usize>> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            for trigger in rule.triggers {
                let word = words.iter().position(|known| known == trigger).unwrap_or_else(|| {
                    words.push(trigger);
                    wakes.push(Vec::new());
                    words.len() - 1
                });
                wakes[word].push(index);
            }
        }
        let triggers = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&words)
            .expect("invariant: the trigger words build an automaton");
        let rules = rules.into_iter().map(|rule| (rule, OnceLock::new())).collect();
        Self { rules, fragments, triggers, wakes }
    }

    /// Compiles every rule that no text has woken yet.
    pub(super) fn compile_all(&self) {
        for (rule, lead) in &self.rules {
            lead.get_or_init(|| compile(rule, self.fragments));
        }
    }

    /// Everything that any rule finds, overlaps included.
    pub(super) fn find(&self, text: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ((rule, lead), windows) in self.rules.iter().zip(self.windows(text)) {
            for window in windows {
                let lead = lead.get_or_init(|| compile(rule, self.fragments));
                scan(rule, lead, text, window, &mut findings);
            }
        }
        findings
    }

    /// For each rule, the stretches of text around its trigger words, none overlapping.
    fn windows(&self, text: &str) -> Vec<Vec<Range<usize>>> {
        let whole = 0..text.len();
        let everywhere =
            |rule: &Rule| if rule.triggers.is_empty() { vec![whole.clone()] } else { Vec::new() };
        let mut windows: Vec<Vec<Range<usize>>> =
            self.rules.iter().map(|(rule, _)| everywhere(rule)).collect();
        for hit in self.triggers.find_overlapping_iter(text) {
            let mut around = None;
            for &rule in &self.wakes[hit.pattern().as_usize()] {
                let known = &mut windows[rule];
                if known.last().is_some_and(|last| hit.end() + AFTER / 2 <= last.end) {
                    continue;
                }
                let window = around.get_or_insert_with(|| surroundings(text, hit.start(), hit.end())).clone();
                match known.last_mut() {
                    Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
                    _ => known.push(window),
                }
            }
        }
        windows
    }
}

/// Leads read bytes: that keeps them small, which is what a first use pays for. Folding has already made spaces plain
/// and umlauts small; the bytes of all other letters count as parts of words.
fn compile(rule: &Rule, fragments: Fragments) -> Regex {
    let mut lead = rule.lead.to_owned();
    for (name, fragment) in fragments {
        lead = lead.replace(name, fragment);
    }
    RegexBuilder::new(&with_all_letters(&lead))
        .unicode(false)
        .case_insensitive(!matches!(rule.reading, Reading::Exact))
        .multi_line(true)
        .build()
        .unwrap_or_else(|error| unreachable!("invariant: every lead compiles: {error}"))
}

/// Lets `\w` stand for every byte of a letter beyond ASCII as well.
fn with_all_letters(lead: &str) -> String {
    let mut widened = String::with_capacity(lead.len() * 2);
    let mut in_class = false;
    let mut characters = lead.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('w') if in_class => widened.push_str(r"\w\x80-\xff"),
                Some('w') => widened.push_str(r"[\w\x80-\xff]"),
                Some(escaped) => widened.extend(['\\', escaped]),
                None => widened.push('\\'),
            },
            '[' => {
                in_class = true;
                widened.push('[');
            }
            ']' => {
                in_class = false;
                widened.push(']');
            }
            _ => widened.push(character),
        }
    }
    widened
}

fn surroundings(text: &str, start: usize, end: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut from = start.saturating_sub(BEFORE);
    if let Some(newline) = bytes[from..start].iter().rposition(|byte| *byte == b'\n') {
        from += newline + 1;
    }
    let mut to = (end + AFTER).min(text.len());
    if let Some((newline, _)) =
        bytes[end..to].iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(LINES)
    {
        to = end + newline;
    } else {
        // A token is read to its end, however long it is: what a window cuts off would stay.
        to += bytes[to..].iter().take_while(|byte| may_be_of_token(**byte)).count();
    }
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    from..to
}

/// Whether a token may go on with a byte: everything but blanks, quotes, brackets and what separates values.
pub(super) fn may_be_of_token(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !byte.is_ascii_control() && !b"\"'`<>\\,;()[]{}".contains(&byte)
}

fn scan(rule: &Rule, lead: &Regex, text: &str, window: Range<usize>, findings: &mut Vec<Finding>) {
    let slice = &text[window.clone()];
    let mut position = 0;
    while position <= slice.len() {
        let Some((matched, values)) = next_values(rule, lead, text, slice, window.start, position) else {
            break;
        };
        let judged = matches!(rule.reading, Reading::Block(_));
        let mut resume = matched.end;
        for value in values {
            if !value.range.is_empty() && (judged || is_secret(text, &value, rule.proof)) {
                resume = value.range.end;
                findings.push(Finding { range: value.range, kind: rule.kind });
            } else if value.range.len() > BEFORE {
                // A long value is skipped even when it is no secret, so that reading stays linear.
                resume = value.range.end;
            } else {
                resume = value.range.start;
            }
        }
        let mut next =
            resume.saturating_sub(window.start).max(matched.start - window.start + 1).max(position + 1);
        while next < slice.len() && !slice.is_char_boundary(next) {
            next += 1;
        }
        position = next;
    }
}

/// The next lead in a window as a place in the whole text, and what it leads to.
fn next_values(
    rule: &Rule,
    lead: &Regex,
    text: &str,
    slice: &str,
    offset: usize,
    position: usize,
) -> Option<(Range<usize>, Vec<Value>)> {
    let place = |found: Match<'_>| whole_letters(text, found.start() + offset..found.end() + offset);
    if matches!(rule.reading, Reading::Group | Reading::Exact) {
        let captures = lead.captures_at(slice.as_bytes(), position)?;
        let whole = place(captures.get(0)?);
        let range = captures.name("v").map_or(whole.clone(), place);
        return Some((whole, vec![unquoted(text, range)]));
    }
    let matched = place(lead.find_at(slice.as_bytes(), position)?);
    let at = matched.end;
    let values = match rule.reading {
        Reading::Value => vec![value::read_value(text, at)],
        Reading::NextLine => Some(value::read_value(text, at))
            .filter(|value| stands_alone_on_its_line(text, value))
            .into_iter()
            .collect(),
        Reading::Line => vec![value::read_line(text, at)],
        Reading::Field => vec![value::read_field(text, at)],
        Reading::Parameter => vec![value::read_parameter(text, at)],
        Reading::Argument => vec![value::read_argument(text, at)],
        Reading::Block(read) => {
            read(text, matched.clone()).into_iter().map(|range| Value { range, quoted: false }).collect()
        }
        Reading::Group | Reading::Exact => Vec::new(),
    };
    Some((matched, values))
}

/// A range widened to where its letters begin and end.
fn whole_letters(text: &str, mut range: Range<usize>) -> Range<usize> {
    while !text.is_char_boundary(range.start) {
        range.start -= 1;
    }
    while !text.is_char_boundary(range.end) {
        range.end += 1;
    }
    range
}

/// A group may have caught the quotes around its value.
fn unquoted(text: &str, range: Range<usize>) -> Value {
    let inside = &text[range.clone()];
    let quoted = inside.len() > 2 && inside.starts_with(['"', '\'']) && inside.ends_with(&inside[..1]);
    Value { range: if quoted { range.start + 1..range.end - 1 } else { range }, quoted }
}

fn stands_alone_on_its_line(text: &str, value: &Value) -> bool {
    let rest = &text[value.range.end..];
    let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
    line.chars().all(|character| character.is_whitespace() || "\"'`.,;*".contains(character))
}
