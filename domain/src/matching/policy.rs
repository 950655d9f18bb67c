//! How signals become a probability: versioned, so that history can be replayed under the policy of its time.

use serde::{Deserialize, Serialize};

use super::fitted::{self, HASHING, MINILM};
use crate::embedding::ModelId;

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
    /// What the best few of a flow's documents weigh, nearest first.
    pub nearest: Vec<f64>,
    /// The cosine at which nearness of meaning begins, and the one from which on it is whole: every embedder has its own.
    pub cosines: (f64, f64),
    /// How much the distance to the best of the other flows counts: a flow that stands alone is more often the right one.
    pub margin: f64,
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
    /// For words alone: what is in force where no embedder answers.
    fn default() -> Self {
        Self {
            version: 5,
            semantic: 0.5,
            keyword: 0.3,
            recency: 0.2,
            same_domain: 0.05,
            nearest: vec![1.0],
            cosines: (0.0, 1.0),
            margin: 0.0,
            calibration: vec![
                (0.000, 0.000),
                (0.393, 0.167),
                (0.577, 0.288),
                (0.706, 0.620),
                (0.818, 0.853),
                (0.937, 0.940),
                (1.000, 0.980),
            ],
            match_from: 0.5,
            guide_from: 0.8,
            close_within: 0.1,
        }
    }
}

impl MatchPolicy {
    /// The policy in force for an embedder; for words alone without one.
    pub fn of(embedder: Option<&ModelId>) -> Self {
        match embedder.map(ModelId::as_str) {
            None => Self::default(),
            Some(name) if name.starts_with(HASHING) => fitted::hashing(),
            Some(MINILM) => fitted::minilm(),
            Some(_) => fitted::unknown(),
        }
    }

    /// Those that are shipped, each with the embedder that it is for.
    pub fn shipped() -> [(&'static str, Self); 4] {
        [
            ("none", Self::default()),
            ("hashing", fitted::hashing()),
            ("local", fitted::minilm()),
            ("other", fitted::unknown()),
        ]
    }

    /// Nearness of meaning, from the cosines between an intake and a flow's documents; none without documents.
    pub fn nearness(&self, cosines: &[f64]) -> Option<f64> {
        let mut nearest: Vec<f64> = cosines.iter().copied().filter(|cosine| cosine.is_finite()).collect();
        nearest.sort_by(|a, b| b.total_cmp(a));
        let best = nearest.iter().zip(&self.nearest);
        let total: f64 = best.clone().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return None;
        }
        let mean = best.map(|(cosine, weight)| cosine * weight).sum::<f64>() / total;
        let (from, to) = self.cosines;
        Some(((mean - from) / (to - from)).clamp(0.0, 1.0))
    }

    /// The weighted value with its distance to the best of the other flows.
    pub fn apart(&self, weighted: f64, best_other: f64) -> f64 {
        (weighted + self.margin * (weighted - best_other)).clamp(0.0, 1.0)
    }

    /// The weighted value of the signals that exist, weights renormalised over them; none if there is none.
    ///
    /// What helped lately counts no more than what speaks for the flow here: it decides between flows that fit, and makes none
    /// fit.
    pub fn weigh(
        &self,
        semantic: Option<f64>,
        keyword: Option<f64>,
        recency: Option<f64>,
        same_domain: bool,
    ) -> Option<f64> {
        let here = [semantic, keyword].into_iter().flatten().reduce(f64::max);
        let recency = recency.map(|lately| here.map_or(lately, |here| lately.min(here)));
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
