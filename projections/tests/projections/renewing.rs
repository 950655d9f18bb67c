//! Rows of an older version are built anew by themselves; what an admin cancelled, or what failed, is not asked for again.

use std::sync::Arc;
use std::time::Duration;

use projections::checkpoint::LEASE;
use projections::error::ProjectionError;
use projections::projection::Projection;
use projections::rebuild::{self, State};
use projections::usage::Usage;
use sqlx::PgConnection;

use crate::process::{Process, names};
use crate::rebuilding::{ask, ends, state_of, tell};
use crate::story::Story;
use crate::world::{World, eventually};

const USAGE: &str = "usage";

/// Makes the rows of these be of an older version.
async fn outdate(world: &World, projections: &[&str]) {
    let older = "UPDATE projection_checkpoints SET version = 0 WHERE name = ANY($1)";
    sqlx::query(older).bind(projections).execute(&world.pool).await.unwrap();
}

async fn is_of_an_older_version(world: &World, projection: &str) -> bool {
    world.count(&format!("projection_checkpoints WHERE name = '{projection}' AND version = 0")).await == 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_automatic_rebuild_that_was_cancelled_or_failed_is_for_an_admin_to_ask_for_again() {
    let world = World::new().await;
    tell(&mut Story::begin(&world).await, 2).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    for ended in [State::Cancelled, State::Failed] {
        outdate(&world, &[USAGE]).await;
        // A reader who does not let go keeps the swap waiting, so that it can be ended.
        let mut reader = world.pool.acquire().await.unwrap();
        hold(&mut reader).await.unwrap();
        let process = Process::start(&world, projections::all());
        eventually(async || {
            rebuild::of(&world.pool, USAGE).await.unwrap().is_some_and(|it| it.state == State::Running)
        })
        .await;
        if ended == State::Cancelled {
            assert!(rebuild::cancel(&world.pool, USAGE).await.unwrap());
        } else {
            // As a fault in the program would end it.
            let failed =
                "UPDATE projection_rebuilds SET state = 'failed', error = 'a fault' WHERE projection = $1";
            sqlx::query(failed).bind(USAGE).execute(&world.pool).await.unwrap();
        }
        process.stop().await;
        sqlx::query("ROLLBACK").execute(&mut *reader).await.unwrap();

        // Its runner looks at once, and again and again while another one's rows are built anew by themselves.
        outdate(&world, &["outcomes"]).await;
        let process = Process::start(&world, projections::all());
        eventually(async || !is_of_an_older_version(&world, "outcomes").await).await;
        assert_eq!(state_of(&world, USAGE).await, ended);
        assert!(is_of_an_older_version(&world, USAGE).await);

        ask(&world, &Usage, false).await;
        assert_eq!(ends(&world, USAGE).await, State::Done);
        assert!(!is_of_an_older_version(&world, USAGE).await);
        process.shows(&world, &names()).await;
        process.stop().await;
    }
}

async fn hold(connection: &mut PgConnection) -> Result<(), ProjectionError> {
    for sql in ["BEGIN", "LOCK TABLE usage_days IN ACCESS SHARE MODE"] {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The rows that serve, and those that are built anew beside them, of a projection that nobody follows the log for.
async fn ask_strictly_of_rows_that_are_behind(world: &World, lease: Duration) -> Process {
    tell(&mut Story::begin(world).await, 1).await;
    let process = Process::start(world, projections::all());
    process.shows(world, &names()).await;
    process.stop().await;
    tell(&mut Story::begin(world).await, 1).await;
    let others =
        projections::all().into_iter().filter(|it| it.name() != USAGE).collect::<Vec<Arc<dyn Projection>>>();
    ask(world, &Usage, true).await;
    Process::start_under(world, world.pool.clone(), others, lease)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_rebuild_that_can_compare_nothing_waits_and_fails_rather_than_swap_unseen() {
    let world = World::new().await;
    let process = ask_strictly_of_rows_that_are_behind(&world, Duration::from_millis(150)).await;
    assert_eq!(ends(&world, USAGE).await, State::Failed);
    let error = rebuild::of(&world.pool, USAGE).await.unwrap().unwrap().error.unwrap();
    assert!(error.contains("could not be compared") && error.contains("do not come as far"), "{error}");

    let paused = projections::checkpoint::pause(&world.pool, USAGE, true).await.unwrap();
    assert!(paused);
    ask(&world, &Usage, true).await;
    assert_eq!(ends(&world, USAGE).await, State::Failed);
    let error = rebuild::of(&world.pool, USAGE).await.unwrap().unwrap().error.unwrap();
    assert!(error.contains("paused"), "{error}");
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_rebuild_waits_for_rows_that_serve_and_are_late() {
    let world = World::new().await;
    let process = ask_strictly_of_rows_that_are_behind(&world, LEASE).await;
    // Built, and waiting to be compared.
    eventually(async || {
        let built = "projection_checkpoints WHERE name = 'usage@rebuild' AND position = (SELECT max(position) FROM events)";
        world.count(built).await == 1
    })
    .await;
    let late = Process::start_on(&world, world.other_pool(), projections::all());
    assert_eq!(ends(&world, USAGE).await, State::Done);
    late.stop().await;
    process.stop().await;
}
