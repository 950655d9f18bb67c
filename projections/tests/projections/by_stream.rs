//! Rebuilds that fold whole streams: what fails waits as it would live, and whoever was taken over copies nothing more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::recorded_event::{Position, RecordedEvent};
use futures_util::future::BoxFuture;
use projections::by_stream::{ByStream, OwnTable, StreamFold};
use projections::checkpoint::{self, Node};
use projections::error::ProjectionError;
use projections::projection::Projection;
use projections::quarantine::{self, Narrowed, Waiting};
use projections::rebuild::{self, Rebuild, State};
use projections::sessions::Sessions;
use projections::work_queue::WorkItem;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use crate::msp::{ANNA, BEN, Msp};
use crate::process::{Process, names};
use crate::rebuilding::{ask, ends, tell};
use crate::story::Story;
use crate::tables;
use crate::world::{World, eventually, new_id};

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

    let stop = CancellationToken::new();
    let (other, frozen, thaw) = rebuild_apart(&world, (0, true), &stop);
    tokio::task::spawn_blocking(move || frozen.recv().unwrap()).await.unwrap();

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_much_of_a_rebuild_is_folded_is_told_meanwhile_and_it_can_be_cancelled_then() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let long = msp.start(&world, ANNA, "One").await;
    for _ in 0..550 {
        msp.note(&world, long, ANNA, "On").await;
    }
    msp.start(&world, BEN, "Two").await;
    let process = Process::start(&world, vec![Arc::new(Sessions::default())]);
    process.shows(&world, &["sessions"]).await;
    process.stop().await;
    let rows = tables::read(&world.pool).await;
    ask(&world, &Sessions::default(), false).await;
    let stop = CancellationToken::new();
    let (other, frozen, thaw) = rebuild_apart(&world, (1, false), &stop);
    tokio::task::spawn_blocking(move || frozen.recv().unwrap()).await.unwrap();
    let stands = async || rebuild::of(&world.pool, "sessions").await.unwrap().unwrap();
    eventually(async || stands().await.position > Position::START).await;
    let Rebuild { position, target, state, .. } = stands().await;
    assert_eq!(state, State::Running);
    // A page of 500 of the 553 or so events.
    assert!(position.0 * 10 > target.0 * 8 && position < target, "{position} of {target}");
    assert!(rebuild::cancel(&world.pool, "sessions").await.unwrap());
    thaw.send(()).unwrap();
    eventually(async || world.count("pg_namespace WHERE nspname = 'rebuild_sessions'").await == 0).await;
    stop.cancel();
    tokio::task::spawn_blocking(|| other.join().unwrap()).await.unwrap();
    assert_eq!(stands().await.state, State::Cancelled);
    assert_eq!(world.count("projection_checkpoints WHERE name = 'sessions@rebuild'").await, 0);
    tables::assert_same(&rows, &tables::read(&world.pool).await);
}

/// Sessions, of which one waits at its beginning until it is let on.
struct Freezing {
    inner: Sessions,
    /// How many are folded first.
    first: AtomicUsize,
    /// Whether all else in its process stands still with it.
    all_of_it: bool,
    told: Sender<()>,
    let_on: Arc<Mutex<Receiver<()>>>,
}

/// Rebuilds on the world's database, in a runtime of its own, which a session freezes after so many others, alone or all of it.
/// It is told that it stands still, and lets it on.
fn rebuild_apart(
    world: &World,
    (first, all_of_it): (usize, bool),
    stop: &CancellationToken,
) -> (std::thread::JoinHandle<()>, Receiver<()>, Sender<()>) {
    let ((told, is_frozen), (thaw, let_on)) = (channel(), channel());
    let (options, stop) = (world.options.clone().application_name("frozen"), stop.clone());
    let (first, let_on) = (AtomicUsize::new(first), Arc::new(Mutex::new(let_on)));
    let sessions = Freezing { inner: Sessions::default(), first, all_of_it, told, let_on };
    let thread = std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let rebuilding = runtime.spawn(async move {
            let world = World::on(options);
            let engine = Process::start(&world, Vec::new()).only_engine();
            rebuild::run(engine, vec![Arc::new(sessions)], stop).await;
        });
        runtime.block_on(rebuilding).unwrap();
    });
    (thread, is_frozen, thaw)
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
        let goes_on = |left: usize| left.checked_sub(1);
        let first = self.first.fetch_update(Ordering::SeqCst, Ordering::SeqCst, goes_on).is_ok();
        // Nobody waits for another one any more.
        if !first && self.told.send(()).is_ok() {
            // Or its world has ended.
            let waits = || self.let_on.lock().unwrap().recv().is_ok();
            let _ = if self.all_of_it { waits() } else { tokio::task::block_in_place(waits) };
        }
        self.inner.begin()
    }
}
