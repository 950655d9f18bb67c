//! What classification and matching made of an intake, in plain text.

use serde::{Deserialize, Serialize};

use crate::id::FlowId;
use crate::problem::{Classification, ProblemDomain, Urgency};
use crate::session::event::{ChosenFlow, FlowMatched, IntakeClassified, MatchCandidate};
use crate::session::status::Confidence;

/// What a session is about.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassificationView {
    /// One line.
    pub summary: String,
    /// The area it belongs to.
    pub domain: ProblemDomain,
    /// What was observed.
    pub key_symptoms: Vec<String>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// A model's classification failed, this stands in for it.
    pub fallback: bool,
}

/// What matching found.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchView {
    /// Every candidate, best first.
    pub candidates: Vec<CandidateView>,
    /// The one that the session follows.
    pub chosen: Option<ChosenFlow>,
    /// Which policy decided.
    pub policy_version: u32,
    /// A model said that it is none of the candidates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declined: bool,
}

/// A flow that was looked at.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as MatchCandidate says")]
pub struct CandidateView {
    pub flow: FlowId,
    pub version: u32,
    pub name: String,
    pub score: f64,
    pub semantic: Option<f64>,
    pub keyword: Option<f64>,
    pub recency: Option<f64>,
    pub same_domain: bool,
    pub reason: String,
}

impl MatchView {
    /// The candidate that was chosen.
    pub fn chosen_candidate(&self) -> Option<&CandidateView> {
        let chosen = self.chosen.as_ref()?;
        self.candidates.iter().find(|it| it.flow == chosen.flow && it.version == chosen.version)
    }
}

/// Ratios are kept to nine decimals: such a number survives any JSON reader unchanged, so that a stored view that goes
/// on is the same as one folded anew.
pub(super) fn kept(ratio: f64) -> f64 {
    (ratio * 1e9).round() / 1e9
}

/// The same for a confidence.
pub(super) fn kept_confidence(confidence: Confidence) -> Confidence {
    Confidence::new(kept(confidence.score()))
}

impl From<&IntakeClassified> for ClassificationView {
    fn from(event: &IntakeClassified) -> Self {
        let it = &event.classification;
        Self {
            summary: it.summary.to_string(),
            domain: it.domain,
            key_symptoms: it.key_symptoms.to_vec(),
            urgency: it.urgency,
            fallback: event.fallback,
        }
    }
}

impl From<&ClassificationView> for Classification {
    fn from(view: &ClassificationView) -> Self {
        Self {
            summary: view.summary.clone().into(),
            domain: view.domain,
            key_symptoms: view.key_symptoms.clone().into(),
            urgency: view.urgency,
        }
    }
}

impl From<&FlowMatched> for MatchView {
    fn from(event: &FlowMatched) -> Self {
        Self {
            candidates: event.candidates.iter().map(CandidateView::from).collect(),
            chosen: event.chosen.clone().map(|it| ChosenFlow { score: kept_confidence(it.score), ..it }),
            policy_version: event.policy_version,
            declined: event.declined,
        }
    }
}

impl From<&MatchCandidate> for CandidateView {
    fn from(it: &MatchCandidate) -> Self {
        Self {
            flow: it.flow,
            version: it.version,
            name: it.name.clone(),
            score: kept(it.score),
            semantic: it.semantic.map(kept),
            keyword: it.keyword.map(kept),
            recency: it.recency.map(kept),
            same_domain: it.same_domain,
            reason: it.reason.to_string(),
        }
    }
}

impl From<&CandidateView> for MatchCandidate {
    fn from(view: &CandidateView) -> Self {
        Self {
            flow: view.flow,
            version: view.version,
            name: view.name.clone(),
            score: view.score,
            semantic: view.semantic,
            keyword: view.keyword,
            recency: view.recency,
            same_domain: view.same_domain,
            reason: view.reason.clone().into(),
        }
    }
}
