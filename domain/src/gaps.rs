//! Where knowledge is missing (rule 10.1): what sessions show to be lacking, how much it matters, and what to do about it.
//!
//! Everything here is a function of what was read: reading and embedding are done outside.

mod cluster;
mod escalation;
mod gravity;
mod meanings;
mod nearness;
mod pattern;
mod structure;
mod uncharted;
mod weak_options;

use std::collections::BTreeMap;

use crate::coverage::Severity;
use crate::flow::tree::FlowNode;
use crate::id::SessionId;
use crate::problem::ProblemDomain;
use crate::session::view::{cut_at_word, hides_content};

pub use escalation::high_escalation;
pub use meanings::Meanings;
pub use nearness::alike_from;
pub use pattern::{Pattern, UnmatchedIntake, repeated_patterns};
pub use uncharted::uncharted_territory;
pub use weak_options::{AnsweredQuestion, weak_options};

/// Sessions that a gap names.
pub const MOST_SESSIONS: usize = 10;
/// Texts that a gap quotes.
pub const MOST_EXAMPLES: usize = 5;
/// Gaps of a kind that a report holds: nobody works through more of them before the next report.
const MOST_OF_A_KIND: usize = 20;
/// Longest quoted text, in characters.
const LONGEST_EXAMPLE: usize = 200;
/// Longest text that a title repeats, in characters.
const LONGEST_SUBJECT: usize = 100;

/// What kind of knowledge is missing, in the order in which gaps of the same severity are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "rule 10.1 says what each is")]
pub enum GapKind {
    WeakOptions,
    HighEscalation,
    UnchartedTerritory,
    RepeatedPattern,
}

/// Knowledge that is missing. It quotes sessions: `Debug` shows nothing of it.
#[derive(Clone, PartialEq)]
pub struct KnowledgeGap {
    /// What kind.
    pub kind: GapKind,
    /// The area it belongs to; none if it belongs to several.
    pub domain: Option<ProblemDomain>,
    /// How much it matters.
    pub severity: Severity,
    /// In a line.
    pub title: String,
    /// The figures, and why it is as severe as it is.
    pub description: String,
    /// What to do about it.
    pub suggested_action: String,
    /// How often it was seen.
    pub count: i64,
    /// The share of what was looked at, 0 to 1.
    pub rate: f64,
    /// What was said, newest first, at most [`MOST_EXAMPLES`].
    pub examples: Vec<String>,
    /// Where it was seen, newest first, at most [`MOST_SESSIONS`].
    pub sessions: Vec<SessionId>,
    /// A structure for a flow that would close it; empty where there is none to suggest.
    pub nodes: Vec<FlowNode>,
}

hides_content!(KnowledgeGap);

/// The sessions of a domain of which some are a sign that knowledge is missing.
#[derive(Clone, PartialEq)]
pub struct DomainSample {
    /// The domain.
    pub domain: ProblemDomain,
    /// Those that are a sign.
    pub count: i64,
    /// All that were looked at.
    pub of: i64,
    /// Of the former, the newest.
    pub sessions: Vec<SessionId>,
    /// What these were about.
    pub examples: Vec<String>,
}

hides_content!(DomainSample);

impl DomainSample {
    fn rate(&self) -> f64 {
        share(self.count, self.of)
    }
}

/// The gravest first, and of each kind no more than a report holds.
pub fn in_order(gaps: Vec<KnowledgeGap>) -> Vec<KnowledgeGap> {
    let mut gaps = gaps;
    gaps.sort_by(|one, other| {
        (one.severity, one.kind, -one.count, &one.title).cmp(&(
            other.severity,
            other.kind,
            -other.count,
            &other.title,
        ))
    });
    let mut told: BTreeMap<GapKind, usize> = BTreeMap::new();
    gaps.retain(|gap| {
        let told = told.entry(gap.kind).or_default();
        *told += 1;
        *told <= MOST_OF_A_KIND
    });
    gaps
}

/// A share, 0 where there is nothing to share.
#[expect(clippy::cast_precision_loss, reason = "counts of sessions, far below 2^52")]
fn share(count: i64, of: i64) -> f64 {
    if of > 0 { count as f64 / of as f64 } else { 0.0 }
}

/// A share as it is told.
fn percent(rate: f64) -> String {
    format!("{:.0} %", rate * 100.0)
}

fn counted(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

/// The domain as it is told.
fn spoken(domain: ProblemDomain) -> String {
    domain.as_str().replace('_', " ")
}

/// The domain that more than half of these have.
fn prevailing(domains: impl Iterator<Item = Option<ProblemDomain>>) -> Option<ProblemDomain> {
    let (mut all, mut votes) = (0, BTreeMap::new());
    for domain in domains {
        all += 1;
        if let Some(domain) = domain {
            votes.entry(domain.as_str()).or_insert((0, domain)).0 += 1;
        }
    }
    votes.into_values().find(|(votes, _)| votes * 2 > all).map(|(_, domain)| domain)
}

/// The first of these texts, each once, as a gap quotes them.
fn examples<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut quoted: Vec<String> = Vec::new();
    for text in texts.map(str::trim).filter(|text| !text.is_empty()) {
        let text = cut_at_word(text, LONGEST_EXAMPLE);
        if !quoted.contains(&text) {
            quoted.push(text);
        }
        if quoted.len() == MOST_EXAMPLES {
            break;
        }
    }
    quoted
}

/// The first of these sessions, each once.
fn sessions(all: impl Iterator<Item = SessionId>) -> Vec<SessionId> {
    let mut named: Vec<SessionId> = Vec::new();
    for session in all {
        if !named.contains(&session) {
            named.push(session);
        }
        if named.len() == MOST_SESSIONS {
            break;
        }
    }
    named
}

#[cfg(test)]
mod tests;
