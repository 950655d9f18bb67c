//! A database that breaks connections off is nobody's poison: the runners go on.

use std::time::Duration;

use domain::id::StepId;
use domain::session::command::SessionAct;
use event_store::ExecuteError;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::crashes::assert_same_as_anew;
use crate::equality::assert_sessions_are_as_the_log_tells;
use crate::msp::{ANNA, Msp};
use crate::process::{Process, names};
use crate::world::{World, new_id};

const NOTES: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_killed_again_and_again_poison_nothing() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let process = Process::start_on(&world, world.other_pool(), projections::all());
    let stop = CancellationToken::new();
    let killer = {
        let (stop, pool) = (stop.clone(), world.other_pool());
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                let _ = sqlx::query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .execute(&pool)
                .await;
                sleep(Duration::from_millis(15)).await;
            }
        })
    };
    for number in 0..NOTES {
        let step = StepId(new_id());
        loop {
            let text = format!("note {number}").into();
            let note = SessionAct::AddNote { step, text, redactions: vec![] };
            match msp.ask(&world, session, ANNA, note).await {
                // A step's id is used once: it was written, and only the answer got lost.
                Ok(_) | Err(ExecuteError::Domain(_)) => break,
                Err(ExecuteError::Store(error)) if error.is_transient() => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    stop.cancel();
    killer.await.unwrap();
    // Without the connections that broke while nobody used them.
    let world = world.reopened();
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_eq!(world.count("quarantined_streams").await, 0);
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
}
