//! A moment as it is typed: a time with its zone, or a day, which begins at midnight UTC.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Reads it; an error says what was expected.
pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let day = || text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let expected =
        "expected a time like 2026-11-25T09:30:00Z, or a day like 2026-11-25, which begins at midnight UTC";
    text.parse().ok().or_else(day).ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_first_moment_and_a_time_needs_its_zone() {
        let midnight: DateTime<Utc> = "2026-11-25T00:00:00Z".parse().unwrap();
        for same in ["2026-11-25", "2026-11-25T01:00:00+01:00", "2026-11-25 00:00:00 UTC"] {
            assert_eq!(moment(same), Ok(midnight), "{same}");
        }
        for wrong in ["", "yesterday", "25.11.2026", "2026-11-25T09:30:00", "2026-02-30"] {
            assert!(moment(wrong).unwrap_err().contains("midnight UTC"), "{wrong}");
        }
    }
}
