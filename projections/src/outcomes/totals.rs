//! What a span of days adds up to, as it is told.

use super::day::{COUNTS, Day};

/// What a span of days adds up to. `started` and `open` are of the sessions that were started in it, all other figures of
/// those that were closed in it, by their last close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Totals {
    pub started: i64,
    /// Of those, not closed by now.
    pub open: i64,
    pub closed: i64,
    pub resolved: i64,
    /// Escalation was ever requested.
    pub escalated: i64,
    pub abandoned: i64,
    /// Opened again at least once before.
    pub reopened: i64,
    /// Closed while GUIDED.
    pub guided: i64,
    /// Of resolved ones: assistant steps, all in all.
    pub steps: i64,
    pub rated: i64,
    /// All ratings added up.
    pub ratings: i64,
    /// Of resolved ones: microseconds from start to resolution, all in all.
    pub resolve_micros: i64,
}

impl Totals {
    /// The seconds from start to resolution, on average; none if nothing was resolved.
    #[expect(clippy::cast_precision_loss, reason = "an average")]
    pub fn mean_resolve_seconds(&self) -> Option<f64> {
        (self.resolved > 0).then(|| self.resolve_micros as f64 / self.resolved as f64 / 1e6)
    }

    /// Adds what a day counts.
    pub(super) fn add(&mut self, day: &Day) {
        self.add_counts(day.counts);
    }

    /// Adds counts in the order of [`COUNTS`].
    pub(super) fn add_counts(&mut self, counts: [i64; COUNTS.len()]) {
        let sums = [
            &mut self.closed,
            &mut self.resolved,
            &mut self.escalated,
            &mut self.abandoned,
            &mut self.reopened,
            &mut self.guided,
            &mut self.steps,
            &mut self.rated,
            &mut self.ratings,
            &mut self.resolve_micros,
        ];
        for (sum, more) in sums.into_iter().zip(counts) {
            *sum += more;
        }
    }
}
