//! Runners that end anywhere, and runners that wake up late: nothing is folded twice, nothing is left out.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use projections::error::ProjectionError;
use projections::projection::Projection;
use projections::sessions::Sessions;
use projections::usage::Usage;
use projections::work_queue::WorkItem;
use serde_json::Value;
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::by_hand::ByHand;
use crate::equality::assert_sessions_are_as_the_log_tells;
use crate::msp::{ANNA, BEN, Msp};
use crate::process::{Process, names};
use crate::story::{Kind, Story, a};
use crate::tables;
use crate::world::{World, eventually};

const KILLS: u64 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runners_killed_at_any_moment_leave_nothing_twice_and_nothing_out() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    for round in 0..KILLS {
        let process = Process::start_on(&world, world.other_pool(), projections::all());
        for place in 0..3 {
            story.play(a(Kind::Start, place, place + 1, 1)).await;
            let acts = [Kind::Classify, Kind::Match, Kind::Present, Kind::Answer, Kind::Note, Kind::Present];
            // One of three waits for its second step.
            let most = if place == 0 { 5 } else { 6 };
            for kind in acts.into_iter().take(most) {
                story.play(a(kind, u8::try_from(story.sessions.len()).unwrap() - 1, 2, 1)).await;
            }
        }
        // Another moment each round, from before the first batch to after the last.
        sleep(Duration::from_millis(round)).await;
        process.kill().await;
    }
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;

    assert_sessions_are_as_the_log_tells(&world).await;
    let events = world.events().await;
    let requests = |wanted: &str| -> HashSet<Value> {
        let those = events.iter().filter(|event| event.event_type == wanted);
        those.map(|event| event.payload.as_ref().unwrap()["request"].clone()).collect()
    };
    let waiting = requests("session.step_requested").difference(&requests("session.step_presented")).count();
    // One of each round, and the session that the story begins with.
    assert_eq!(waiting, usize::try_from(KILLS + 1).unwrap());
    let open = world.count("work_items WHERE kind = 'diagnose' AND state = 'ready'").await;
    assert_eq!(open, i64::try_from(waiting).unwrap());
    assert_eq!(world.count("quarantined_streams").await, 0);
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_runner_that_wakes_up_after_another_took_over_changes_nothing() {
    for freeze_before_writing in [true, false] {
        let world = World::new().await;
        let msp = Msp::open(&world, "UTC").await;
        let session = msp.start(&world, ANNA, "Locked out").await;
        let gate = Arc::new(Semaphore::new(0));
        let frozen = Process::start_under(
            &world,
            world.other_pool(),
            vec![
                Arc::new(Freezing { inner: Sessions::default(), gate: gate.clone(), freeze_before_writing }),
                Arc::new(Freezing { inner: Usage, gate: gate.clone(), freeze_before_writing }),
            ],
            // It does not renew while it is frozen.
            Duration::from_hours(1),
        );
        // Both stand in the middle of a batch, in a transaction that is open.
        let waiting = "pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'";
        eventually(async || world.count(waiting).await == 2).await;

        sqlx::query("UPDATE projection_checkpoints SET leased_until = now()")
            .execute(&world.pool)
            .await
            .unwrap();
        let next = Process::start(&world, vec![Arc::new(Sessions::default()), Arc::new(Usage)]);
        eventually(async || world.count("projection_checkpoints WHERE epoch >= 2").await == 2).await;
        // Also where the frozen ones hold locks on the rows that the next one writes: not for ever.
        next.shows(&world, &["sessions", "usage"]).await;
        gate.add_permits(1000);
        // They notice, and let go.
        eventually(async || world.count(waiting).await == 0).await;
        msp.note(&world, session, ANNA, "Still locked").await;
        next.shows(&world, &["sessions", "usage"]).await;
        // Awake again it may have its share: it is not to take over what the other lets go of at its end.
        frozen.kill().await;
        next.stop().await;
        assert_sessions_are_as_the_log_tells(&world).await;
        assert_eq!(world.count("quarantined_streams").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_that_run_the_same_projections_one_goes_on() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let first = Process::start_on(&world, world.other_pool(), projections::all());
    first.shows(&world, &names()).await;
    let second = Process::start_on(&world, world.other_pool(), projections::all());
    for person in [ANNA, BEN, ANNA, BEN] {
        let session = msp.start(&world, person, "Locked out").await;
        msp.note(&world, session, person, "Still locked").await;
        second.shows(&world, &names()).await;
        first.shows(&world, &names()).await;
    }
    first.stop().await;
    second.stop().await;
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
}

pub(crate) async fn assert_same_as_anew(world: &World) {
    let live = tables::read(&world.pool).await;
    tables::forget(&world.pool).await;
    ByHand::new().fold(world).await;
    tables::assert_same(&live, &tables::read(&world.pool).await);
}

/// Stands still in the middle of every batch until it is let on.
struct Freezing<P> {
    inner: P,
    gate: Arc<Semaphore>,
    freeze_before_writing: bool,
}

impl<P: Projection> Projection for Freezing<P> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn version(&self) -> i32 {
        self.inner.version()
    }

    fn tables(&self) -> &'static [&'static str] {
        self.inner.tables()
    }

    fn takes(&self, event_type: &str) -> bool {
        self.inner.takes(event_type)
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            if !self.freeze_before_writing {
                self.inner.apply(connection, events, work).await?;
            }
            self.gate.acquire().await.unwrap().forget();
            if self.freeze_before_writing {
                self.inner.apply(connection, events, work).await?;
            }
            Ok(())
        })
    }
}
