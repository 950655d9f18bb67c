//! When sessions begin: in working hours, seldom at night and at the weekend.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

use super::chance::Chance;

/// So many of a hundred sessions begin whenever it happens.
const AT_ANY_TIME: u64 = 8;

/// The beginnings, in order.
pub(super) fn starts(
    chance: &mut Chance,
    from: DateTime<Utc>,
    days: u32,
    sessions: usize,
) -> Vec<DateTime<Utc>> {
    let span = u64::from(days) * 86_400;
    let mut starts: Vec<DateTime<Utc>> = (0..sessions)
        .map(|_| {
            let anywhere = chance.percent(AT_ANY_TIME);
            // A time that does not suit is drawn again; in a span without working hours the last one stands.
            let mut start = from;
            for _ in 0..50 {
                start = from + TimeDelta::seconds(i64::try_from(chance.below(span)).unwrap_or_default());
                if anywhere || is_working_time(start) {
                    break;
                }
            }
            start
        })
        .collect();
    starts.sort_unstable();
    starts
}

fn is_working_time(at: DateTime<Utc>) -> bool {
    at.weekday().num_days_from_monday() < 5 && (7..18).contains(&at.hour())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_begin_in_order_within_the_days_and_mostly_in_working_hours() {
        let from = "2026-01-05T00:00:00Z".parse().unwrap();
        let starts = starts(&mut Chance::of(1), from, 14, 500);
        assert!(starts.is_sorted());
        assert!(starts[0] >= from && starts[499] < from + TimeDelta::days(14));
        let working = starts.iter().filter(|start| is_working_time(**start)).count();
        assert!(working > 400, "{working}");
    }
}
