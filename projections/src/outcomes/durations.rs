//! What is told of a number of durations: how many, their mean, and how long the quickest half, nine tenths and nineteen
//! twentieths of them took.

/// In seconds; none where there are no durations.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[expect(missing_docs, reason = "the sentence above says it")]
pub struct Durations {
    pub n: i64,
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
}

impl Durations {
    /// Of these very durations in microseconds, in any order.
    pub fn exact(mut micros: Vec<i64>) -> Self {
        micros.sort_unstable();
        let at = |rank: i64| {
            usize::try_from(rank).ok().and_then(|rank| micros.get(rank)).map_or(0.0, |it| seconds(*it))
        };
        Self::of(i64::try_from(micros.len()).unwrap_or(i64::MAX), micros.iter().sum(), at)
    }

    /// Of so many with this sum, where `at` tells the seconds of the one at a rank from 0.
    pub(super) fn of(n: i64, sum_micros: i64, at: impl Fn(i64) -> f64) -> Self {
        if n <= 0 {
            return Self::default();
        }
        let percentile = |hundredths: i64| {
            // As PostgreSQL's percentile_cont: between two ranks it lies proportionally between their values.
            let (rank, beyond) = ((n - 1) * hundredths / 100, (n - 1) * hundredths % 100);
            let low = at(rank);
            let high = if beyond == 0 { low } else { at(rank + 1) };
            Some(low + (high - low) * ratio(beyond, 100))
        };
        Self {
            n,
            mean: Some(ratio(sum_micros, n) / 1e6),
            p50: percentile(50),
            p90: percentile(90),
            p95: percentile(95),
        }
    }
}

fn seconds(micros: i64) -> f64 {
    ratio(micros, 1_000_000)
}

#[expect(clippy::cast_precision_loss, reason = "a ratio of counts or of spans of up to 285 years")]
fn ratio(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_the_two_values_that_are_nearest() {
        let figures = Durations::exact([40, 10, 30, 20].map(|it| it * 1_000_000).to_vec());
        assert_eq!((figures.n, figures.mean, figures.p50), (4, Some(25.0), Some(25.0)));
        assert!((figures.p90.unwrap() - 37.0).abs() < 1e-9);
        assert!((figures.p95.unwrap() - 38.5).abs() < 1e-9);
    }

    #[test]
    fn nothing_has_no_figures_and_one_is_its_own() {
        assert_eq!(Durations::exact(vec![]), Durations::default());
        let one = Durations::exact(vec![1_500_000]);
        assert_eq!((one.n, one.mean, one.p50, one.p95), (1, Some(1.5), Some(1.5), Some(1.5)));
    }
}
