//! Keeps a projection up with the log: batches, one transaction each with checkpoint and work, retries, quarantine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::recorded_event::{Position, RecordedEvent};
use event_store::feed::LogFeed;
use event_store::transaction;
use sqlx::{PgConnection, PgPool};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::{self, Checkpoint, Node};
use crate::error::ProjectionError;
use crate::freshness::{Announced, Freshness, wanted};
use crate::projection::Projection;
use crate::quarantine::{self, Quarantine};
use crate::rebuild;
use crate::sharing;
use crate::target::Target;
use crate::work_queue;

/// How often an event that can't be folded is tried before its stream waits.
const ATTEMPTS: u32 = 3;
/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A checkpoint that moved over nothing but events of other projections is stored after this time: other processes know
/// nothing but the stored one, and may be waiting for it.
const SETTLE: Duration = Duration::from_millis(100);

/// How often it is looked whether something was decided about streams that wait.
const LOOK: Duration = Duration::from_millis(500);

/// How often whoever lets events gather looks whether a reader of another process waits for them.
const LOOK_FOR_READERS: Duration = Duration::from_millis(50);

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
    /// Who this process is, among all that may run projections.
    pub node: Node,
}

/// Runs one projection until it is told to stop, whenever no other process does.
pub async fn run(engine: Engine, projection: Arc<dyn Projection>, stop: CancellationToken) {
    let target = Target::live(&*projection);
    let mut pause = PAUSE;
    while !stop.is_cancelled() {
        let held = match Runner::start_if_due(&engine, &projection, &target).await {
            Ok(Some(mut runner)) => {
                let from = runner.at;
                let ended = runner.hold(&stop).await;
                if runner.at > from {
                    pause = PAUSE;
                }
                ended
            }
            Ok(None) => {
                // Somebody else runs it, or it is paused, or its rows are of another version.
                if let Err(error) = rebuild::renew_if_outdated(&engine, &*projection).await {
                    tracing::warn!(projection.name = projection.name(), error = %error, "its version cannot be told");
                }
                rest(engine.node.lease / 3, &stop).await;
                continue;
            }
            Err(error) => Err(error),
        };
        match held {
            Ok(()) => {}
            Err(ProjectionError::Shared(name)) => {
                tracing::info!(projection.name = name, "left to another process");
                rest(engine.node.lease / 3, &stop).await;
            }
            Err(ProjectionError::Fenced(name)) => {
                tracing::warn!(
                    projection.name = name,
                    "taken over, paused or swapped: this runner changed nothing more"
                );
            }
            Err(error) => {
                tracing::warn!(projection.name = projection.name(), error = %error, "projection stopped, starts again");
                metrics::counter!("flowpilot_projection_restarts_total", "projection" => projection.name())
                    .increment(1);
                rest(pause, &stop).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

async fn rest(pause: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(pause) => {}
    }
}

/// A projection while this process holds it.
pub(crate) struct Runner<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) target: Target,
    /// As stored.
    pub(crate) checkpoint: Checkpoint,
    /// As far as it has really come; ahead of the stored one by events of other projections at most.
    pub(crate) at: Position,
    /// Since when it is ahead.
    unsettled: Option<Instant>,
    pub(crate) quarantine: Quarantine,
    announced: Announced,
    /// Events folded since the lease was last renewed.
    pub(crate) done: Arc<AtomicU64>,
}

/// How long the log is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Following {
    /// Until the runner is told to stop.
    On,
    /// Until nothing is left to read.
    ToTheEnd,
}

impl<'a> Runner<'a> {
    /// Takes the projection, if it is to be had and this process has not its part already.
    async fn start_if_due(
        engine: &'a Engine,
        projection: &Arc<dyn Projection>,
        target: &Target,
    ) -> Result<Option<Self>, ProjectionError> {
        let (pool, node) = (&engine.pool, engine.node);
        if !sharing::may_take(pool, node, projection.name(), crate::all().len()).await? {
            return Ok(None);
        }
        Self::start(engine, projection.clone(), target.clone()).await
    }

    /// Takes the projection, if it is to be had.
    pub(crate) async fn start(
        engine: &'a Engine,
        projection: Arc<dyn Projection>,
        target: Target,
    ) -> Result<Option<Self>, ProjectionError> {
        let name = &target.checkpoint;
        let held = checkpoint::acquire(&engine.pool, name, projection.version(), engine.node).await?;
        let Some(checkpoint) = held else { return Ok(None) };
        projection.forget();
        if target.lingers.is_some() {
            wanted::look_out(&engine.pool, name).await?;
        }
        let quarantine = Quarantine::load(&engine.pool, name).await?;
        let announced = if target.asks {
            engine.freshness.announce(projection.name(), checkpoint.position)
        } else {
            Announced::to_nobody(checkpoint.position)
        };
        let at = checkpoint.position;
        let done = Arc::default();
        Ok(Some(Self {
            engine,
            projection,
            target,
            checkpoint,
            at,
            unsettled: None,
            quarantine,
            announced,
            done,
        }))
    }

