//! Keeps a projection up with the log: batches, one transaction each with checkpoint and work, retries, quarantine.

use std::sync::Arc;
use std::time::Duration;

use domain::recorded_event::{Position, RecordedEvent};
use event_store::feed::LogFeed;
use sqlx::PgPool;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::{self, Checkpoint};
use crate::error::ProjectionError;
use crate::freshness::Freshness;
use crate::projection::Projection;
use crate::quarantine::{self, Quarantine};
use crate::work_queue;

/// Most events of one transaction.
const BATCH: usize = 500;
/// A commit doesn't wait for the disk. Rows, work and checkpoint are lost together or not at all, and then what the log
/// has, which did wait, is folded once more. Waiting would take the disk's time from the commands.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off";
/// How often an event that can't be folded is tried before its stream waits.
const ATTEMPTS: u32 = 3;
/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A checkpoint that moved over nothing but events of other projections is stored after this time: other processes know
/// nothing but the stored one, and may be waiting for it.
const SETTLE: Duration = Duration::from_millis(100);

/// What the runners of a process share.
#[derive(Clone)]
pub struct Engine {
    /// The database.
    pub pool: PgPool,
    /// The log.
    pub feed: LogFeed,
    /// Where the runners say how far they are.
    pub freshness: Freshness,
    /// Rung when work was added.
    pub work: Arc<Notify>,
}

