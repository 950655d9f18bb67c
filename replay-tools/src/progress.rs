//! How far something long has come, on standard error: a bar with its rate and the time left on a terminal, else a line at times.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use domain::recorded_event::Position;
use terminal_size::{Width, terminal_size_of};
use tokio::time::Instant;

/// Between two bars; nothing is shown of what does not even take so long.
const DRAW: Duration = Duration::from_millis(250);
/// Where nobody watches, a line says how far it is so often.
const LINE: Duration = Duration::from_secs(5);
/// The longest bar, and the shortest that tells anything.
const BAR: std::ops::RangeInclusive<usize> = 5..=30;
/// A terminal that does not tell how wide it is.
const WIDTH: usize = 80;
const MINUTE: f64 = 60.0;

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Far<'a> {
    /// What it is called.
    pub(crate) what: &'a str,
    /// So much is done
    pub(crate) done: u64,
    /// of so much;
    pub(crate) of: u64,
    /// what is counted, in the plural.
    pub(crate) unit: &'a str,
}

/// What is shown of it. A bar is gone when this is dropped, so that what is written next stands on a line of its own.
#[derive(Debug)]
pub(crate) struct Progress {
    terminal: bool,
    every: Duration,
    shown: Instant,
    /// Whether there is a bar.
    drawn: bool,
    /// When what was begun, and at how much.
    begun: Option<(String, Instant, u64)>,
}

impl Progress {
    /// Of what writes its data when it has come to its end, or elsewhere than to standard output.
    pub(crate) fn begin() -> Self {
        let terminal = io::stderr().is_terminal();
        let every = if terminal { DRAW } else { LINE };
        Self { terminal, every, shown: Instant::now(), drawn: false, begun: None }
    }

    /// Of what writes its data as it goes: none if they go to a terminal, where they show themselves how far it is.
    pub(crate) fn beside_data() -> Option<Self> {
        (!io::stdout().is_terminal()).then(Self::begin)
    }

    /// Shows how far it is, if that was not done just now; the rate is that since it was begun.
    pub(crate) fn show(&mut self, far: Far<'_>) {
        let now = Instant::now();
        let (begun, at) = match &self.begun {
            Some((what, begun, at)) if what == far.what => (*begun, *at),
            _ => {
                self.begun = Some((far.what.to_owned(), now, far.done));
                (now, far.done)
            }
        };
        if self.shown.elapsed() < self.every {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = far.done.saturating_sub(at) as f64 / (now - begun).as_secs_f64();
        self.show_now(far, rate);
    }

    /// Shows it with this rate a second, whenever that was done last.
    pub(crate) fn show_now(&mut self, far: Far<'_>, rate: f64) {
        self.shown = Instant::now();
        // Whoever can't be told how far it is gets the data all the same.
        let _ = self.write(far, rate);
    }

    /// Whether it is time for another line, where a line is written only now and then.
    pub(crate) fn is_due(&self) -> bool {
        self.terminal || self.shown.elapsed() >= self.every
    }

    fn write(&mut self, far: Far<'_>, rate: f64) -> io::Result<()> {
        let mut out = io::stderr().lock();
        if !self.terminal {
            return writeln!(out, "{}", far.in_words(rate));
        }
        self.drawn = true;
        let width = terminal_size_of(io::stderr()).map_or(WIDTH, |(Width(width), _)| usize::from(width));
        write!(out, "\r\x1b[K{}", with_bar(far.ratio(), &far.in_words(rate), width))?;
        out.flush()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl<'a> Far<'a> {
    /// Of what goes through the log.
    pub(crate) fn positions(what: &'a str, at: Position, upto: Position) -> Self {
        let [done, of] = [at, upto].map(|position| u64::try_from(position.0).unwrap_or_default());
        Self { what, done, of, unit: "positions" }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share")]
    fn ratio(&self) -> f64 {
        if self.of > 0 { (self.done as f64 / self.of as f64).clamp(0.0, 1.0) } else { 1.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "a time")]
    fn in_words(&self, rate: f64) -> String {
        let Self { what, done, of, unit } = self;
        let left = |rate: f64| {
            format!(", {rate:.0} {unit}/s, {} left", time(of.saturating_sub(*done) as f64 / rate))
        };
        let left = if rate.is_finite() && rate > 0.0 { left(rate) } else { String::new() };
        format!("{what}: {:.0}%, {done} of {of} {unit}{left}", self.ratio() * 100.0)
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        ..=120.0 => format!("{seconds:.0} s"),
        ..=7200.0 => format!("{:.0} min", seconds / MINUTE),
        _ => format!("{:.1} h", seconds / MINUTE / MINUTE),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share"
)]
fn bar(ratio: f64, long: usize) -> String {
    let full = ((ratio * long as f64) as usize).min(long);
    format!("[{}{}]", "#".repeat(full), ".".repeat(long - full))
}

/// Both in one line, for what runs over into the next is not taken back.
fn with_bar(ratio: f64, words: &str, width: usize) -> String {
    let line = match width.saturating_sub(words.chars().count() + " []".len() + 1).min(*BAR.end()) {
        long if BAR.contains(&long) => format!("{} {words}", bar(ratio, long)),
        _ => words.to_owned(),
    };
    line.chars().take(width.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(done: u64) -> Far<'static> {
        Far { what: "sessions", done, of: 400, unit: "events" }
    }

    #[test]
    fn time_left_is_told_once_there_is_a_rate() {
        assert_eq!(at(0).in_words(0.0), "sessions: 0%, 0 of 400 events");
        assert_eq!(at(100).in_words(20.0), "sessions: 25%, 100 of 400 events, 20 events/s, 15 s left");
        assert_eq!(at(100).in_words(f64::NAN), "sessions: 25%, 100 of 400 events");
    }

    #[test]
    fn long_times_are_told_in_what_people_wait_by() {
        assert_eq!([time(119.0), time(600.0), time(9000.0)], ["119 s", "10 min", "2.5 h"]);
    }

    #[test]
    fn what_follows_past_its_target_is_full_and_no_more() {
        assert_eq!(bar(at(500).ratio(), 30), format!("[{}]", "#".repeat(30)));
        assert_eq!(bar(at(200).ratio(), 30), format!("[{}{}]", "#".repeat(15), ".".repeat(15)));
    }

    #[test]
    fn a_narrow_terminal_gets_a_shorter_bar_then_none_and_never_two_lines() {
        let words = at(100).in_words(0.0);
        let shown = |width| with_bar(at(100).ratio(), &words, width);
        assert_eq!(shown(200), format!("{} {words}", bar(0.25, 30)));
        assert_eq!(shown(words.len() + 12), format!("{} {words}", bar(0.25, 8)));
        assert_eq!(shown(words.len() + 8), words);
        assert_eq!(shown(10), words[..9]);
    }
}
