//! Durations as they are told: how many, and how long.

use async_graphql::SimpleObject;
use projections::outcomes::Durations;

use crate::graphql::scalar::clamp_count;

/// Durations in seconds; null figures mean that there were none. Of up to 256 they are exact, of more the percentiles are
/// within one percent.
#[derive(SimpleObject)]
pub struct DurationStats {
    /// How many sessions stand behind it.
    n: i32,
    /// The average.
    mean: Option<f64>,
    /// Half took no longer.
    p50: Option<f64>,
    /// Nine in ten took no longer.
    p90: Option<f64>,
    /// Nineteen in twenty took no longer.
    p95: Option<f64>,
}

impl From<Durations> for DurationStats {
    fn from(it: Durations) -> Self {
        Self { n: clamp_count(it.n), mean: it.mean, p50: it.p50, p90: it.p90, p95: it.p95 }
    }
}

/// A share; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
pub(super) fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
