//! Rebuilds that fold whole streams: what fails waits as it would live, and whoever was taken over copies nothing more.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use projections::by_stream::{ByStream, OwnTable, StreamFold};
use projections::checkpoint::{self, Node};
use projections::error::ProjectionError;
use projections::projection::Projection;
use projections::quarantine::{self, Narrowed, Waiting};
use projections::rebuild::{self, State};
use projections::sessions::Sessions;
use projections::work_queue::WorkItem;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use crate::crashes::eventually;
use crate::msp::{ANNA, BEN, Msp};
use crate::process::{Process, names};
use crate::rebuilding::{ask, ends, tell};
use crate::story::Story;
use crate::tables;
use crate::world::{World, new_id};

async fn waiting(world: &World) -> Vec<Waiting> {
    let narrowed = Narrowed { projection: Some("sessions"), ..Narrowed::default() };
    quarantine::waiting(&world.pool, narrowed, 10).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_with_a_faulty_event_in_its_middle_waits_from_there_as_it_does_live() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let faulty = msp.start(&world, ANNA, "One").await;
    msp.note(&world, faulty, ANNA, "Before").await;
    let unread = msp.start(&world, BEN, "Two").await;
    let healthy = msp.start(&world, BEN, "Three").await;
    // One whose version leaves a gap, one whose payload nobody can read; and more behind them.
    world.forge(faulty.0, "session.paused", "1.0", 1).await;
    world.forge(unread.0, "session.paused", "9.9", 0).await;
    for stream in [faulty, unread] {
        world.forge(stream.0, "session.paused", "1.0", 0).await;
        world.forge(stream.0, "session.resumed", "1.0", 0).await;
    }
    msp.note(&world, healthy, BEN, "On").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let (rows, live) = (tables::read(&world.pool).await, waiting(&world).await);
    assert_eq!(live.len(), 2);
    ask(&world, &Sessions::default(), false).await;
    assert_eq!(ends(&world, "sessions").await, State::Done);
    process.stop().await;
    tables::assert_same(&rows, &tables::read(&world.pool).await);
    let told = |waiting: &[Waiting]| -> Vec<_> {
        let one =
            |it: &Waiting| (it.aggregate_id, it.account, it.position, it.blocked_events, it.error.clone());
        let mut told: Vec<_> = waiting.iter().map(one).collect();
        told.sort();
        told
    };
    assert_eq!(told(&waiting(&world).await), told(&live));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_does_not_take_keeps_only_its_own_stream_waiting() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let long = msp.start(&world, ANNA, "One").await;
    let short = msp.start(&world, BEN, "Two").await;
    for _ in 0..3 {
        msp.note(&world, long, ANNA, "On").await;
    }
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let refuse = "ALTER TABLE sessions ADD CONSTRAINT not_too_long CHECK (version < $1) NOT VALID";
    let versions: i64 =
        sqlx::query_scalar("SELECT max(version) FROM sessions").fetch_one(&world.pool).await.unwrap();
    sqlx::query(&refuse.replace("$1", &versions.to_string())).execute(&world.pool).await.unwrap();
    ask(&world, &Sessions::default(), false).await;
    assert_eq!(ends(&world, "sessions").await, State::Done);
    process.stop().await;
    let waiting = waiting(&world).await;
    assert_eq!(waiting.iter().map(|it| it.aggregate_id).collect::<Vec<_>>(), [long.0]);
    let sql = "SELECT version FROM sessions WHERE id = $1";
    let kept: i64 = sqlx::query_scalar(sql).bind(long.0).fetch_one(&world.pool).await.unwrap();
    assert_eq!(kept, versions - 1, "up to the event that gave what is refused");
    assert_eq!(world.count(&format!("sessions WHERE id = '{}'", short.0)).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_was_frozen_and_taken_over_copies_nothing_until_it_has_it_again() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 3).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let rows = tables::read(&world.pool).await;
    ask(&world, &Sessions::default(), true).await;

    let (freezing, frozen) = channel();
    let (thaw, thawing) = channel();
    let stop = CancellationToken::new();
    let (options, stopped) = (world.options.clone(), stop.clone());
    // On one thread, so that all of it stands still.
    let other = std::thread::spawn(move || {
        let sessions =
            Freezing { inner: Sessions::default(), told: freezing, let_on: Arc::new(Mutex::new(thawing)) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::on(options.application_name("frozen"));
            let engine = Process::start(&world, Vec::new()).only_engine();
            rebuild::run(engine, vec![Arc::new(sessions)], stopped).await;
        });
    });
    let frozen = tokio::task::spawn_blocking(move || frozen.recv().unwrap());
    frozen.await.unwrap();

    let expire = "UPDATE projection_checkpoints SET leased_until = now() WHERE name = 'sessions@rebuild'";
    sqlx::query(expire).execute(&world.pool).await.unwrap();
    let node = Node { id: new_id(), lease: Duration::from_hours(1) };
    let version = Sessions::default().version();
    checkpoint::acquire(&world.pool, "sessions@rebuild", version, node).await.unwrap().unwrap();
    let now: DateTime<Utc> =
        sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&world.pool).await.unwrap();
    thaw.send(()).unwrap();
    let looks_again = format!(
        "pg_stat_activity WHERE application_name = 'frozen' AND state_change > '{now}'
         AND query LIKE 'SELECT projection, version, strict%'"
    );
    eventually(async || world.count(&looks_again).await > 0).await;
    for table in Projection::tables(&Sessions::default()) {
        assert_eq!(world.count(&format!("rebuild_sessions.{table}")).await, 0, "{table}");
    }
    sqlx::query(expire).execute(&world.pool).await.unwrap();
    assert_eq!(ends(&world, "sessions").await, State::Done);
    stop.cancel();
    tokio::task::spawn_blocking(|| other.join().unwrap()).await.unwrap();
    tables::assert_same(&rows, &tables::read(&world.pool).await);
}

/// Sessions, whose first stream waits in its middle until it is let on.
struct Freezing {
    inner: Sessions,
    told: Sender<()>,
    let_on: Arc<Mutex<Receiver<()>>>,
}

impl Projection for Freezing {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn version(&self) -> i32 {
        self.inner.version()
    }

    fn tables(&self) -> &'static [&'static str] {
        Projection::tables(&self.inner)
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
        self.inner.apply(connection, events, work)
    }

    fn by_stream(&self) -> Option<&dyn ByStream> {
        Some(self)
    }
}

impl ByStream for Freezing {
    fn aggregate_type(&self) -> &'static str {
        self.inner.aggregate_type()
    }

    fn tables(&self) -> &'static [OwnTable] {
        ByStream::tables(&self.inner)
    }

    fn begin(&self) -> Box<dyn StreamFold> {
        // Nobody waits for the second stream any more.
        if self.told.send(()).is_ok() {
            let _ = self.let_on.lock().unwrap().recv();
        }
        self.inner.begin()
    }
}
