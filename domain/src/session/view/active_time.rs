//! A session's time without the spans in which it was paused or closed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A stopwatch over recorded times, in whole microseconds so that it stores without loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveTime {
    /// Counted before the span that runs now.
    pub counted_micros: i64,
    /// Since when it runs; none while it stands.
    pub running_since: Option<DateTime<Utc>>,
}

impl ActiveTime {
    /// Runs from this time on.
    pub fn started(at: DateTime<Utc>) -> Self {
        Self { counted_micros: 0, running_since: Some(at) }
    }

    /// Stands from this time on.
    pub fn stop(&mut self, at: DateTime<Utc>) {
        self.counted_micros = self.micros_until(at);
        self.running_since = None;
    }

    /// Runs from this time on, if it doesn't already.
    pub fn run(&mut self, at: DateTime<Utc>) {
        self.running_since.get_or_insert(at);
    }

    /// Seconds counted up to a time.
    pub fn seconds_until(&self, at: DateTime<Utc>) -> f64 {
        seconds(self.micros_until(at))
    }

    fn micros_until(&self, at: DateTime<Utc>) -> i64 {
        self.counted_micros + self.running_since.map_or(0, |since| micros_between(since, at))
    }
}

/// Seconds from one time to another; clocks of two machines may differ, so never below zero.
pub(super) fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    seconds(micros_between(from, to))
}

fn micros_between(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_microseconds().unwrap_or(i64::MAX).max(0)
}

#[expect(clippy::cast_precision_loss, reason = "exact for spans of up to 285 years")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}
