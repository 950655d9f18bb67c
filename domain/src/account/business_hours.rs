//! When an account works: on which days of the week, from when to when, in its own zone.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use crate::input::{InputFault, InvalidInput};

/// Days and times of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessHours {
    /// Days of the week, 1 for Monday to 7 for Sunday, in order, at least one.
    pub days: Vec<u8>,
    /// When work begins.
    pub start: NaiveTime,
    /// When it ends, later on the same day.
    pub end: NaiveTime,
}

/// What is to change of them; what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BusinessHoursChange {
    /// Days of the week; without any the account has no business hours.
    pub days: Option<Vec<i64>>,
    /// When work begins, as `08:30`.
    pub start: Option<String>,
    /// When it ends.
    pub end: Option<String>,
}

impl BusinessHours {
    /// A time of day as people write it.
    pub fn shown(time: NaiveTime) -> String {
        time.format(AS_WRITTEN).to_string()
    }
}

impl BusinessHoursChange {
    /// The hours once this has changed them.
    pub(super) fn of(self, now: Option<&BusinessHours>) -> Result<Option<BusinessHours>, InvalidInput> {
        if self == Self::default() {
            return Ok(now.cloned());
        }
        if self.days.as_ref().is_some_and(Vec::is_empty) && self.start.is_none() && self.end.is_none() {
            return Ok(None);
        }
        let days = match self.days {
            Some(days) => checked_days(&days)?,
            None => now.map(|now| now.days.clone()).ok_or_else(|| missing(&["businessDays"]))?,
        };
        let start = time(self.start, now.map(|now| now.start), &["businessStart"])?;
        let end = time(self.end, now.map(|now| now.end), &["businessEnd"])?;
        if end <= start {
            return Err(InvalidInput::refused(&["businessEnd"], "it must be later than the start"));
        }
        Ok(Some(BusinessHours { days, start, end }))
    }
}

const AS_WRITTEN: &str = "%H:%M";

fn checked_days(days: &[i64]) -> Result<Vec<u8>, InvalidInput> {
    let path = &["businessDays"];
    if days.is_empty() {
        return Err(InvalidInput::new(path, InputFault::Empty));
    }
    let named = |day: &i64| u8::try_from(*day).ok().filter(|day| (1..=7).contains(day));
    let days: Option<Vec<u8>> = days.iter().map(named).collect();
    let why = "a day is a number from 1 for Monday to 7 for Sunday";
    let mut days = days.ok_or_else(|| InvalidInput::refused(path, why))?;
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn time(
    given: Option<String>,
    now: Option<NaiveTime>,
    path: &'static [&'static str],
) -> Result<NaiveTime, InvalidInput> {
    match given {
        Some(text) => NaiveTime::parse_from_str(text.trim(), AS_WRITTEN)
            .map_err(|_| InvalidInput::refused(path, "it must be a time of day, e.g. 08:30")),
        None => now.ok_or_else(|| missing(path)),
    }
}

fn missing(path: &'static [&'static str]) -> InvalidInput {
    InvalidInput::refused(path, "business hours need days, a start and an end")
}
