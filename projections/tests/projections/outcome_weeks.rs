//! Weeks are summed up when they are over, are corrected by what comes late, and rows of the version before serve until they are
//! built anew.

use chrono::TimeDelta;
use domain::account::command::{AccountAct, Configure};
use domain::clock::Clock;
use domain::id::{RequestId, SessionId};
use domain::local_days::DaySpan;
use domain::session::command::{Resolve, SessionAct};

use crate::by_hand::ByHand;
use crate::msp::{ANNA, Msp};
use crate::outcome_figures::{Told, assert_as_told};
use crate::process::{Process, names};
use crate::tables;
use crate::world::{World, new_id};

const WHOLE_WEEKS: &str = "outcome_weeks WHERE slice = 'ALL'";

/// Whether every figure of every span of interest is what the sessions tell.
async fn all_is_right(world: &World, msp: &Msp) {
    let told = Told::of(world, msp.account).await;
    let today = told.day(world.clock.now());
    for days in [1, 7, 10, 30, 90] {
        let span = DaySpan::ending(today, days);
        assert_as_told(world, msp.account, &told, span).await;
        assert_as_told(world, msp.account, &told, span.previous()).await;
    }
}

async fn resolve(world: &World, msp: &Msp, session: SessionId) {
    let resolve = Resolve {
        summary: "Unlocked".into(),
        action: None,
        rating: None,
        feedback: None,
        redactions: vec![],
    };
    msp.ask(world, session, ANNA, SessionAct::Resolve(resolve)).await.unwrap();
}

/// A session a day, each resolved after an hour.
async fn days(world: &World, msp: &Msp, days: usize) -> Vec<SessionId> {
    let mut sessions = Vec::new();
    for _ in 0..days {
        let session = msp.start(world, ANNA, "Locked out").await;
        world.clock.advance(TimeDelta::hours(1));
        resolve(world, msp, session).await;
        world.clock.advance(TimeDelta::hours(23));
        sessions.push(session);
    }
    sessions
}

#[tokio::test]
async fn weeks_that_are_over_are_corrected_by_what_comes_late() {
    let world = World::new().await;
    // A Monday; the last of these days is a Wednesday.
    world.clock.set("2026-03-02T10:00:00Z");
    let msp = Msp::open(&world, "Europe/Berlin").await;
    let mut live = ByHand::new();
    let late = msp.start(&world, ANNA, "Locked out").await;
    let sessions = days(&world, &msp, 17).await;
    live.fold(&world).await;
    assert_eq!(world.count(WHOLE_WEEKS).await, 2, "of the one that runs there are only days");
    all_is_right(&world, &msp).await;

    let rate = SessionAct::Rate { rating: 5, feedback: None, redactions: vec![] };
    msp.ask(&world, sessions[1], ANNA, rate).await.unwrap();
    let reopen = SessionAct::Reopen {
        reason: "Locked again".into(),
        request: RequestId(new_id()),
        redactions: vec![],
    };
    msp.ask(&world, sessions[16], ANNA, reopen).await.unwrap();
    live.fold(&world).await;
    all_is_right(&world, &msp).await;

    // Weeks pass without any event, and then one ends several of them.
    world.clock.advance(TimeDelta::days(20));
    resolve(&world, &msp, late).await;
    live.fold(&world).await;
    assert_eq!(world.count(WHOLE_WEEKS).await, 3);
    all_is_right(&world, &msp).await;

    let elsewhere = Configure { time_zone: Some("Pacific/Auckland".to_owned()), ..Configure::default() };
    msp.change(&world, AccountAct::Configure(elsewhere)).await;
    live.fold(&world).await;
    all_is_right(&world, &msp).await;
    resolve(&world, &msp, sessions[16]).await;
    days(&world, &msp, 9).await;
    live.fold(&world).await;
    all_is_right(&world, &msp).await;

    let live = tables::read(&world.pool).await;
    tables::forget(&world.pool).await;
    ByHand::new().fold(&world).await;
    tables::assert_same(&live, &tables::read(&world.pool).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_version_2_serve_right_figures_until_they_are_built_anew() {
    let world = World::new().await;
    world.clock.set("2026-03-02T10:00:00Z");
    let msp = Msp::open(&world, "Europe/Berlin").await;
    days(&world, &msp, 17).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let rows = tables::read(&world.pool).await;
    // Version 2 kept sums of the week that runs, too.
    for as_before in [
        "INSERT INTO outcome_weeks SELECT * FROM outcome_days WHERE day = '2026-03-16'",
        "UPDATE projection_checkpoints SET version = 2 WHERE name = 'outcomes'",
    ] {
        sqlx::query(as_before).execute(&world.pool).await.unwrap();
    }
    assert_eq!(world.count(WHOLE_WEEKS).await, 3);
    all_is_right(&world, &msp).await;
    let process = Process::start(&world, projections::all());
    let built = "projection_checkpoints WHERE name = 'outcomes' AND version > 2";
    while world.count(built).await == 0 {
        all_is_right(&world, &msp).await;
    }
    process.shows(&world, &names()).await;
    all_is_right(&world, &msp).await;
    process.stop().await;
    tables::assert_same(&rows, &tables::read(&world.pool).await);
}
