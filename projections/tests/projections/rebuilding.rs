//! Projections that are built anew while they serve: the same rows, no reader disturbed, whatever ends in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::recorded_event::{Position, RecordedEvent};
use futures_util::future::BoxFuture;
use projections::checkpoint;
use projections::error::ProjectionError;
use projections::projection::Projection;
use projections::quarantine::{self, Decision, Narrowed};
use projections::rebuild::{self, State, Wanted};
use projections::sessions::Sessions;
use projections::usage::Usage;
use projections::work_queue::WorkItem;
use sqlx::PgConnection;
use tokio::time::sleep;

use crate::crashes::assert_same_as_anew;
use crate::equality::assert_sessions_are_as_the_log_tells;
use crate::msp::{ANNA, BEN, Msp};
use crate::process::{Process, names};
use crate::story::{Kind, Story, a};
use crate::tables;
use crate::world::{World, eventually};

/// Those that keep rows.
fn rebuildable() -> Vec<Arc<dyn Projection>> {
    projections::all().into_iter().filter(|it| !it.tables().is_empty()).collect()
}

pub(crate) async fn ask(world: &World, projection: &dyn Projection, strict: bool) {
    let wanted = Wanted { strict, by: None };
    assert!(rebuild::request(&world.pool, projection, world.last().await, wanted).await.unwrap());
}

pub(crate) async fn state_of(world: &World, name: &str) -> State {
    rebuild::of(&world.pool, name).await.unwrap().unwrap().state
}

pub(crate) async fn ends(world: &World, name: &str) -> State {
    eventually(async || state_of(world, name).await != State::Running).await;
    state_of(world, name).await
}

pub(crate) async fn tell(story: &mut Story<'_>, sessions: u8) {
    for place in 0..sessions {
        story.play(a(Kind::Start, place, place + 1, 1)).await;
        let last = u8::try_from(story.sessions.len()).unwrap() - 1;
        for kind in [Kind::Classify, Kind::Match, Kind::Present, Kind::Answer, Kind::Present, Kind::Note] {
            story.play(a(kind, last, 2, 1)).await;
        }
    }
}

