//! How signals become a probability: versioned, so that history can be replayed under the policy of its time.

use serde::{Deserialize, Serialize};

/// Weights, calibration and thresholds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchPolicy {
    /// Stored with every match.
    pub version: u32,
    /// Weight of nearness of meaning.
    pub semantic: f64,
    /// Weight of words in common.
    pub keyword: f64,
    /// Weight of what helped lately.
    pub recency: f64,
    /// What the same domain adds.
    pub same_domain: f64,
    /// From the weighted value to the probability of being right: points, rising in both, straight lines between.
    pub calibration: Vec<(f64, f64)>,
    /// From this score on it is a match.
    pub match_from: f64,
    /// From this score on it guides.
    pub guide_from: f64,
    /// Matches no further than this from the best are told apart by a question.
    pub close_within: f64,
}

impl Default for MatchPolicy {
    /// The policy in force: version 1, fitted for words alone.
    fn default() -> Self {
        Self {
            version: 1,
            semantic: 0.5,
            keyword: 0.3,
            recency: 0.2,
            same_domain: 0.05,
            calibration: vec![(0.0, 0.0), (0.3, 0.15), (0.5, 0.5), (0.65, 0.8), (0.85, 0.92), (1.0, 0.98)],
            match_from: 0.5,
            guide_from: 0.8,
            close_within: 0.1,
        }
    }
}

impl MatchPolicy {
    /// The weighted value of the signals that exist, weights renormalised over them; none if there is none.
    pub fn weigh(
        &self,
        semantic: Option<f64>,
        keyword: Option<f64>,
        recency: Option<f64>,
        same_domain: bool,
    ) -> Option<f64> {
        let signals = [(semantic, self.semantic), (keyword, self.keyword), (recency, self.recency)];
        let present = || signals.iter().filter_map(|(signal, weight)| signal.map(|signal| (signal, weight)));
        let total: f64 = present().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return None;
        }
        let weighted: f64 = present().map(|(signal, weight)| signal.clamp(0.0, 1.0) * weight).sum();
        let bonus = if same_domain { self.same_domain } else { 0.0 };
        Some((weighted / total + bonus).min(1.0))
    }

    /// The probability that a match of this weighted value is right.
    pub fn calibrate(&self, weighted: f64) -> f64 {
        let Some((mut before, rest)) = self.calibration.split_first() else {
            return weighted.clamp(0.0, 1.0);
        };
        for point in rest {
            if weighted <= point.0 {
                let span = point.0 - before.0;
                let share = if span > 0.0 { ((weighted - before.0) / span).clamp(0.0, 1.0) } else { 1.0 };
                return before.1 + share * (point.1 - before.1);
            }
            before = point;
        }
        before.1
    }
}
