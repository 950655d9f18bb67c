//! Workers: they do what projections ask the outside world for, and come back with a command.

pub mod analyse;
mod asking;
mod attend;
pub mod diagnose;
mod diagnosis;
mod embed;
pub mod enrich;
pub mod expire;
mod flagging;
mod forget_vectors;
mod ledger;
pub mod library;
mod likening;
mod next_day;
mod offering;
pub mod outdate;
mod proposing;
pub mod publish;
mod release;
pub mod remembering;
pub mod uploads;
mod withholding;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use domain::id::{CommandId, CorrelationId};
use domain::metadata::Actor;
use event_store::error::{ExecuteError, StoreError};
use event_store::executor::CommandContext;
use projections::error::ProjectionError;
use projections::work_queue::{self, Claim};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::commands::digest;

/// How long a claim is held. It is renewed while the work goes on, so that only what a dead process held, or one that
/// lost the database, is done again by somebody else; and that soon, because somebody waits for it.
const LEASE: Duration = Duration::from_secs(10);
/// How often the queue is looked at unasked: for work that another process queued, or whose lease ran out.
const POLL: Duration = Duration::from_millis(250);

/// A kind of work and how it is done.
pub trait Worker: Send + Sync + 'static {
    /// The kind of work, as projections name it.
    fn kind(&self) -> &'static str;

    /// How long work is left to whoever does it at once, before it is claimed.
    fn head_start(&self, _app: &App) -> Duration {
        Duration::ZERO
    }

    /// Does a piece of work. Doing it twice must record it once.
    fn work(&self, app: &Arc<App>, claim: &Claim) -> impl Future<Output = Result<(), WorkError>> + Send;

    /// The work is given up: says so where it can be seen.
    fn give_up(
        &self,
        app: &Arc<App>,
        claim: &Claim,
        error: &WorkError,
    ) -> impl Future<Output = Result<(), WorkError>> + Send;
}

/// Work failed.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The log could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A read model could not be read.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The model gives no answer now.
    #[error("{0}")]
    Unanswered(&'static str),
    /// What is asked for can't be done.
    #[error("{0}")]
    Refused(String),
}

impl WorkError {
    /// Whether the same may well succeed a moment later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Projection(error) => error.is_passing(),
            Self::Unanswered(_) => true,
            Self::Refused(_) => false,
        }
    }
}