/// Tables, keys, checks and indexes of what is served, by name and definition.
pub(crate) async fn shape(world: &World) -> Vec<(String, String)> {
    let sql = "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
               UNION ALL SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
                         FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
               UNION ALL SELECT table_name || '.' || column_name,
                                concat_ws(' ', ordinal_position, data_type, is_nullable, column_default)
                         FROM information_schema.columns WHERE table_schema = 'public'
               UNION ALL SELECT relname::text, coalesce(reloptions::text, '')
                         FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
               ORDER BY 1, 2";
    sqlx::query_as(sql).fetch_all(&world.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_projection_built_anew_is_what_it_was_with_its_indexes_and_asks_for_nothing() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 4).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let (rows, shaped, asked) =
        (tables::read(&world.pool).await, shape(&world).await, world.count("work_items").await);
    for projection in rebuildable() {
        ask(&world, &*projection, true).await;
        assert_eq!(ends(&world, projection.name()).await, State::Done);
    }
    tables::assert_same(&rows, &tables::read(&world.pool).await);
    assert_eq!(shape(&world).await, shaped);
    assert_eq!(world.count("work_items").await, asked);
    assert_eq!(world.count("pg_namespace WHERE nspname LIKE 'rebuild_%'").await, 0);
    // And they go on.
    tell(&mut story, 2).await;
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_sessions_are_built_anew_reads_never_fail_nor_go_back_in_time() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let over = AtomicBool::new(false);
    let reading = async {
        let (mut seen, mut reads) = (0_i64, 0_u64);
        while !over.load(Ordering::SeqCst) {
            let sql =
                "SELECT session.version FROM sessions AS session JOIN session_intakes USING (account, id)
                       JOIN session_steps AS step ON step.session = session.id WHERE session.id = $1 LIMIT 1";
            let version: Option<i64> =
                sqlx::query_scalar(sql).bind(session.0).fetch_optional(&world.pool).await.unwrap();
            if let Some(version) = version {
                assert!(version >= seen, "{version} after {seen}");
                seen = version;
            } else {
                assert_eq!(seen, 0, "it was there before");
            }
            reads += 1;
        }
        reads
    };
    let writing = async {
        while !over.load(Ordering::SeqCst) {
            msp.note(&world, session, ANNA, "Again").await;
        }
    };
    let rebuilding = async {
        for _ in 0..3 {
            ask(&world, &Sessions::default(), true).await;
            assert_eq!(ends(&world, "sessions").await, State::Done);
        }
        over.store(true, Ordering::SeqCst);
    };
    let (reads, (), ()) = tokio::join!(reading, writing, rebuilding);
    assert!(reads > 0);
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_killed_at_any_moment_goes_on_and_never_leaves_half_of_it() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 6).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let rows = tables::read(&world.pool).await;
    ask(&world, &Sessions::default(), true).await;
    process.kill().await;
    for round in 0..10 {
        let process = Process::start_on(&world, world.other_pool(), projections::all());
        // From before it is taken up to after the swap.
        sleep(Duration::from_millis(60 * round)).await;
        process.kill().await;
        tables::assert_same(&rows, &tables::read(&world.pool).await);
    }
    let process = Process::start(&world, projections::all());
    assert_eq!(ends(&world, "sessions").await, State::Done);
    process.shows(&world, &names()).await;
    process.stop().await;
    tables::assert_same(&rows, &tables::read(&world.pool).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_rebuild_stops_at_a_faulty_event_and_says_where_any_other_lets_its_stream_wait() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let faulty = msp.start(&world, ANNA, "One").await;
    let healthy = msp.start(&world, BEN, "Two").await;
    world.forge(faulty.0, "session.paused", "9.9", 0).await;
    let position = world.last().await;
    msp.note(&world, healthy, BEN, "On").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let rows = tables::read(&world.pool).await;

    ask(&world, &Sessions::default(), true).await;
    assert_eq!(ends(&world, "sessions").await, State::Failed);
    let error = rebuild::of(&world.pool, "sessions").await.unwrap().unwrap().error.unwrap();
    assert!(error.contains(&format!("event {position} ")), "{error}");
    tables::assert_same(&rows, &tables::read(&world.pool).await);

    ask(&world, &Sessions::default(), false).await;
    assert_eq!(ends(&world, "sessions").await, State::Done);
    tables::assert_same(&rows, &tables::read(&world.pool).await);
    let narrowed = Narrowed { projection: Some("sessions"), ..Narrowed::default() };
    let waiting = quarantine::waiting(&world.pool, narrowed, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|it| it.position).collect::<Vec<_>>(), [position]);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_served_and_are_not_what_the_log_gives_are_told_and_stop_a_strict_rebuild() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 2).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let rows = tables::read(&world.pool).await;
    for (projection, spoil, told) in [
        (
            Arc::new(Sessions::default()) as Arc<dyn Projection>,
            "UPDATE sessions SET version = 1000",
            "not all of them",
        ),
        (Arc::new(Usage), "DELETE FROM usage_days", "of those that served"),
    ] {
        let name = projection.name();
        sqlx::query(spoil).execute(&world.pool).await.unwrap();
        let spoiled = tables::read(&world.pool).await;
        let difference = async || rebuild::of(&world.pool, name).await.unwrap().unwrap().difference;
        ask(&world, &*projection, true).await;
        assert_eq!(ends(&world, name).await, State::Failed);
        let error = rebuild::of(&world.pool, name).await.unwrap().unwrap().error.unwrap();
        assert!(error.contains(told), "{error}");
        tables::assert_same(&spoiled, &tables::read(&world.pool).await);
        ask(&world, &*projection, false).await;
        assert_eq!(ends(&world, name).await, State::Done);
        let found = difference().await.unwrap();
        assert!(found.contains(told), "{found}");
        // And when there is none any more, none is told.
        ask(&world, &*projection, true).await;
        assert_eq!(ends(&world, name).await, State::Done);
        assert_eq!(difference().await, None);
    }
    process.stop().await;
    tables::assert_same(&rows, &tables::read(&world.pool).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_rebuild_leaves_the_old_rows_and_nothing_of_its_own() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 2).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let rows = tables::read(&world.pool).await;
    ask(&world, &Sessions::default(), false).await;
    let twice = rebuild::request(&world.pool, &Sessions::default(), Position(1), Wanted::default()).await;
    assert!(!twice.unwrap(), "one at a time");
    assert!(rebuild::cancel(&world.pool, "sessions").await.unwrap());
    assert!(!rebuild::cancel(&world.pool, "sessions").await.unwrap(), "nothing runs any more");
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_eq!(state_of(&world, "sessions").await, State::Cancelled);
    assert_eq!(world.count("pg_namespace WHERE nspname LIKE 'rebuild_%'").await, 0);
    tables::assert_same(&rows, &tables::read(&world.pool).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_an_older_version_serve_until_they_are_built_anew_by_themselves() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 2).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let older = "UPDATE projection_checkpoints SET version = 0 WHERE name = 'usage'";
    sqlx::query(older).execute(&world.pool).await.unwrap();
    tell(&mut story, 1).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    assert_eq!(state_of(&world, "usage").await, State::Done);
    process.stop().await;
    assert_eq!(world.count("projection_checkpoints WHERE name = 'usage' AND version > 0").await, 1);
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_projection_stands_still_until_it_is_resumed() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let stood = world.last().await;
    assert!(checkpoint::pause(&world.pool, "sessions", true).await.unwrap());
    msp.note(&world, session, ANNA, "Still").await;
    process.shows(&world, &["usage", "work_requests"]).await;
    assert_eq!(checkpoint::of(&world.pool, "sessions").await.unwrap(), Some(stood));
    assert!(checkpoint::pause(&world.pool, "sessions", false).await.unwrap());
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_sessions_are_as_the_log_tells(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_share_the_projections_out_and_take_over_what_one_leaves() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let start = || Process::start_on(&world, world.other_pool(), projections::all());
    let shares = async || -> Vec<i64> {
        let sql =
            "SELECT count(*) FROM projection_checkpoints WHERE leased_until > now() GROUP BY node ORDER BY 1";
        sqlx::query_scalar(sql).fetch_all(&world.pool).await.unwrap()
    };
    let first = start();
    first.shows(&world, &names()).await;
    let (second, third) = (start(), start());
    let each = i64::try_from(names().len().div_ceil(3)).unwrap();
    eventually(async || {
        let shares = shares().await;
        shares.len() == 3 && shares.iter().all(|share| *share <= each)
    })
    .await;
    second.kill().await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    msp.note(&world, session, ANNA, "Still").await;
    first.shows(&world, &names()).await;
    third.shows(&world, &names()).await;
    first.stop().await;
    third.stop().await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_ran_another_takes_over() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let first = Process::start_on(&world, world.other_pool(), projections::all());
    first.shows(&world, &names()).await;
    let others = [0, 1].map(|_| Process::start_on(&world, world.other_pool(), projections::all()));
    first.kill().await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    msp.note(&world, session, ANNA, "Still").await;
    for process in others {
        process.shows(&world, &names()).await;
        process.stop().await;
    }
    assert_same_as_anew(&world).await;
}

