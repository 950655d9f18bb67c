//! Whole streams folded in memory, several at once, and their rows copied: how a rebuild begins where a projection offers it.

mod copier;
mod gathering;

pub(super) use gathering::{Gathering, Stream};

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

use domain::recorded_event::Position;
use event_store::{Log, StreamRange, Until, transaction};
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{LOOK, tables};
use crate::by_stream::ByStream;
use crate::checkpoint;
use crate::error::ProjectionError;
use crate::one_by_one;
use crate::projection::Projection;
use crate::quarantine::Quarantine;
use crate::runner::Runner;
use crate::target::Target;

/// Streams are handed out in portions of about so many events.
const PORTION: u64 = 2_000;
/// Most tasks that fold; each has a portion's rows and a connection at most.
const MOST_TASKS: usize = 4;

/// What the tasks share.
struct Shared {
    projection: Arc<dyn Projection>,
    pool: PgPool,
    log: Log,
    target: Target,
    /// Of the checkpoint: who holds it no more copies nothing more.
    epoch: i64,
    /// Where the log is cut off.
    upto: Position,
    left_out: Quarantine,
    portions: Mutex<std::vec::IntoIter<StreamRange>>,
    failed: Mutex<Vec<Stream>>,
    folded: AtomicU64,
    done: Arc<AtomicU64>,
}

/// Folds everything up to the log's present end into the empty tables, and gives them their keys. Told to stop it ends, and is
/// begun again next time: the checkpoint is moved only when all is there.
pub(super) async fn fold(
    runner: &mut Runner<'_>,
    by_stream: &dyn ByStream,
    stop: &CancellationToken,
) -> Result<(), ProjectionError> {
    let (pool, log) = (&runner.engine.pool, runner.engine.feed.log());
    let upto = log.last_event(log.ceiling().await?).await?;
    let portions = log.stream_ranges(by_stream.aggregate_type(), PORTION).await?;
    let events: u64 = portions.iter().map(|portion| portion.events).sum();
    let shared = Arc::new(Shared {
        projection: runner.projection.clone(),
        pool: pool.clone(),
        log: log.clone(),
        target: runner.target.clone(),
        epoch: runner.checkpoint.epoch,
        upto,
        left_out: runner.quarantine.clone(),
        portions: Mutex::new(portions.into_iter()),
        failed: Mutex::default(),
        folded: AtomicU64::new(0),
        done: runner.done.clone(),
    });
    let mut tasks = JoinSet::new();
    for _ in 0..available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_TASKS) {
        tasks.spawn(copier::run(shared.clone()));
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = sleep(LOOK) => show(&shared, events).await?,
            ended = tasks.join_next() => match ended {
                Some(Ok(ended)) => ended?,
                Some(Err(ended)) => std::panic::resume_unwind(ended.into_panic()),
                None => break,
            },
        }
    }
    tables::add_keys(pool, &*shared.projection).await?;
    let failed = std::mem::take(&mut *shared.failed.lock().unwrap_or_else(PoisonError::into_inner));
    for stream in failed {
        fold_by_itself(runner, by_stream.aggregate_type(), &stream, upto).await?;
    }
    let mut transaction = transaction::begin(&runner.engine.pool).await?;
    checkpoint::advance(&mut transaction, &runner.target.checkpoint, runner.checkpoint, upto).await?;
    transaction.commit().await?;
    runner.moved(upto);
    Ok(())
}

/// Says how much is folded.
async fn show(shared: &Shared, events: u64) -> Result<(), ProjectionError> {
    let folded = shared.folded.load(Ordering::Relaxed).min(events);
    let sql = "UPDATE projection_rebuilds SET folded = (target * $2::float8)::bigint
               WHERE projection = $1 AND state = 'running'";
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = if events > 0 { folded as f64 / events as f64 } else { 1.0 };
    sqlx::query(sql).bind(shared.projection.name()).bind(share).execute(&shared.pool).await?;
    Ok(())
}

/// Folds a stream that can't be folded or copied with the others as it would be folded live: up to its faulty event, which is
/// the same one then, and the stream waits.
async fn fold_by_itself(
    runner: &mut Runner<'_>,
    aggregate_type: &str,
    stream: &Stream,
    upto: Position,
) -> Result<(), ProjectionError> {
    let engine = runner.engine;
    let until = Until::Position(upto);
    let events = engine.feed.log().stream_of(stream.account, aggregate_type, stream.id, until).await?;
    let events: Vec<_> = events
        .into_iter()
        .filter(|event| runner.projection.takes(&event.event_type) && !runner.quarantine.leaves_out(event))
        .map(Arc::new)
        .collect();
    let mut transaction = transaction::begin_with(&engine.pool, runner.target.begin.clone()).await?;
    let faulty =
        one_by_one::fold_or_wait(&mut transaction, &*runner.projection, &runner.target, &events).await?;
    checkpoint::keep(&mut transaction, &runner.target.checkpoint, runner.checkpoint.epoch).await?;
    transaction.commit().await?;
    if let Some(event) = faulty {
        runner.quarantine.add(event);
    }
    Ok(())
}
