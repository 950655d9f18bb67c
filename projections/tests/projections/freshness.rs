//! Reading one's own writes, in the process that folds and in others.

use std::sync::Arc;
use std::time::Duration;

use domain::recorded_event::{Position, RecordedEvent};
use futures_util::future::BoxFuture;
use projections::error::ProjectionError;
use projections::freshness::Freshness;
use projections::outcomes::Outcomes;
use projections::projection::Projection;
use projections::sessions::Sessions;
use projections::work_queue::WorkItem;
use sqlx::{Connection, PgConnection};

use crate::msp::{ANNA, Msp};
use crate::process::{PATIENCE, Process, names};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_ends_when_it_is_there_and_says_no_when_it_never_comes() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let process = Process::start(&world, projections::all());
    let freshness = &process.engine.freshness;
    for _ in 0..20 {
        let session = msp.start(&world, ANNA, "Locked out").await;
        let written = world.last().await;
        assert!(freshness.reaches(&["sessions"], written, PATIENCE).await);
        assert_eq!(world.count(&format!("sessions WHERE id = '{session}'")).await, 1);
    }
    let future = Position(world.last().await.0 + 1);
    assert!(!freshness.reaches(&["sessions"], future, Duration::from_millis(30)).await);
    assert!(!freshness.reaches(&["no such projection"], Position(1), Duration::from_millis(30)).await);
    assert!(freshness.reaches(&[], future, Duration::ZERO).await);
    assert!(freshness.reaches(&["sessions", "flows"], written_before(future), PATIENCE).await);
    process.stop().await;
}

fn written_before(position: Position) -> Position {
    Position(position.0 - 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_learns_of_it_from_the_checkpoints_also_where_nothing_was_to_fold() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let process = Process::start_on(&world, world.other_pool(), projections::all());
    let elsewhere = Freshness::new(world.pool.clone());
    let session = msp.start(&world, ANNA, "Locked out").await;
    for _ in 0..3 {
        // Flows and accounts have nothing to fold of this.
        msp.note(&world, session, ANNA, "Still locked").await;
        let written = world.last().await;
        assert!(elsewhere.reaches(&names(), written, PATIENCE).await);
    }
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_does_not_wait_for_a_pause_in_what_others_write() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let process = Process::start_on(&world, world.other_pool(), projections::all());
    let elsewhere = Freshness::new(world.pool.clone());
    let session = msp.start(&world, ANNA, "Locked out").await;
    let written = world.last().await;
    let writing = async {
        loop {
            msp.note(&world, session, ANNA, "Still locked").await;
        }
    };
    tokio::select! {
        () = writing => {}
        reached = elsewhere.reaches(&["flows"], written, PATIENCE) => assert!(reached),
    }
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_outlives_the_runner_that_it_waited_for() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let process = Process::start_on(&world, world.other_pool(), projections::all());
    process.shows(&world, &names()).await;
    let first = process.engine.freshness.clone();
    let future = Position(world.last().await.0 + 1);
    let wait = tokio::spawn(async move { first.reaches(&["sessions"], future, PATIENCE).await });
    let successor = Process::start(&world, projections::all());
    msp.start(&world, ANNA, "Locked out").await;
    assert!(wait.await.unwrap());
    process.stop().await;
    successor.stop().await;
}

/// The outcomes, if nobody waits for them as late as no test goes on.
#[derive(Default)]
struct Late(Outcomes);

impl Projection for Late {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn version(&self) -> i32 {
        self.0.version()
    }

    fn tables(&self) -> &'static [&'static str] {
        self.0.tables()
    }

    fn takes(&self, event_type: &str) -> bool {
        self.0.takes(event_type)
    }

    fn lingers(&self) -> Option<Duration> {
        Some(4 * PATIENCE)
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        self.0.apply(connection, events, work)
    }

    fn forget(&self) {
        self.0.forget();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lingers_comes_when_somebody_waits_for_it_and_only_then() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let process = Process::start(&world, vec![Arc::new(Late::default()), Arc::new(Sessions::default())]);
    for sessions in 1..=3 {
        let before = world.last().await;
        process.shows(&world, &["outcomes"]).await;
        msp.start(&world, ANNA, "Locked out").await;
        process.shows(&world, &["sessions"]).await;
        assert_eq!(process.engine.freshness.position("outcomes"), Some(before), "nobody waits");
        process.shows(&world, &["outcomes"]).await;
        assert_eq!(world.count("outcomes").await, sessions);
    }
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lingers_comes_when_a_reader_of_another_process_waits_for_it() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let process = Process::start_on(&world, world.other_pool(), vec![Arc::new(Late::default())]);
    let elsewhere = Freshness::new(world.pool.clone());
    for sessions in 1..=3 {
        process.shows(&world, &["outcomes"]).await;
        msp.start(&world, ANNA, "Locked out").await;
        assert!(elsewhere.reaches(&["outcomes"], world.last().await, PATIENCE).await);
        assert_eq!(world.count("outcomes").await, sessions);
    }
    process.stop().await;
}

#[tokio::test]
async fn a_stopped_runner_has_stored_how_far_it_came() {
    let world = World::new().await;
    Msp::open(&world, "UTC").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let mut connection = sqlx::PgConnection::connect_with(&world.options).await.unwrap();
    let stored: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT position FROM projection_checkpoints")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(stored, [world.last().await.0]);
}
