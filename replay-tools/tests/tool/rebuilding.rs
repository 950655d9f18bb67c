//! `flowpilot-replay projection rebuild|rollback|cancel|pause|resume`: shown first, done by the servers, told when it is.

use serde_json::{Value, json};

use crate::serving::Server;
use crate::world::{Ran, World};

fn projection(world: &World, arguments: &[&str]) -> Ran {
    world.run(&[&["projection"], arguments].concat())
}

async fn one<T>(world: &World, sql: &str) -> T
where
    T: Send + Unpin + sqlx::Type<sqlx::Postgres> + for<'r> sqlx::Decode<'r, sqlx::Postgres>,
{
    sqlx::query_scalar(sql).fetch_one(&world.pool).await.unwrap()
}

async fn one_or<T>(world: &World, sql: &str) -> Option<T>
where
    T: Send + Unpin + sqlx::Type<sqlx::Postgres> + for<'r> sqlx::Decode<'r, sqlx::Postgres>,
{
    sqlx::query_scalar(sql).fetch_optional(&world.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_is_shown_first_done_by_the_server_and_taken_back_by_a_rollback() {
    let world = World::new().await;
    let session = world.start("One").await;
    world.note(session, "Two").await;
    let server = Server::start(&world);

    let shown = projection(&world, &["rebuild", "sessions"]);
    assert_eq!((shown.code, shown.said.as_str()), (2, ""), "{}", shown.complained);
    assert!(shown.complained.contains("sessions is built anew from 3 events"), "{}", shown.complained);
    assert!(shown.complained.contains("--yes"), "{}", shown.complained);
    assert_eq!(one::<i64>(&world, "SELECT count(*) FROM projection_rebuilds").await, 0);
    assert_eq!(projection(&world, &["rollback", "sessions", "--yes"]).code, 4, "nothing is kept aside");

    let done = projection(&world, &["rebuild", "sessions", "--strict", "--yes"]).well();
    let last: i64 = one(&world, "SELECT max(position) FROM events").await;
    assert_eq!(done.lines(), [json!({ "name": "sessions", "result": "rebuilt", "position": last })]);
    assert!(done.complained.contains("sessions: "), "how far it is: {}", done.complained);
    let shown = projection(&world, &["rebuild", "sessions"]).complained;
    assert!(shown.contains("at the rate of the last time"), "{shown}");

    sqlx::query("UPDATE sessions SET version = 1000").execute(&world.pool).await.unwrap();
    let shown = projection(&world, &["rollback", "sessions"]);
    assert_eq!(shown.code, 2);
    assert!(shown.complained.contains(&format!("position {last} of {last}")), "{}", shown.complained);
    let back = projection(&world, &["rollback", "sessions", "--yes"]).well();
    assert_eq!(back.lines()[0]["result"], "rolled back");
    assert_eq!(one::<i64>(&world, "SELECT version FROM sessions").await, 3);
    projection(&world, &["verify", "sessions"]).well();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_rebuild_that_meets_a_faulty_event_fails_and_says_where() {
    let world = World::new().await;
    let session = world.start("One").await;
    sqlx::query("ALTER TABLE events DISABLE TRIGGER USER").execute(&world.pool).await.unwrap();
    let forged = "UPDATE events SET event_version = '9.9' WHERE aggregate_id = $1 AND sequence = 2";
    sqlx::query(forged).bind(session.to_string()).execute(&world.pool).await.unwrap();
    let server = Server::start(&world);
    let failed = projection(&world, &["rebuild", "sessions", "--strict", "--yes"]);
    let position: i64 = one(&world, "SELECT position FROM events WHERE event_version = '9.9'").await;
    assert_eq!((failed.code, failed.said.as_str()), (1, ""), "{}", failed.complained);
    assert!(failed.complained.contains(&format!("event {position} ")), "{}", failed.complained);
    projection(&world, &["rebuild", "sessions", "--yes"]).well();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_or_an_account_alone_is_folded_anew_while_the_server_goes_on() {
    let world = World::new().await;
    let (one, two) = (world.start("One").await, world.start("Two").await);
    world.note(one, "Three").await;
    let server = Server::start(&world);
    let last: i64 =
        sqlx::query_scalar("SELECT max(position) FROM events").fetch_one(&world.pool).await.unwrap();
    let shown = async |position: i64| {
        let at = "SELECT position FROM projection_checkpoints WHERE name = 'sessions'";
        while one_or::<i64>(&world, at).await.unwrap_or_default() < position {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    shown(last).await;
    sqlx::query("UPDATE sessions SET version = 1000").execute(&world.pool).await.unwrap();
    sqlx::query("DELETE FROM session_steps").execute(&world.pool).await.unwrap();

    let stream = format!("session/{one}");
    let shown_first = projection(&world, &["rebuild", "sessions", "--stream", &stream]);
    assert_eq!(shown_first.code, 2);
    assert!(shown_first.complained.contains("folded anew from 3 events"), "{}", shown_first.complained);
    let done = projection(&world, &["rebuild", "sessions", "--stream", &stream, "--yes"]).well();
    assert_eq!(
        done.lines(),
        [json!({ "name": "sessions", "result": "rebuilt", "position": last, "streams": 1, "waiting": 0 })]
    );
    let version = |id| format!("SELECT version FROM sessions WHERE id = '{id}'");
    assert_eq!(one_or::<i64>(&world, &version(one)).await, Some(3));
    assert_eq!(one_or::<i64>(&world, &version(two)).await, Some(1000), "it was not asked for");
    assert_eq!(projection(&world, &["verify", "sessions"]).code, 5);

    let account = world.account.to_string();
    let done = projection(&world, &["rebuild", "sessions", "--account", &account, "--yes"]).well();
    assert_eq!(done.lines()[0]["streams"], 2);
    projection(&world, &["verify", "sessions"]).well();
    // And it goes on.
    world.note(one, "Four").await;
    shown(last + 1).await;
    projection(&world, &["verify", "sessions"]).well();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_a_streams_own_or_not_there_is_not_folded_alone() {
    let world = World::new().await;
    let session = world.start("One").await;
    let nobody = "0195e6a0-0000-7000-8000-000000000000";
    let (stream, flow) = (format!("session/{session}"), format!("flow/{session}"));
    let account = world.account.to_string();
    for (name, which, code, said) in [
        ("usage", ["--stream", &stream], 2, "more than one stream"),
        ("outcomes", ["--account", &account], 2, "more than one stream"),
        ("sessions", ["--stream", &flow], 2, "its streams are session/"),
        ("sessions", ["--stream", "weather"], 2, "a stream is named by"),
        ("sessions", ["--stream", &format!("session/{nobody}")], 3, "the log has no session"),
        ("sessions", ["--account", nobody], 3, "the log has no session"),
        ("sessions", ["--account", &account], 4, "never ran here"),
    ] {
        let refused = projection(&world, &[&["rebuild", name, "--yes"], &which[..]].concat());
        assert_eq!(refused.code, code, "{name} {which:?}: {}", refused.complained);
        assert!(refused.complained.contains(said), "{}", refused.complained);
    }
    let both = ["rebuild", "sessions", "--yes", "--stream", &stream, "--account", &account];
    assert_eq!(projection(&world, &both).code, 2);
    assert_eq!(
        projection(&world, &["rebuild", "sessions", "--yes", "--detach", "--account", &account]).code,
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_a_rebuild_stays_asked_for_and_can_be_cancelled() {
    let world = World::new().await;
    world.start("One").await;
    let waited = projection(&world, &["rebuild", "usage", "--yes", "--patience", "0"]);
    assert_eq!(waited.code, 1);
    assert!(waited.complained.contains("no server runs"), "{}", waited.complained);
    let twice = projection(&world, &["rebuild", "usage", "--yes"]);
    assert_eq!(twice.code, 4, "{}", twice.complained);
    assert_eq!(projection(&world, &["cancel", "usage"]).code, 2);
    let cancelled = projection(&world, &["cancel", "usage", "--yes"]).well();
    assert_eq!(cancelled.lines(), [json!({ "name": "usage", "result": "cancelled" })]);
    assert_eq!(projection(&world, &["cancel", "usage", "--yes"]).code, 4, "nothing runs any more");

    let asked = projection(&world, &["rebuild", "usage", "--yes", "--detach"]).well();
    assert_eq!(asked.lines()[0], json!({ "name": "usage", "result": "asked for", "position": Value::Null }));
    assert_eq!(one::<String>(&world, "SELECT state FROM projection_rebuilds").await, "running");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_meant_is_told_apart_by_its_code() {
    let world = World::new().await;
    for command in ["rebuild", "rollback", "cancel", "pause", "resume"] {
        assert_eq!(projection(&world, &[command, "weather", "--yes"]).code, 3, "{command}");
    }
    for command in ["rollback", "cancel", "pause", "resume"] {
        assert_eq!(projection(&world, &[command, "sessions", "--yes"]).code, 4, "{command}");
    }
    assert_eq!(projection(&world, &["rebuild", "work_requests", "--yes"]).code, 2, "it keeps no rows");
    let detached = ["rebuild", "sessions", "--yes", "--detach", "--patience", "1"];
    assert_eq!(projection(&world, &detached).code, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_is_paused_and_resumed_by_those_who_say_so() {
    let world = World::new().await;
    let moved =
        "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ('usage', 1, 1, 1)";
    sqlx::query(moved).execute(&world.pool).await.unwrap();
    let paused = "SELECT paused_at IS NOT NULL FROM projection_checkpoints WHERE name = 'usage'";
    assert_eq!(projection(&world, &["pause", "usage"]).code, 2);
    assert!(!one::<bool>(&world, paused).await);
    projection(&world, &["pause", "usage", "--yes"]).well();
    assert!(one::<bool>(&world, paused).await);
    projection(&world, &["resume", "usage", "--yes"]).well();
    assert!(!one::<bool>(&world, paused).await);
    assert_eq!(projection(&world, &["resume", "usage", "--yes"]).code, 4, "it is not paused");
}
