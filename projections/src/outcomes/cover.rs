//! Which rows of the sums hold a span of days: whole weeks where there are any, single days at its ends.

use chrono::{Days, NaiveDate};
use domain::local_days::{DaySpan, monday};

/// Both ends included; none of them if the last comes before the first.
pub(super) type Between = (NaiveDate, NaiveDate);

/// The sums that a span is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cover {
    /// Days before the weeks.
    pub(super) before: Between,
    /// Mondays of weeks.
    pub(super) weeks: Between,
    /// Days after the weeks.
    pub(super) after: Between,
}

impl Cover {
    /// Of the days of a span that come before this one, those of whole weeks by week.
    pub(super) fn by_week(span: DaySpan, end: NaiveDate) -> Self {
        let last = span.last.min(end.pred_opt().unwrap_or(end));
        let first_week = monday(later(span.first, 6));
        let after_weeks = monday(later(last, 1));
        if after_weeks <= first_week {
            return Self::by_day(span, end);
        }
        Self {
            before: (span.first, earlier(first_week, 1)),
            weeks: (first_week, earlier(after_weeks, 7)),
            after: (after_weeks, last),
        }
    }

    /// The same day by day.
    pub(super) fn by_day(span: DaySpan, end: NaiveDate) -> Self {
        let nothing = (span.first, earlier(span.first, 1));
        let last = span.last.min(end.pred_opt().unwrap_or(end));
        Self { before: (span.first, last), weeks: nothing, after: nothing }
    }
}

fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn earlier(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn days((first, last): Between) -> impl Iterator<Item = NaiveDate> {
        first.iter_days().take_while(move |day| *day <= last)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_summed_day_of_a_span_is_covered_once_and_no_other_one(
            from in 0..60_u64, length in 1..400_u64, summed in 0..500_u64,
        ) {
            let origin = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let (first, end) = (later(origin, from), later(origin, summed));
            let span = DaySpan { first, last: later(first, length - 1) };
            let wanted: Vec<_> = span.iter_days().filter(|day| *day < end).collect();
            for cover in [Cover::by_week(span, end), Cover::by_day(span, end)] {
                let mondays = days(cover.weeks).step_by(7);
                let of_weeks = mondays.flat_map(|first| days((first, later(first, 6))));
                let covered: Vec<_> =
                    days(cover.before).chain(of_weeks).chain(days(cover.after)).collect();
                prop_assert_eq!(&covered, &wanted);
            }
        }
    }

    #[test]
    fn a_year_is_read_from_some_sixty_rows() {
        let end = NaiveDate::from_ymd_opt(2026, 7, 2).unwrap();
        let cover = Cover::by_week(DaySpan::ending(end, 365), end);
        let rows =
            days(cover.before).count() + days(cover.weeks).count().div_ceil(7) + days(cover.after).count();
        assert!((52..=64).contains(&rows), "{rows}");
    }
}