    /// Follows the log while the lease is renewed, and lets go in the end.
    async fn hold(&mut self, stop: &CancellationToken) -> Result<(), ProjectionError> {
        let renewing = self.renewing();
        let ended = tokio::select! {
            ended = self.follow(stop, Following::On) => ended,
            lost = renewing => Err(lost),
        };
        self.let_go(ended.as_ref().err()).await;
        ended
    }

    /// Renews the lease, for ever; ends only when it was taken away.
    pub(crate) fn renewing(&self) -> impl Future<Output = ProjectionError> + use<> {
        let (engine, name, epoch) =
            (self.engine.clone(), self.target.checkpoint.clone(), self.checkpoint.epoch);
        let (done, shares, all) = (self.done.clone(), self.target.asks, crate::all().len());
        async move {
            let mut since = Instant::now();
            loop {
                sleep(engine.node.lease / 3).await;
                #[expect(clippy::cast_precision_loss, reason = "a rate")]
                let rate = done.swap(0, Ordering::Relaxed) as f64 / since.elapsed().as_secs_f64();
                since = Instant::now();
                match checkpoint::renew(&engine.pool, &name, epoch, engine.node, rate).await {
                    Ok(true) if shares => {
                        match sharing::is_too_much(&engine.pool, engine.node, &name, all).await {
                            Ok(true) => return ProjectionError::Shared(name),
                            Ok(false) => {}
                            Err(error) => {
                                tracing::warn!(projection.name = name, error = %error, "whether this is too much cannot be told");
                            }
                        }
                    }
                    Ok(true) => {}
                    Ok(false) => return ProjectionError::Fenced(name),
                    // It may run out meanwhile; then somebody else has it, and nothing is changed here.
                    Err(error) => {
                        tracing::warn!(projection.name = name, error = %error, "a lease cannot be renewed");
                    }
                }
            }
        }
    }

    /// Begins at the log's beginning again: the rows are empty.
    pub(crate) async fn begin_again(&mut self) -> Result<(), ProjectionError> {
        let (pool, name) = (&self.engine.pool, &self.target.checkpoint);
        checkpoint::begin_again(pool, name, self.checkpoint.epoch).await?;
        sqlx::query("DELETE FROM quarantined_streams WHERE projection = $1").bind(name).execute(pool).await?;
        self.quarantine = Quarantine::load(pool, name).await?;
        self.moved(Position::START);
        Ok(())
    }

    /// Lets go, so that whoever is next need not wait for the lease to run out.
    pub(crate) async fn let_go(&self, error: Option<&ProjectionError>) {
        let error = error.map(ToString::to_string);
        let (name, epoch) = (&self.target.checkpoint, self.checkpoint.epoch);
        if let Err(failed) = checkpoint::release(&self.engine.pool, name, epoch, error.as_deref()).await {
            tracing::warn!(projection.name = name, error = %failed, "a lease runs out by itself");
        }
    }

    /// Follows the log: until it is told to stop, or until nothing is left to read.
    pub(crate) async fn follow(
        &mut self,
        stop: &CancellationToken,
        following: Following,
    ) -> Result<(), ProjectionError> {
        let mut head = self.engine.feed.head();
        let mut looked = Instant::now();
        loop {
            if self.quarantine.any_waits() && looked.elapsed() >= LOOK {
                self.mend().await?;
                looked = Instant::now();
            }
            if following == Following::On {
                tokio::select! {
                    () = stop.cancelled() => return self.settle().await,
                    () = self.gather(&mut head) => {}
                }
            }
            let page = tokio::select! {
                () = stop.cancelled() => return self.settle().await,
                page = self.engine.feed.after(self.at, self.target.batch) => page?,
            };
            if page.up_to <= self.at {
                if following == Following::ToTheEnd {
                    return self.settle().await;
                }
                let at = self.at;
                tokio::select! {
                    () = stop.cancelled() => return self.settle().await,
                    () = until(self.unsettled.map(|since| since + SETTLE)) => self.settle().await?,
                    () = until(self.quarantine.any_waits().then(|| looked + LOOK)) => {}
                    ended = async { head.wait_for(|head| *head > at).await.is_err() } => {
                        if ended { return self.settle().await }
                    }
                }
                continue;
            }
            let taken: Vec<_> =
                page.events.into_iter().filter(|event| self.projection.takes(&event.event_type)).collect();
            self.take(&taken, page.up_to).await?;
        }
    }

