//! A moment in a session's life, as it is typed.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use domain::recorded_event::{Position, RecordedEvent};

use crate::moment::moment;

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// After all its events.
    Now,
    /// After so many of its events; 0 is before its start.
    Version(u64),
    /// After all that stood in the log up to this position.
    Position(Position),
    /// After all that was recorded up to this moment.
    Time(DateTime<Utc>),
}

impl Point {
    /// Whether an event had happened by then.
    pub(super) fn has_seen(self, event: &RecordedEvent) -> bool {
        match self {
            Self::Now => true,
            Self::Version(version) => event.version <= version,
            Self::Position(position) => event.position <= position,
            Self::Time(time) => event.metadata.recorded_at <= time,
        }
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.split_once(':') {
            _ if text == "now" => Some(Self::Now),
            _ if text == "start" => Some(Self::Version(1)),
            Some(("version", number)) => number.parse().ok().map(Self::Version),
            Some(("position", number)) => number.parse().ok().map(Self::Position),
            _ => moment(text).ok().map(Self::Time),
        };
        parsed.ok_or_else(|| {
            "expected now, start, version:7, position:1234 a time like 2026-11-25T09:30:00Z or a day like 2026-11-25".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_positions_and_times_are_told_apart() {
        assert_eq!("now".parse(), Ok(Point::Now));
        assert_eq!("start".parse(), Ok(Point::Version(1)));
        assert_eq!("version:7".parse(), Ok(Point::Version(7)));
        assert_eq!("position:12".parse(), Ok(Point::Position(Position(12))));
        let time = "2026-11-25T09:30:00Z".parse().unwrap();
        assert_eq!("2026-11-25T10:30:00+01:00".parse(), Ok(Point::Time(time)));
        let day = "2026-11-25T00:00:00Z".parse().unwrap();
        assert_eq!("2026-11-25".parse(), Ok(Point::Time(day)));
        for wrong in ["", "7", "version:x", "yesterday"] {
            assert!(wrong.parse::<Point>().is_err(), "{wrong}");
        }
    }
}
