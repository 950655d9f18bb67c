//! The policies that are shipped, one for each embedder, and where their numbers come from.
//!
//! The weights are the rule's. The calibration was fitted on `domain/evaluation/calibration.jsonl` against the starter library
//! (`flowpilot-replay evaluate matching --fit` prints it anew): nothing in the library was written by those intakes, so that what
//! a score promises holds for others, too. Which documents a flow has, the ranges of cosines, and what a sentence's words are
//! worth were chosen with figures of that set and of `intakes.jsonl` in sight: they may flatter.
//!
//! Versions 1 to 4 were in force before flows had sentences among their keywords; a stored match names the one that decided it.

use super::MatchPolicy;

/// The beginning of the names of the built-in embedder's models.
pub(crate) const HASHING: &str = "hashing-1-";
/// The name of all-MiniLM-L6-v2, which follows from its files.
pub(crate) const MINILM: &str = "local/39eb8e324605";

/// For the built-in hashing.
pub(super) fn hashing() -> MatchPolicy {
    MatchPolicy {
        version: 6,
        nearest: vec![0.6, 0.25, 0.15],
        cosines: (0.0, 0.5),
        margin: 0.5,
        calibration: vec![
            (0.000, 0.000),
            (0.410, 0.092),
            (0.548, 0.389),
            (0.588, 0.722),
            (0.701, 0.793),
            (0.830, 0.794),
            (0.967, 0.955),
        ],
        ..MatchPolicy::default()
    }
}

/// For all-MiniLM-L6-v2 in a folder.
pub(super) fn minilm() -> MatchPolicy {
    MatchPolicy {
        version: 7,
        nearest: vec![0.6, 0.25, 0.15],
        cosines: (0.2, 0.7),
        margin: 0.5,
        calibration: vec![
            (0.000, 0.000),
            (0.328, 0.147),
            (0.442, 0.167),
            (0.506, 0.206),
            (0.625, 0.500),
            (0.704, 0.676),
            (0.859, 0.841),
            (0.999, 0.939),
        ],
        ..MatchPolicy::default()
    }
}

/// For an embedder that was never fitted: the shape of the local model's, and no score that guides, for nobody knows how
/// often it would be right.
pub(super) fn unknown() -> MatchPolicy {
    let calibration = vec![(0.0, 0.0), (0.506, 0.206), (0.625, 0.5), (1.0, 0.79)];
    MatchPolicy { version: 8, calibration, ..minilm() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::ModelId;

    fn all() -> [MatchPolicy; 4] {
        [MatchPolicy::default(), hashing(), minilm(), unknown()]
    }

    #[test]
    fn every_embedder_has_its_policy_and_an_unknown_one_never_guides() {
        let of = |name: &str| MatchPolicy::of(Some(&ModelId::new(name))).version;
        assert_eq!(MatchPolicy::of(None).version, 5);
        assert_eq!((of("hashing-1-69fa4987@512"), of(MINILM), of("voyage/any@1024")), (6, 7, 8));
        assert_eq!(
            (of("hashing-2-69fa4987@512"), of("local/other")),
            (8, 8),
            "another model was never fitted"
        );
        assert!(unknown().calibrate(1.0) < unknown().guide_from);
    }

    /// Steps and analyses read the thresholds off the default: they are the rule's, whoever embeds.
    #[test]
    fn thresholds_and_weights_are_the_same_for_all() {
        let first = MatchPolicy::default();
        for policy in all() {
            let fixed = |policy: &MatchPolicy| {
                [policy.semantic, policy.keyword, policy.recency, policy.same_domain, policy.match_from]
                    .into_iter()
                    .chain([policy.guide_from, policy.close_within])
                    .collect::<Vec<_>>()
            };
            assert_eq!(fixed(&policy), fixed(&first), "version {}", policy.version);
        }
    }

    #[test]
    fn every_calibration_rises() {
        for policy in all() {
            let rises =
                policy.calibration.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1);
            assert!(rises, "version {}", policy.version);
        }
    }
}
