//! Waits for a rebuild that the servers do, and shows how far it is.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use projections::rebuild::{self, Rebuild, State};
use projections::sharing;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};

use crate::failure::Failure;
use crate::output::told;

const LOOK: Duration = Duration::from_millis(250);
/// Where nobody watches, a line says how far it is so often.
const LINE: Duration = Duration::from_secs(5);
const BAR: usize = 30;

/// Waits until its rows serve, and says in what they differ from those that did. An error if it fails or is cancelled, or no server is there for longer than `patience`.
pub(super) async fn until_it_ends(
    pool: &PgPool,
    name: &str,
    patience: Duration,
) -> anyhow::Result<Option<String>> {
    let (mut shown, mut served) = (Shown::begin(name), Instant::now());
    loop {
        let rebuild = rebuild::of(pool, name).await?;
        let Some(rebuild) = rebuild else {
            return Err(Failure::Failed(format!("nothing is known of a rebuild of {name} any more")).into());
        };
        match rebuild.state {
            State::Running => shown.update(&rebuild)?,
            State::Done => {
                shown.end();
                return Ok(rebuild.difference);
            }
            State::Cancelled => {
                shown.end();
                return Err(
                    Failure::Failed(format!("{name}: cancelled; what served before serves on")).into()
                );
            }
            State::Failed => {
                shown.end();
                let why = rebuild.error.unwrap_or_default();
                return Err(Failure::Failed(format!("{name}: {why}; what served before serves on")).into());
            }
        }
        if sharing::anybody_is_there(pool).await? {
            served = Instant::now();
        } else if served.elapsed() >= patience {
            shown.end();
            let why = "no server runs on this database: it stays asked for, and is done when one starts";
            return Err(Failure::Failed(format!("{name}: {why}")).into());
        }
        sleep(LOOK).await;
    }
}

/// What standard error shows.
struct Shown<'a> {
    name: &'a str,
    terminal: bool,
    last: Option<Instant>,
    ended: bool,
}

impl<'a> Shown<'a> {
    fn begin(name: &'a str) -> Self {
        Self { name, terminal: io::stderr().is_terminal(), last: None, ended: false }
    }

    fn update(&mut self, rebuild: &Rebuild) -> io::Result<()> {
        let mut out = io::stderr().lock();
        if self.terminal {
            write!(out, "\r\x1b[K{} {}", bar(rebuild.ratio()), line(rebuild))?;
            out.flush()?;
        } else if self.last.is_none_or(|last| last.elapsed() >= LINE) {
            writeln!(out, "{}", line(rebuild))?;
        } else {
            return Ok(());
        }
        self.last = Some(Instant::now());
        Ok(())
    }

    /// Nothing more is waited for.
    fn end(&mut self) {
        self.ended = true;
        if self.terminal && self.last.is_some() {
            // Whatever is written next begins on a line of its own.
            told("");
        }
    }
}

impl Drop for Shown<'_> {
    /// Somebody has enough of waiting.
    fn drop(&mut self) {
        if !self.ended {
            self.end();
            told(&format!("{0} is still to be done: `projection cancel {0}` ends it", self.name));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn line(rebuild: &Rebuild) -> String {
    let (name, position, target) = (&rebuild.projection, rebuild.position, rebuild.target);
    let rate = rebuild.events_per_second;
    let left = (rate > 0.0).then(|| (target.0 - position.0).max(0) as f64 / rate);
    let left = left.map(|seconds| format!(", {rate:.0} events/s, {seconds:.0} s left")).unwrap_or_default();
    format!("{name}: {:.0}%, position {position} of {target}{left}", rebuild.ratio() * 100.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share"
)]
fn bar(ratio: f64) -> String {
    let full = ((ratio * BAR as f64) as usize).min(BAR);
    format!("[{}{}]", "#".repeat(full), ".".repeat(BAR - full))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::recorded_event::Position;

    use super::*;

    fn at(position: i64, events_per_second: f64) -> Rebuild {
        Rebuild {
            projection: "sessions".to_owned(),
            version: 2,
            state: State::Running,
            target: Position(400),
            position: Position(position),
            events_per_second,
            started_at: DateTime::UNIX_EPOCH,
            error: None,
            back: false,
            difference: None,
        }
    }

    #[test]
    fn time_left_is_told_once_there_is_a_rate() {
        assert_eq!(line(&at(0, 0.0)), "sessions: 0%, position 0 of 400");
        assert_eq!(line(&at(100, 20.0)), "sessions: 25%, position 100 of 400, 20 events/s, 15 s left");
    }

    #[test]
    fn a_rebuild_that_follows_past_its_target_is_full_and_no_more() {
        assert_eq!(bar(at(500, 0.0).ratio()), format!("[{}]", "#".repeat(BAR)));
        assert_eq!(bar(at(200, 0.0).ratio()), format!("[{}{}]", "#".repeat(15), ".".repeat(15)));
    }
}
