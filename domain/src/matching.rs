//! Which flow fits an intake (rule 5.2): words in common, nearness of meaning, what helped lately; then a probability.

pub mod again;
pub mod documents;
pub mod evaluation;
mod fitted;
mod index;
pub mod likeness;
mod policy;
mod reason;
pub mod recency;
mod weighing;
pub mod words;

pub(crate) use fitted::{HASHING, MINILM};
pub use index::{MatchIndex, OutsideSignals};
pub use policy::MatchPolicy;

use crate::flow::event::FlowHead;
use crate::flow::tree::FlowNode;
use crate::id::FlowId;
use crate::problem::ProblemDomain;
use crate::session::event::{ChosenFlow, MatchCandidate};
use crate::session::status::Confidence;

/// A published flow that may match.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchableFlow {
    /// The flow.
    pub flow: FlowId,
    /// Its published version.
    pub version: u32,
    /// What it is about.
    pub head: FlowHead,
    /// Its tree: the questions tell what it is about, too.
    pub nodes: Vec<FlowNode>,
}

/// Ranks the flows of an account for an intake, best first; those with nothing in common are left out.
///
/// Whoever ranks more than once over the same flows builds a [`MatchIndex`] and keeps it.
pub fn rank(
    intake: &str,
    domain: Option<ProblemDomain>,
    flows: &[MatchableFlow],
    policy: &MatchPolicy,
) -> Vec<MatchCandidate> {
    MatchIndex::build(flows).rank(intake, domain, policy)
}

/// The flow to follow: the best candidate, if it is a match at all.
///
/// With [`close`] candidates beside it, a question should tell them apart first.
pub fn choose(candidates: &[MatchCandidate], policy: &MatchPolicy) -> Option<ChosenFlow> {
    let best = candidates.first().filter(|best| best.score >= policy.match_from)?;
    Some(ChosenFlow { flow: best.flow, version: best.version, score: Confidence::new(best.score) })
}

/// The matches nearly as good as the best, the best included; empty when one clearly leads.
pub fn close<'a>(candidates: &'a [MatchCandidate], policy: &MatchPolicy) -> &'a [MatchCandidate] {
    let Some(best) = candidates.first() else { return &[] };
    let is_close = |candidate: &MatchCandidate| {
        candidate.score >= policy.match_from && best.score - candidate.score <= policy.close_within
    };
    let count = candidates.iter().take_while(|candidate| is_close(candidate)).count();
    if count < 2 { &[] } else { &candidates[..count] }
}

#[cfg(test)]
mod tests;
