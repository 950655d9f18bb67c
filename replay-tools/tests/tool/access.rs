//! What a command may do to the database: reading changes nothing, and who may not read is told apart by the exit code.

use sqlx::{ConnectOptions, Executor};

use crate::world::{Ran, World, program};

#[tokio::test]
async fn reading_is_done_in_transactions_that_the_database_lets_change_nothing() {
    let world = World::new().await;
    let session = world.start("One").await.to_string();
    world.run(&["projection", "pause", "sessions", "--yes"]);
    // Every command that reads asks how far the log may be read: here that changes something.
    for sql in [
        "CREATE TABLE touched (by text)",
        "ALTER FUNCTION events_ceiling() RENAME TO real_ceiling",
        "CREATE FUNCTION events_ceiling() RETURNS bigint LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO touched VALUES (current_query()); RETURN real_ceiling(); END $$",
    ] {
        world.pool.execute(sql).await.unwrap();
    }
    for arguments in [
        &["events", "list"][..],
        &["events", "show", "1"],
        &["events", "tail"],
        &["events", "count"],
        &["events", "export"],
        &["session", "show", &session],
        &["session", "timeline", &session],
        &["projection", "list"],
        &["verify"],
        &["stats"],
        &["report", "funnel"],
        &["doctor"],
    ] {
        let refused = world.run(arguments);
        assert_eq!(refused.code, 1, "{arguments:?}: {}", refused.said);
        assert!(
            refused.complained.contains("read-only transaction"),
            "{arguments:?}: {}",
            refused.complained
        );
    }
    let touched: i64 =
        sqlx::query_scalar("SELECT count(*) FROM touched").fetch_one(&world.pool).await.unwrap();
    assert_eq!(touched, 0);
}

#[tokio::test]
async fn a_database_without_the_tables_is_told_of_in_plain_words_and_leaves_no_file() {
    let world = World::new().await;
    let options = world.database.connect_options();
    let empty = format!("{}_empty", options.get_database().unwrap());
    world.pool.execute(format!("CREATE DATABASE {empty} TEMPLATE template0").as_str()).await.unwrap();
    let url = options.database(&empty).to_url_lossy().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    for arguments in
        [&["events", "export", "--to", file.to_str().unwrap()][..], &["projection", "list"], &["verify"]]
    {
        let ran = Ran::of(program(arguments).env("DATABASE_URL", &url).output().unwrap());
        assert_eq!((ran.code, ran.said.as_str()), (3, ""), "{arguments:?}: {}", ran.complained);
        let told = "flowpilot-replay: this database has not all of FlowPilot's tables: ";
        assert!(ran.complained.starts_with(told), "{arguments:?}: {}", ran.complained);
    }
    assert!(!file.exists());
    world.pool.execute(format!("DROP DATABASE {empty}").as_str()).await.unwrap();
}

#[tokio::test]
async fn who_may_not_read_the_log_is_denied_with_7() {
    let world = World::new().await;
    world.start("One").await;
    let options = world.database.connect_options();
    let role = format!("stranger_{}", options.get_database().unwrap());
    world.pool.execute(format!("CREATE ROLE {role} LOGIN").as_str()).await.unwrap();
    let url = options.username(&role).to_url_lossy().to_string();
    let denied = Ran::of(program(&["events", "list"]).env("DATABASE_URL", url).output().unwrap());
    assert_eq!((denied.code, denied.said.as_str()), (7, ""), "{}", denied.complained);
    assert!(denied.complained.contains("permission denied"), "{}", denied.complained);
    world.pool.execute(format!("DROP ROLE {role}").as_str()).await.unwrap();
}
