//! One stream or one account alone is folded anew where it serves, whatever was in rows, quarantine or memory.

use std::time::Duration;

use projections::projection::Projection;
use projections::quarantine::{self, Narrowed};
use projections::rebuild::{Alone, Which, fold_alone};
use projections::sessions::Sessions;

use crate::crashes::assert_same_as_anew;
use crate::equality::assert_sessions_are_as_the_log_tells;
use crate::msp::{ANNA, BEN, Msp};
use crate::process::{Process, names};
use crate::tables;
use crate::world::World;

async fn anew(world: &World, which: Which, strict: bool) -> Result<Alone, String> {
    let sessions = Sessions::default();
    let by_stream = sessions.by_stream().unwrap();
    let done = fold_alone(&world.pool, &world.store.log(), &sessions, by_stream, which, strict).await;
    done.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_alone_is_what_it_was_and_others_stay_as_they_are() {
    let world = World::new().await;
    let (mine, other) = (Msp::open(&world, "UTC").await, Msp::open(&world, "UTC").await);
    for msp in [&mine, &other] {
        for person in [ANNA, BEN, ANNA] {
            let session = msp.start(&world, person, "Locked out").await;
            msp.note(&world, session, person, "Still").await;
        }
    }
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let (rows, asked) = (tables::read(&world.pool).await, world.count("work_items").await);
    let spoil = "UPDATE sessions SET position = 0";
    sqlx::query(spoil).execute(&world.pool).await.unwrap();
    sqlx::query("DELETE FROM session_intakes").execute(&world.pool).await.unwrap();
    let last = world.last().await;
    let all = Alone::Done { position: last, streams: 3, waiting: 0 };
    assert_eq!(anew(&world, Which::Account(mine.account), true).await, Ok(all));
    assert_eq!(world.count("session_intakes").await, 3);
    assert_eq!(world.count("sessions WHERE position = 0").await, 3, "those of the other account");
    assert_eq!(anew(&world, Which::Account(other.account), true).await, Ok(all));
    tables::assert_same(&rows, &tables::read(&world.pool).await);
    assert_eq!(world.count("work_items").await, asked);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_a_runner_has_in_memory_are_not_written_over_those_folded_anew() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let (first, second) = (msp.start(&world, ANNA, "One").await, msp.start(&world, BEN, "Two").await);
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let spoil = "UPDATE sessions SET document = jsonb_set(document::jsonb, '{step_count}', '17')::json";
    assert_eq!(sqlx::query(spoil).execute(&world.pool).await.unwrap().rows_affected(), 2);
    // This one reads the rows, and goes on from them in memory.
    let process = Process::start(&world, projections::all());
    msp.note(&world, first, ANNA, "Still").await;
    msp.note(&world, second, BEN, "Still").await;
    process.shows(&world, &names()).await;
    let all = Which::Account(msp.account);
    assert!(matches!(anew(&world, all, true).await, Ok(Alone::Done { streams: 2, .. })));
    for (session, person) in [(first, ANNA), (second, BEN)] {
        msp.note(&world, session, person, "Again").await;
        process.shows(&world, &names()).await;
    }
    process.stop().await;
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_events_arrive_a_stream_folded_anew_again_and_again_misses_none() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let writing = async {
        for _ in 0..40 {
            msp.note(&world, session, ANNA, "Again").await;
        }
    };
    let folding = async {
        for _ in 0..10 {
            anew(&world, Which::Stream(msp.account, session.0), true).await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::join!(writing, folding);
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_still_can_not_be_folded_waits_on_and_stops_a_strict_one() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let faulty = msp.start(&world, ANNA, "One").await;
    world.forge(faulty.0, "session.paused", "9.9", 0).await;
    let position = world.last().await;
    world.forge(faulty.0, "session.resumed", "1.0", 0).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let rows = tables::read(&world.pool).await;
    let one = Which::Stream(msp.account, faulty.0);
    let error = anew(&world, one, true).await.unwrap_err();
    assert!(error.contains(&format!("event {position} ")), "{error}");
    tables::assert_same(&rows, &tables::read(&world.pool).await);
    assert!(matches!(anew(&world, one, false).await, Ok(Alone::Done { streams: 1, waiting: 1, .. })));
    tables::assert_same(&rows, &tables::read(&world.pool).await);
    let narrowed = Narrowed { projection: Some("sessions"), ..Narrowed::default() };
    let waiting = quarantine::waiting(&world.pool, narrowed, 10).await.unwrap();
    assert_eq!(
        waiting.iter().map(|it| (it.position, it.blocked_events)).collect::<Vec<_>>(),
        [(position, 1)]
    );
}
