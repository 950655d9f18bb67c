//! Days and weeks as an account counts them: from midnight to midnight in its own zone, weeks from Monday.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// Days in a row, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl DaySpan {
    /// So many days, at least one, the last of which is this one.
    pub fn ending(last: NaiveDate, days: u64) -> Self {
        Self { first: last.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(last), last }
    }

    /// How many days these are.
    pub fn days(self) -> u64 {
        (self.last - self.first).num_days().unsigned_abs() + 1
    }

    /// As many days, right before these.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::ending(self.first.pred_opt().unwrap_or(self.first), self.days())
    }

    /// Day by day.
    pub fn by_day(self) -> Vec<Self> {
        self.iter_days().map(|day| Self { first: day, last: day }).collect()
    }

    /// Its days.
    pub fn iter_days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }

    /// Week by week; the first and the last may be cut short by the ends.
    pub fn by_week(self) -> Vec<Self> {
        let mut weeks: Vec<Self> = Vec::new();
        for day in self.by_day() {
            match weeks.last_mut() {
                Some(week) if monday(week.first) == monday(day.first) => week.last = day.last,
                _ => weeks.push(day),
            }
        }
        weeks
    }
}

/// The Monday of a day's week.
pub fn monday(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day)
}

/// When a day begins in a zone: at midnight, or, if clocks skip that, at the first moment after it.
pub fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // Clocks skip half an hour, an hour, or in Samoa once a whole day.
    let quarters = (0..=96).map(|quarter| midnight + TimeDelta::minutes(15 * quarter));
    quarters
        .filter_map(|local| zone.from_local_datetime(&local).earliest())
        .map(|begins| begins.to_utc())
        .next()
        .unwrap_or_else(|| midnight.and_utc())
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Australia, Europe, Pacific};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    // Rule 10.2.
    #[test]
    fn seven_days_end_today_and_the_seven_before_end_where_they_begin() {
        let week = DaySpan::ending(day("2026-03-02"), 7);
        assert_eq!(week, DaySpan { first: day("2026-02-24"), last: day("2026-03-02") });
        assert_eq!(week.previous(), DaySpan { first: day("2026-02-17"), last: day("2026-02-23") });
        assert_eq!((week.days(), week.by_day().len()), (7, 7));
    }

    #[test]
    fn weeks_begin_on_monday_and_hold_each_day_once() {
        let year = DaySpan::ending(day("2026-03-04"), 365);
        let weeks = year.by_week();
        assert_eq!((weeks[0].first, weeks[weeks.len() - 1].last), (year.first, year.last));
        assert_eq!(weeks.iter().map(|week| week.days()).sum::<u64>(), 365);
        for (week, next) in weeks.iter().zip(&weeks[1..]) {
            assert_eq!(next.first, week.last.succ_opt().unwrap());
            assert_eq!(next.first, monday(next.first));
        }
    }

    #[test]
    fn a_day_begins_at_midnight_where_the_account_is_or_at_the_first_moment_after_it() {
        for (zone, local, begins) in [
            (Europe::Berlin, "2026-03-29", "2026-03-28T23:00:00Z"),
            (Europe::Berlin, "2026-03-30", "2026-03-29T22:00:00Z"),
            (Australia::Sydney, "2026-10-05", "2026-10-04T13:00:00Z"),
            // Clocks were put forward at midnight; and Samoa had no such day.
            (America::Sao_Paulo, "2018-11-04", "2018-11-04T03:00:00Z"),
            (Pacific::Apia, "2011-12-30", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(
                midnight(zone, day(local)),
                begins.parse::<DateTime<Utc>>().unwrap(),
                "{zone} {local}"
            );
        }
    }
}
