//! Time that counts as work: how much of a span falls into business hours, as the clocks of a zone show them.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::account::business_hours::BusinessHours;

/// How much of the time from one instant to another falls into these hours; nothing if the second is the earlier one.
///
/// A moment counts if a clock on the wall shows working hours at it. So an hour that daylight saving takes out of working
/// hours is missing, and one that it repeats counts twice.
pub fn between(hours: &BusinessHours, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
    let mut total = TimeDelta::zero();
    let mut at = from;
    while at < to {
        let ahead = offset(zone, at);
        let until = until_clocks_change(zone, at, to.min(at + TimeDelta::days(1)));
        total += on_the_wall(hours, at.naive_utc() + ahead, until.naive_utc() + ahead);
        at = until;
    }
    total
}

/// The same on a clock that nobody changes meanwhile, for at most a day.
fn on_the_wall(hours: &BusinessHours, from: NaiveDateTime, to: NaiveDateTime) -> TimeDelta {
    from.date()
        .iter_days()
        .take_while(|day| *day <= to.date())
        .filter(|day| hours.days.iter().any(|it| u32::from(*it) == day.weekday().number_from_monday()))
        .map(|day| to.min(day.and_time(hours.end)) - from.max(day.and_time(hours.start)))
        .map(|overlap| overlap.max(TimeDelta::zero()))
        .sum()
}

fn offset(zone: Tz, at: DateTime<Utc>) -> TimeDelta {
    TimeDelta::seconds(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc().into())
}

/// The first instant after `from` at which the zone's clocks are changed, but at the latest `to`. They are changed at whole
/// seconds, and in no zone twice within a day.
fn until_clocks_change(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    let ahead = offset(zone, from);
    if offset(zone, to) == ahead {
        return to;
    }
    let (mut same, mut other) = (from.timestamp(), to.timestamp());
    while other - same > 1 {
        let middle = same.midpoint(other);
        let is_same = DateTime::from_timestamp(middle, 0).is_some_and(|it| offset(zone, it) == ahead);
        if is_same { same = middle } else { other = middle }
    }
    DateTime::from_timestamp(other, 0).unwrap_or(to)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;
    use chrono_tz::{Africa, America, Asia, Australia, Europe, Pacific};
    use proptest::prelude::*;

    use super::*;

    /// Daylight saving on both hemispheres, by half an hour, around midnight, in Ramadan, by leaving out a day, and none.
    const ZONES: [Tz; 10] = [
        Europe::Berlin,
        America::New_York,
        Australia::Sydney,
        Australia::Lord_Howe,
        America::St_Johns,
        America::Sao_Paulo,
        Africa::Casablanca,
        Pacific::Apia,
        Asia::Kolkata,
        Tz::UTC,
    ];
    /// Changes of the clocks that happened, or are known to come.
    const CHANGES: [&str; 8] = [
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
        "2026-11-01T06:00:00Z",
        "2005-10-30T02:31:00Z",
        "2018-11-04T03:00:00Z",
        "2011-12-30T10:00:00Z",
    ];

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn time(minute: u32) -> NaiveTime {
        NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap()
    }

    /// Looks at the clock on the wall every minute.
    fn minute_by_minute(
        hours: &BusinessHours,
        zone: Tz,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> TimeDelta {
        let mut total = TimeDelta::zero();
        let mut now = from;
        while now < to {
            let wall = now.with_timezone(&zone);
            let weekday = u8::try_from(wall.weekday().number_from_monday()).unwrap();
            if hours.days.contains(&weekday) && hours.start <= wall.time() && wall.time() < hours.end {
                total += TimeDelta::minutes(1);
            }
            now += TimeDelta::minutes(1);
        }
        total
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        // Rule 10.2.
        #[test]
        fn business_time_is_what_a_look_at_the_clock_every_minute_adds_up_to(
            zone in prop::sample::select(&ZONES[..]),
            change in prop::sample::select(&CHANGES[..]),
            before in 0_i64..4_000,
            span in 0_i64..8_000,
            days in prop::collection::vec(1_u8..=7, 0..7),
            start in 0_u32..1_438,
            length in 1_u32..1_438,
        ) {
            let hours = BusinessHours { days, start: time(start), end: time((start + length).min(1_439)) };
            let from = at(change) - TimeDelta::minutes(before);
            let to = from + TimeDelta::minutes(span);
            prop_assert_eq!(between(&hours, zone, from, to), minute_by_minute(&hours, zone, from, to));
            let middle = from + TimeDelta::seconds(span * 17);
            let parts = between(&hours, zone, from, middle) + between(&hours, zone, middle, to);
            prop_assert_eq!(parts, between(&hours, zone, from, to));
        }
    }

    #[test]
    fn a_weekend_between_two_hours_of_work_does_not_count() {
        let hours = BusinessHours { days: vec![1, 2, 3, 4, 5], start: time(8 * 60), end: time(17 * 60) };
        let (friday, monday) = (at("2026-10-23T14:30:00Z"), at("2026-10-26T07:45:30Z"));
        // 16:30 to 17:00 in summer time, 8:00 to 8:45:30 in winter time.
        assert_eq!(between(&hours, Europe::Berlin, friday, monday).num_seconds(), (30 + 45) * 60 + 30);
        assert_eq!(between(&hours, Europe::Berlin, monday, friday), TimeDelta::zero());
        let never = BusinessHours { days: vec![], ..hours.clone() };
        assert_eq!(between(&never, Europe::Berlin, friday, monday), TimeDelta::zero());
    }

    #[test]
    fn an_hour_of_work_that_clocks_skip_is_missing_and_one_that_they_repeat_counts_twice() {
        let hours = BusinessHours { days: vec![7], start: time(0), end: time(6 * 60) };
        let night = |day: &str| {
            let from = at(day);
            between(&hours, Europe::Berlin, from, from + TimeDelta::days(1)).num_hours()
        };
        assert_eq!(night("2026-03-28T12:00:00Z"), 5);
        assert_eq!(night("2026-10-24T12:00:00Z"), 7);
        assert_eq!(night("2026-10-17T12:00:00Z"), 6);
    }
}
