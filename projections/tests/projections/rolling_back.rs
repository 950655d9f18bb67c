//! The way back after a rebuild: the rows of before serve again, caught up, and what is refused stays as it is.

use domain::recorded_event::Position;
use projections::projection::Projection;
use projections::quarantine::{self, Decision, Narrowed};
use projections::rebuild::{self, Back, State};
use projections::sessions::Sessions;
use projections::usage::Usage;

use crate::crashes::assert_same_as_anew;
use crate::equality::assert_sessions_are_as_the_log_tells;
use crate::msp::{ANNA, BEN, Msp};
use crate::process::{Process, names};
use crate::rebuilding::{ask, ends, shape, state_of, tell};
use crate::story::Story;
use crate::tables;
use crate::world::{World, eventually};

async fn go_back(world: &World, projection: &dyn Projection) -> Back {
    rebuild::roll_back(&world.pool, projection, world.last().await, None).await.unwrap()
}

async fn built_anew(world: &World, projection: &dyn Projection) {
    ask(world, projection, false).await;
    assert_eq!(ends(world, projection.name()).await, State::Done);
}

async fn execute(world: &World, sql: &str) {
    sqlx::query(sql).execute(&world.pool).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_before_serve_again_caught_up_and_what_they_replace_is_the_way_forth() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 3).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let shaped = shape(&world).await;
    built_anew(&world, &Sessions::default()).await;
    // The new rows are wrong, and the log goes on.
    let one = "WHERE id = (SELECT min(id::text)::uuid FROM sessions)";
    execute(&world, &format!("UPDATE sessions SET version = version + 1000 {one}")).await;
    tell(&mut story, 2).await;
    process.shows(&world, &names()).await;
    assert_eq!(world.count("sessions WHERE version > 1000").await, 1);
    let asked = world.count("work_items").await;

    assert_eq!(go_back(&world, &Sessions::default()).await, Back::Asked);
    assert_eq!(ends(&world, "sessions").await, State::Done);
    assert_eq!(world.count("sessions WHERE version > 1000").await, 0);
    assert_eq!(shape(&world).await, shaped);
    assert_eq!(world.count("pg_namespace WHERE nspname LIKE 'rebuild_%'").await, 0);
    assert_eq!(world.count("work_items").await, asked, "catching up asks for nothing");
    let rate = rebuild::last_rate(&world.pool, "sessions").await.unwrap();
    assert_eq!(rate, None, "it tells nothing of how long a rebuild takes");
    tell(&mut story, 1).await;
    process.shows(&world, &names()).await;
    assert_sessions_are_as_the_log_tells(&world).await;

    assert_eq!(go_back(&world, &Sessions::default()).await, Back::Asked);
    assert_eq!(ends(&world, "sessions").await, State::Done);
    assert_eq!(world.count("sessions WHERE version > 1000").await, 1, "what was replaced");
    process.shows(&world, &names()).await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_that_was_cancelled_is_there_still() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 2).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    built_anew(&world, &Usage).await;
    process.stop().await;
    let kept = rebuild::retired(&world.pool, "usage").await.unwrap().unwrap();
    assert!(kept.position > Position::START);

    assert_eq!(go_back(&world, &Usage).await, Back::Asked);
    assert_eq!(go_back(&world, &Usage).await, Back::Running, "one at a time");
    assert_eq!(rebuild::retired(&world.pool, "usage").await.unwrap(), None, "it is on its way");
    assert!(rebuild::cancel(&world.pool, "usage").await.unwrap());
    let again = rebuild::retired(&world.pool, "usage").await.unwrap().unwrap();
    assert_eq!((again.version, again.position), (kept.version, kept.position));
    assert_eq!(world.count("projection_checkpoints WHERE name LIKE '%@rebuild'").await, 0);

    tell(&mut story, 1).await;
    assert_eq!(go_back(&world, &Usage).await, Back::Asked);
    let process = Process::start(&world, projections::all());
    assert_eq!(ends(&world, "usage").await, State::Done);
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_way_back_to_nothing_to_another_version_or_to_another_shape() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 1).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    assert_eq!(go_back(&world, &Usage).await, Back::NothingThere);
    assert_eq!(rebuild::of(&world.pool, "usage").await.unwrap(), None, "it was not asked for");
    built_anew(&world, &Usage).await;
    process.stop().await;

    execute(&world, "UPDATE retired_usage.way_back SET version = version - 1").await;
    assert_eq!(go_back(&world, &Usage).await, Back::Outdated);
    execute(&world, "UPDATE retired_usage.way_back SET version = version + 1").await;
    execute(&world, "ALTER TABLE usage_zones ADD came_later integer").await;
    assert_eq!(go_back(&world, &Usage).await, Back::Outdated);
    execute(&world, "ALTER TABLE usage_zones DROP came_later").await;
    assert_eq!(state_of(&world, "usage").await, State::Done, "it was not asked for");
    assert_eq!(go_back(&world, &Usage).await, Back::Asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_waited_when_its_rows_were_retired_is_tried_again_with_them() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let faulty = msp.start(&world, ANNA, "One").await;
    let healthy = msp.start(&world, BEN, "Two").await;
    world.forge(faulty.0, "session.paused", "9.9", 0).await;
    msp.note(&world, healthy, BEN, "On").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let waits = "quarantined_streams WHERE projection = 'sessions'";
    assert_eq!(world.count(waits).await, 1);
    built_anew(&world, &Sessions::default()).await;
    let narrowed = Narrowed { projection: Some("sessions"), ..Narrowed::default() };
    let waiting = quarantine::waiting(&world.pool, narrowed, 10).await.unwrap();
    let skip = Decision::Skip { reason: "Written by a version that was withdrawn".to_owned() };
    assert!(quarantine::decide(&world.pool, waiting[0].id, &skip).await.unwrap());
    eventually(async || world.count(waits).await == 0).await;
    let rows = tables::read(&world.pool).await;

    assert_eq!(go_back(&world, &Sessions::default()).await, Back::Asked);
    assert_eq!(ends(&world, "sessions").await, State::Done);
    // The event stays left out, and what waited behind it is folded.
    eventually(async || world.count(waits).await == 0).await;
    process.shows(&world, &names()).await;
    process.stop().await;
    tables::assert_same(&rows, &tables::read(&world.pool).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_ended_rebuild_left_does_not_keep_the_next_one_from_its_work() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 1).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let left = "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ('usage@rebuild', 0, 2, 7)";
    execute(&world, left).await;
    built_anew(&world, &Usage).await;
    process.stop().await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_a_process_left_when_it_ended_behind_a_swap_are_dropped_by_the_next() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    tell(&mut story, 2).await;
    let left = "pg_namespace WHERE nspname LIKE 'past_%'";
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    // What is left while a process runs is out of the next swap's way.
    built_anew(&world, &Usage).await;
    execute(&world, "CREATE SCHEMA past_usage CREATE TABLE usage (day date)").await;
    built_anew(&world, &Usage).await;
    eventually(async || world.count(left).await == 0).await;
    assert!(
        rebuild::retired(&world.pool, "usage").await.unwrap().is_some(),
        "the last ones are the way back"
    );
    process.stop().await;

    execute(&world, "CREATE SCHEMA past_usage CREATE TABLE usage (day date)").await;
    execute(&world, "CREATE SCHEMA past_sessions CREATE TABLE sessions (day date)").await;
    let process = Process::start(&world, projections::all());
    eventually(async || world.count(left).await == 0).await;
    assert!(rebuild::retired(&world.pool, "usage").await.unwrap().is_some());
    process.stop().await;
}
