//! How much it counts that a flow helped some time ago (rule 5.2): half as much with every 30 days.

use chrono::{DateTime, Utc};

const HALF_LIFE_DAYS: f64 = 30.0;
const SECONDS_A_DAY: f64 = 86_400.0;

/// From 1 for just now towards 0. A time that is still to come counts as now: clocks differ.
pub fn recency(helped: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    let ago = (now - helped).to_std().unwrap_or_default().as_secs_f64() / SECONDS_A_DAY;
    0.5_f64.powf(ago / HALF_LIFE_DAYS)
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn it_halves_every_thirty_days() {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let after = |days| recency(now - Duration::days(days), now);
        for (days, wanted) in [(0, 1.0), (30, 0.5), (60, 0.25), (-1, 1.0)] {
            assert!((after(days) - wanted).abs() < 1e-9, "{days} days");
        }
    }
}