/// Sessions, while a fault in the program keeps it from folding notes.
struct Faulty {
    inner: Sessions,
    mended: Arc<AtomicBool>,
}

impl Projection for Faulty {
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
        let faulty = events.iter().any(|event| event.event_type == "session.note_added");
        if faulty && !self.mended.load(Ordering::SeqCst) {
            let error = ProjectionError::Inconsistent("a fault in the program".to_owned());
            return Box::pin(async { Err(error) });
        }
        self.inner.apply(connection, events, work)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_waits_goes_on_once_its_fault_is_mended_and_it_is_tried_again() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let mended = Arc::new(AtomicBool::new(false));
    let faulty = Faulty { inner: Sessions::default(), mended: mended.clone() };
    let process = Process::start(&world, vec![Arc::new(faulty)]);
    msp.note(&world, session, ANNA, "One").await;
    msp.note(&world, session, ANNA, "Two").await;
    process.shows(&world, &["sessions"]).await;
    let waiting = quarantine::waiting(&world.pool, Narrowed::default(), 10).await.unwrap();
    assert_eq!(waiting.len(), 1);

    // Too early: it waits on.
    assert!(quarantine::decide(&world.pool, waiting[0].id, &Decision::Retry).await.unwrap());
    eventually(async || {
        world.count("quarantined_streams WHERE attempts = 4 AND decision IS NULL").await == 1
    })
    .await;
    mended.store(true, Ordering::SeqCst);
    assert!(quarantine::decide(&world.pool, waiting[0].id, &Decision::Retry).await.unwrap());
    eventually(async || world.count("quarantined_streams").await == 0).await;
    msp.note(&world, session, ANNA, "Three").await;
    process.shows(&world, &["sessions"]).await;
    process.stop().await;
    assert_sessions_are_as_the_log_tells(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_skipped_event_is_left_out_with_its_reason_now_and_in_every_rebuild() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    msp.start(&world, ANNA, "Locked out").await;
    // An event about an account that the usage projection can't read; what is behind it can be read.
    world.forge_with(msp.account.0, "account.opened", "9.9", 0, serde_json::json!({})).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let narrowed = Narrowed { projection: Some("usage"), ..Narrowed::default() };
    let waiting = quarantine::waiting(&world.pool, narrowed, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    let skip = Decision::Skip { reason: "Written by a version that was withdrawn".to_owned() };
    assert!(quarantine::decide(&world.pool, waiting[0].id, &skip).await.unwrap());
    eventually(async || world.count("quarantined_streams WHERE projection = 'usage'").await == 0).await;
    assert_eq!(
        world.count("skipped_events WHERE projection = 'usage' AND reason LIKE '%withdrawn'").await,
        1
    );
    let usage = rebuildable().into_iter().find(|it| it.name() == "usage").unwrap();
    ask(&world, &*usage, true).await;
    assert_eq!(ends(&world, "usage").await, State::Done, "a strict rebuild leaves it out too");
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_frozen_in_the_midst_of_a_copy_keeps_no_other_from_beginning_anew() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 2).await;
    let table = "CREATE TABLE rebuild_usage.usage_days (LIKE public.usage_days)";
    for sql in ["CREATE SCHEMA rebuild_usage", table] {
        sqlx::query(sql).execute(&world.pool).await.unwrap();
    }
    let mut frozen = world.pool.acquire().await.unwrap();
    let copying = frozen.copy_in_raw("COPY rebuild_usage.usage_days FROM STDIN").await.unwrap();

    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    ask(&world, &Usage, false).await;
    assert_eq!(ends(&world, "usage").await, State::Done);
    assert!(copying.finish().await.is_err(), "what it held was taken from it");
    process.stop().await;
    assert_same_as_anew(&world).await;
}
