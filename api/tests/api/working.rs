//! Work that goes wrong in its worst ways leaves the queue all the same, and not before that could be said.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use api::app::App;
use api::workers::{self, WorkError, Worker};
use domain::id::{AccountId, CommandId, CorrelationId};
use event_store::StoreError;
use projections::work_queue::{self, Claim, WorkItem};
use serde_json::Value;
use sqlx::Executor;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::{World, eventually};

const KIND: &str = "trial";

/// Work that panics, and that can't be given up so often.
#[derive(Clone, Default)]
struct Panics {
    worked: Arc<AtomicU32>,
    refusals: Arc<AtomicU32>,
    gave_up: Arc<AtomicU32>,
}

impl Worker for Panics {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn work(&self, _app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        self.worked.fetch_add(1, Ordering::SeqCst);
        assert_eq!(claim.key, "harmless", "this is what a test wants");
        Ok(())
    }

    async fn give_up(&self, _app: &Arc<App>, _claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        if self.refusals.load(Ordering::SeqCst) > 0 {
            self.refusals.fetch_sub(1, Ordering::SeqCst);
            return Err(StoreError::OutcomeUnknown.into());
        }
        self.gave_up.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

async fn add(world: &World, keys: &[&str]) {
    let items = keys.iter().map(|key| WorkItem {
        key: (*key).to_owned(),
        kind: KIND,
        account: AccountId(Uuid::from_u128(1)),
        lane: Uuid::from_u128(1),
        payload: Value::Null,
        correlation: CorrelationId(Uuid::from_u128(2)),
        causation: CommandId(Uuid::from_u128(3)),
    });
    work_queue::add(&mut world.pool.acquire().await.unwrap(), &items.collect::<Vec<_>>()).await.unwrap();
}

async fn state(world: &World, key: &str) -> String {
    let state = "SELECT state FROM work_items WHERE key = $1";
    sqlx::query_scalar(state).bind(key).fetch_one(&world.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_panics_is_tried_again_and_given_up_and_its_lane_goes_on() {
    let world = World::start().await;
    let (worker, stop) = (Panics::default(), CancellationToken::new());
    add(&world, &["fatal", "harmless"]).await;
    // The pauses between eight attempts take half a minute.
    world.pool.execute("UPDATE work_items SET attempts = 6 WHERE key = 'fatal'").await.unwrap();
    let run = workers::run(world.app.clone(), worker.clone(), Arc::default(), 2, stop.clone());
    let running = tokio::spawn(run);
    eventually("it is put off", async || {
        let put_off = "SELECT count(*) FROM work_items WHERE attempts = 7 AND last_error = 'it panicked'";
        world.count(put_off).await == 1
    })
    .await;
    world.pool.execute("UPDATE work_items SET run_after = now()").await.unwrap();
    eventually("what comes behind it is done", async || state(&world, "harmless").await == "done").await;
    assert_eq!(state(&world, "fatal").await, "given_up");
    assert_eq!((worker.worked.load(Ordering::SeqCst), worker.gave_up.load(Ordering::SeqCst)), (3, 1));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_is_not_given_up_before_that_could_be_recorded_and_is_not_tried_again_either() {
    let world = World::start().await;
    let (worker, stop) = (Panics::default(), CancellationToken::new());
    worker.refusals.store(1, Ordering::SeqCst);
    add(&world, &["fatal"]).await;
    world.pool.execute("UPDATE work_items SET attempts = 7").await.unwrap();
    let run = workers::run(world.app.clone(), worker.clone(), Arc::default(), 2, stop.clone());
    let running = tokio::spawn(run);
    eventually("it waits for another time", async || {
        let waits = "SELECT count(*) FROM work_items WHERE attempts = 8 AND run_after > now()";
        world.count(waits).await == 1
    })
    .await;
    assert_eq!(state(&world, "fatal").await, "ready");
    world.pool.execute("UPDATE work_items SET run_after = now()").await.unwrap();
    eventually("it is given up", async || state(&world, "fatal").await == "given_up").await;
    assert_eq!((worker.worked.load(Ordering::SeqCst), worker.gave_up.load(Ordering::SeqCst)), (1, 1));
    stop.cancel();
    running.await.unwrap();
}
