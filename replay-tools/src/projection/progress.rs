//! Waits for a rebuild that the servers do, and shows how far it is.

use std::time::Duration;

use projections::rebuild::{self, Rebuild, State};
use projections::sharing;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};

use crate::failure::Failure;
use crate::output::told;
use crate::progress::{Far, Progress};

const LOOK: Duration = Duration::from_millis(250);

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
            State::Running => shown.update(&rebuild),
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
    progress: Option<Progress>,
    begun: bool,
}

impl<'a> Shown<'a> {
    fn begin(name: &'a str) -> Self {
        Self { name, progress: Some(Progress::begin()), begun: false }
    }

    fn update(&mut self, rebuild: &Rebuild) {
        // Past its target it follows the log until it is level with the rows that serve.
        let upto = rebuild.target.max(rebuild.position);
        let far = Far::positions(self.name, rebuild.position, upto);
        if let Some(progress) = self.progress.as_mut().filter(|progress| !self.begun || progress.is_due()) {
            progress.show_now(far, rebuild.events_per_second);
        }
        self.begun = true;
    }

    /// Nothing more is waited for.
    fn end(&mut self) {
        self.progress = None;
    }
}

impl Drop for Shown<'_> {
    /// Somebody has enough of waiting.
    fn drop(&mut self) {
        if self.progress.take().is_some() {
            told(&format!("{0} is still to be done: `projection cancel {0}` ends it", self.name));
        }
    }
}