    /// Lets events gather, if the projection lingers and there are any: until its time is over, a reader waits, or there are so many
    /// that the feed might soon have to read the first ones again.
    async fn gather(&self, head: &mut watch::Receiver<Position>) {
        let Some(time) = self.target.lingers.filter(|_| *head.borrow() > self.at) else { return };
        let many = Position(self.at.0.saturating_add_unsigned(self.target.batch as u64 / 2));
        let mut readers = self.announced.readers.clone();
        tokio::select! {
            () = sleep(time) => {}
            () = async { _ = readers.wait_for(|waiting| *waiting > 0).await } => {}
            () = self.wanted_elsewhere() => {}
            () = async { _ = head.wait_for(|head| *head >= many).await } => {}
        }
    }

    /// Ends when a reader of another process waits for more than what is there.
    async fn wanted_elsewhere(&self) {
        loop {
            sleep(LOOK_FOR_READERS).await;
            // What can't be read now shows itself when the batch is folded.
            let asked = wanted::is_wanted(&self.engine.pool, &self.target.checkpoint, self.at).await;
            if asked.unwrap_or_default() {
                return;
            }
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
        let mut transaction = transaction::begin_with(&self.engine.pool, self.target.begin.clone()).await?;
        let work = self.fold(&mut transaction, events).await?;
        checkpoint::advance(&mut transaction, &self.target.checkpoint, self.checkpoint, up_to).await?;
        transaction.commit().await?;
        self.moved(up_to);
        self.done.fetch_add(events.len() as u64, Ordering::Relaxed);
        metrics::counter!("flowpilot_projection_events_total", "projection" => self.target.checkpoint.clone())
            .increment(events.len() as u64);
        if work {
            self.engine.work.notify_waiters();
        }
        Ok(())
    }

    /// Folds events into the rows; says whether that asked for work.
    pub(crate) async fn fold(
        &self,
        connection: &mut PgConnection,
        events: &[Arc<RecordedEvent>],
    ) -> Result<bool, ProjectionError> {
        let mut work = Vec::new();
        if self.quarantine.is_empty() {
            self.projection.apply(connection, events, &mut work).await?;
        } else {
            let kept = events.iter().filter(|event| !self.quarantine.leaves_out(event)).cloned();
            let (held, free): (Vec<_>, Vec<_>) = kept.partition(|event| self.quarantine.holds(event));
            self.projection.apply(connection, &free, &mut work).await?;
            for event in &held {
                quarantine::count_blocked(connection, &self.target.checkpoint, event, 1).await?;
            }
        }
        if self.target.asks {
            work_queue::add(connection, &work).await?;
        }
        Ok(self.target.asks && !work.is_empty())
    }

    async fn set_aside(
        &mut self,
        event: &RecordedEvent,
        error: &ProjectionError,
    ) -> Result<(), ProjectionError> {
        if self.target.strict {
            return Err(ProjectionError::Stopped { position: event.position, reason: error.to_string() });
        }
        let name = &self.target.checkpoint.clone();
        let mut transaction = transaction::begin(&self.engine.pool).await?;
        quarantine::store(&mut transaction, name, event, error, ATTEMPTS).await?;
        checkpoint::advance(&mut transaction, name, self.checkpoint, event.position).await?;
        transaction.commit().await?;
        self.quarantine.add(event);
        self.moved(event.position);
        tracing::error!(
            projection.name = name, event.position = event.position.0, event.type_ = %event.event_type, error = %error,
            "event can't be folded: its stream waits"
        );
        Ok(())
    }

    /// Stores how far it has come over events of other projections.
    async fn settle(&mut self) -> Result<(), ProjectionError> {
        if self.at > self.checkpoint.position {
            let mut transaction =
                transaction::begin_with(&self.engine.pool, self.target.begin.clone()).await?;
            checkpoint::advance(&mut transaction, &self.target.checkpoint, self.checkpoint, self.at).await?;
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
        self.announced.at.send_replace(to);
    }

    /// A commit stored that it came so far.
    pub(crate) fn moved(&mut self, to: Position) {
        self.checkpoint.position = to;
        self.at = to;
        self.unsettled = None;
        self.announced.at.send_replace(to);
    }
}

/// Ends at that time; without one, never.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