impl<E: std::fmt::Display> From<ExecuteError<E>> for WorkError {
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Store(error) => Self::Store(error),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// How many accounts may be stocked with the starter library at once.
const STOCKING: usize = 2;
/// How many escalations may be enriched at once.
const ENRICHING: usize = 16;
/// How many sessions may be analysed at once, each of another account.
const ANALYSING: usize = 4;
/// How many accounts' proposals may be outdated, and how many published late, at once.
const OUTDATING: usize = 2;
/// How many of those who leave are seen to at once.
const RELEASING: usize = 2;
/// How many accounts' flows may be embedded at once.
const EMBEDDING: usize = 2;
/// How many accounts' vectors may be forgotten at once.
const FORGETTING: usize = 2;
/// How often what was done is forgotten, and how long it is kept.
const FORGET_EVERY: Duration = Duration::from_mins(10);
const KEPT: Duration = Duration::from_hours(24);

/// Starts all workers.
pub fn start(app: &Arc<App>, queued: &Arc<Notify>, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
    let most = app.settings.diagnose_workers;
    // Where steps are made at once, what is queued is not due when it rings.
    let bell = if diagnose::Diagnose.head_start(app).is_zero() { queued.clone() } else { Arc::default() };
    vec![
        tokio::spawn(run(app.clone(), diagnose::Diagnose, bell, most, stop.clone())),
        // A bell of its own: a new account and an escalation are rare and can wait for the next look, steps ring all the time.
        tokio::spawn(run(app.clone(), library::Library, Arc::default(), STOCKING, stop.clone())),
        tokio::spawn(run(app.clone(), enrich::Enrich, Arc::default(), ENRICHING, stop.clone())),
        tokio::spawn(run(app.clone(), analyse::Analyse, Arc::default(), ANALYSING, stop.clone())),
        tokio::spawn(run(app.clone(), outdate::Outdate, Arc::default(), OUTDATING, stop.clone())),
        tokio::spawn(run(app.clone(), publish::Publish, Arc::default(), OUTDATING, stop.clone())),
        tokio::spawn(run(app.clone(), release::Release, Arc::default(), RELEASING, stop.clone())),
        tokio::spawn(run(app.clone(), embed::Embed, Arc::default(), EMBEDDING, stop.clone())),
        tokio::spawn(run(
            app.clone(),
            forget_vectors::ForgetVectors,
            Arc::default(),
            FORGETTING,
            stop.clone(),
        )),
        tokio::spawn(embed::catch_up(app.clone(), stop.clone())),
        tokio::spawn(expire::run(app.clone(), stop.clone())),
        tokio::spawn(uploads::run(app.clone(), stop.clone())),
        tokio::spawn(forget(app.clone(), stop.clone())),
        tokio::spawn(ledger::run(app.clone(), stop.clone())),
    ]
}

/// Does one kind of work, up to `most` pieces at once, until told to stop; pieces that are under way are finished.
pub async fn run<W: Worker>(
    app: Arc<App>,
    worker: W,
    queued: Arc<Notify>,
    most: usize,
    stop: CancellationToken,
) {
    let worker = Arc::new(worker);
    let free = Arc::new(Semaphore::new(most));
    let under_way = TaskTracker::new();
    while !stop.is_cancelled() {
        // Before the queue is looked at: what is added while we look rings.
        let rung = queued.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        let claimed = claim(&app, &*worker, &free).await;
        let idle = claimed.is_empty();
        for (claim, slot) in claimed {
            let (app, worker, queued) = (app.clone(), worker.clone(), queued.clone());
            under_way.spawn(async move {
                attend::attend(&app, &*worker, claim).await;
                drop(slot);
                // The next piece of the same lane, or one that found no free slot, can go on now.
                queued.notify_waiters();
            });
        }
        if idle {
            tokio::select! {
                () = stop.cancelled() => break,
                () = &mut rung => {}
                () = sleep(POLL) => {}
            }
        }
    }
    under_way.close();
    under_way.wait().await;
}

type Slot = tokio::sync::OwnedSemaphorePermit;

async fn claim<W: Worker>(app: &App, worker: &W, free: &Arc<Semaphore>) -> Vec<(Claim, Slot)> {
    let mut slots = Vec::new();
    while let Ok(slot) = free.clone().try_acquire_owned() {
        slots.push(slot);
    }
    if slots.is_empty() {
        return Vec::new();
    }
    let wanted = i64::try_from(slots.len()).unwrap_or(i64::MAX);
    match work_queue::claim(&app.background, worker.kind(), wanted, LEASE, worker.head_start(app)).await {
        Ok(claims) => claims.into_iter().zip(slots).collect(),
        Err(error) => {
            tracing::warn!(work.kind = worker.kind(), error = %error, "the work queue cannot be read");
            sleep(POLL).await;
            Vec::new()
        }
    }
}

/// The context of a command that follows from a piece of work: its id, and so its effect, follows from the work's key.
fn context(claim: &Claim, process: &str, part: &str) -> CommandContext {
    let command = CommandId::derived(claim.causation.0, &format!("{}/{part}", claim.key));
    CommandContext {
        correlation: CorrelationId(claim.correlation.0),
        causation: Some(claim.causation),
        ..CommandContext::new(
            claim.account,
            Actor::Process(process.to_owned()),
            command,
            digest(&[&claim.key, part]),
        )
    }
}

/// Keeps the queue and the memory small: what was done is forgotten after a while, and so are members' full buckets.
async fn forget(app: Arc<App>, stop: CancellationToken) {
    loop {
        app.rates.forget_the_full();
        if let Err(error) = work_queue::forget_done(&app.background, KEPT).await {
            tracing::warn!(error = %error, "done work could not be forgotten");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(FORGET_EVERY) => {}
        }
    }
}