/// Runs one projection until it is told to stop. Comes back early only if another runner took the projection over.
pub async fn run(engine: Engine, projection: Arc<dyn Projection>, stop: CancellationToken) {
    let mut pause = PAUSE;
    loop {
        let started = tokio::select! {
            () = stop.cancelled() => return,
            started = Runner::start(&engine, projection.clone()) => started,
        };
        let ended = match started {
            Ok(mut runner) => {
                let from = runner.at;
                let ended = runner.follow(&stop).await;
                if runner.at > from {
                    pause = PAUSE;
                }
                ended
            }
            Err(error) => Err(error),
        };
        let error = match ended {
            Ok(()) => return,
            Err(ProjectionError::Fenced(name)) => {
                tracing::warn!(projection.name = name, "taken over by another runner");
                return;
            }
            Err(error) => error,
        };
        tracing::warn!(projection.name = projection.name(), error = %error, "projection stopped, starts again");
        metrics::counter!("flowpilot_projection_restarts_total", "projection" => projection.name())
            .increment(1);
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

struct Runner<'a> {
    engine: &'a Engine,
    projection: Arc<dyn Projection>,
    /// As stored.
    checkpoint: Checkpoint,
    /// As far as it has really come; ahead of the stored one by events of other projections at most.
    at: Position,
    /// Since when it is ahead.
    unsettled: Option<Instant>,
    quarantine: Quarantine,
    told: watch::Sender<Position>,
}

impl<'a> Runner<'a> {
    async fn start(engine: &'a Engine, projection: Arc<dyn Projection>) -> Result<Self, ProjectionError> {
        let checkpoint = checkpoint::take_over(&engine.pool, projection.name(), projection.version()).await?;
        let quarantine = Quarantine::load(&engine.pool, projection.name()).await?;
        let told = engine.freshness.announce(projection.name(), checkpoint.position);
        let at = checkpoint.position;
        let runner = Self { engine, projection, checkpoint, at, unsettled: None, quarantine, told };
        runner.show_quarantine();
        Ok(runner)
    }

    async fn follow(&mut self, stop: &CancellationToken) -> Result<(), ProjectionError> {
        let mut head = self.engine.feed.head();
        loop {
            let page = tokio::select! {
                () = stop.cancelled() => return self.settle().await,
                page = self.engine.feed.after(self.at, BATCH) => page?,
            };
            if page.up_to <= self.at {
                let at = self.at;
                tokio::select! {
                    () = stop.cancelled() => return self.settle().await,
                    () = until(self.unsettled.map(|since| since + SETTLE)) => self.settle().await?,
                    ended = async { head.wait_for(|head| *head > at).await.is_err() } => {
                        if ended { return self.settle().await }
                    }
                }
                continue;
            }
            let taken: Vec<_> =
                page.events.into_iter().filter(|event| self.projection.takes(&event.event_type)).collect();
            self.take(&taken, page.up_to).await?;
            let lag = head.borrow().0 - self.at.0;
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            metrics::gauge!("flowpilot_projection_lag_events", "projection" => self.projection.name())
                .set(lag as f64);
        }
    }

    /// Folds a batch; if it can't be folded as a whole, event by event, so that only the faulty one's stream waits.
    async fn take(&mut self, events: &[Arc<RecordedEvent>], up_to: Position) -> Result<(), ProjectionError> {
        if events.is_empty() {
            self.passed(up_to);
            return match self.unsettled {
                Some(since) if since.elapsed() >= SETTLE => self.settle().await,
                _ => Ok(()),
            };
        }
        match self.commit(events, up_to).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_passing() || matches!(error, ProjectionError::Fenced(_)) => {
                return Err(error);
            }
            Err(error) => {
                tracing::warn!(projection.name = self.projection.name(), error = %error, "batch failed, going one by one");
            }
        }
        for event in events {
            self.take_one(event).await?;
        }
        self.passed(up_to);
        Ok(())
    }

    async fn take_one(&mut self, event: &Arc<RecordedEvent>) -> Result<(), ProjectionError> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let error = match self.commit(std::slice::from_ref(event), event.position).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_passing() || matches!(error, ProjectionError::Fenced(_)) => {
                    return Err(error);
                }
                Err(error) => error,
            };
            if attempt == ATTEMPTS {
                return self.set_aside(event, &error).await;
            }
            sleep(pause).await;
            pause *= 2;
        }
        Ok(())
    }

    async fn commit(
        &mut self,
        events: &[Arc<RecordedEvent>],
        up_to: Position,
    ) -> Result<(), ProjectionError> {
        let name = self.projection.name();
        let mut work = Vec::new();
        let mut transaction = self.engine.pool.begin_with(BEGIN).await?;
        if self.quarantine.is_empty() {
            self.projection.apply(&mut transaction, events, &mut work).await?;
        } else {
            let (held, free): (Vec<_>, Vec<_>) =
                events.iter().cloned().partition(|event| self.quarantine.holds(event));
            self.projection.apply(&mut transaction, &free, &mut work).await?;
            for event in &held {
                quarantine::count_blocked(&mut transaction, name, event).await?;
            }
        }
        work_queue::add(&mut transaction, &work).await?;
        checkpoint::advance(&mut transaction, name, self.checkpoint, up_to).await?;
        transaction.commit().await?;
        self.moved(up_to);
        metrics::counter!("flowpilot_projection_events_total", "projection" => name)
            .increment(events.len() as u64);
        if !work.is_empty() {
            self.engine.work.notify_waiters();
        }
        Ok(())
    }

    async fn set_aside(
        &mut self,
        event: &RecordedEvent,
        error: &ProjectionError,
    ) -> Result<(), ProjectionError> {
        let name = self.projection.name();
        let mut transaction = self.engine.pool.begin().await?;
        quarantine::store(&mut transaction, name, event, error, ATTEMPTS).await?;
        checkpoint::advance(&mut transaction, name, self.checkpoint, event.position).await?;
        transaction.commit().await?;
        self.quarantine.add(event);
        self.moved(event.position);
        self.show_quarantine();
        tracing::error!(
            projection.name = name, event.position = event.position.0, event.type_ = %event.event_type, error = %error,
            "event can't be folded: its stream waits"
        );
        Ok(())
    }

    /// Stores how far it has come over events of other projections.
    async fn settle(&mut self) -> Result<(), ProjectionError> {
        if self.at > self.checkpoint.position {
            let mut transaction = self.engine.pool.begin_with(BEGIN).await?;
            checkpoint::advance(&mut transaction, self.projection.name(), self.checkpoint, self.at).await?;
            transaction.commit().await?;
            self.checkpoint.position = self.at;
        }
        self.unsettled = None;
        Ok(())
    }

    /// It came over events of other projections, which changed nothing.
    fn passed(&mut self, to: Position) {
        self.at = to;
        if to > self.checkpoint.position {
            self.unsettled.get_or_insert_with(Instant::now);
        }
        self.told.send_replace(to);
    }

    /// A commit stored that it came so far.
    fn moved(&mut self, to: Position) {
        self.checkpoint.position = to;
        self.at = to;
        self.unsettled = None;
        self.told.send_replace(to);
    }

    fn show_quarantine(&self) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("flowpilot_projection_quarantined", "projection" => self.projection.name())
            .set(self.quarantine.len() as f64);
    }
}

/// Ends at that time; without one, never.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
