//! A log that holds an event in the shape of before and in that of now is read, folded, projected and exported.

use domain::id::SessionId;
use domain::session::command::SessionAct;
use serde_json::{Value, json};

use crate::serving::Server;
use crate::world::World;

/// A session that was abandoned by Anna or by the timer while 1.0 was written.
async fn abandoned_before(world: &World, by: Value) -> SessionId {
    let session = world.start("Long ago").await;
    world.ask(session, SessionAct::Abandon).await;
    sqlx::query("ALTER TABLE events DISABLE TRIGGER USER").execute(&world.pool).await.unwrap();
    let stored = "UPDATE events SET event_version = '1.0', payload = $2
                  WHERE aggregate_id = $1 AND event_type = 'session.abandoned'";
    let payload = json!({ "type": "session.abandoned", "by": by });
    let made =
        sqlx::query(stored).bind(session.to_string()).bind(payload).execute(&world.pool).await.unwrap();
    assert_eq!(made.rows_affected(), 1);
    sqlx::query("ALTER TABLE events ENABLE TRIGGER USER").execute(&world.pool).await.unwrap();
    session
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_with_both_versions_of_an_event_is_read_folded_projected_and_exported() {
    let world = World::new().await;
    let anna = json!(world.anna.user);
    let timed_out = abandoned_before(&world, Value::Null).await;
    let given_up = abandoned_before(&world, anna.clone()).await;
    let today = world.start("Today").await;
    world.ask(today, SessionAct::Abandon).await;
    let versions =
        "SELECT DISTINCT event_version FROM events WHERE event_type = 'session.abandoned' ORDER BY 1";
    let stored: Vec<String> = sqlx::query_scalar(versions).fetch_all(&world.pool).await.unwrap();
    assert_eq!(stored, ["1.0", "2.0"]);

    // Read: each in the shape of now.
    let listed = world.run(&["events", "list", "--type", "session.abandoned"]).well().lines();
    let read: Vec<_> =
        listed.iter().map(|line| (&line["payload"]["cause"], &line["payload"]["by"])).collect();
    let (idle, handler) = (json!("idle"), json!("handler"));
    assert_eq!(read, [(&idle, &Value::Null), (&handler, &anna), (&handler, &anna)]);
    let checked = world.run(&["verify"]).well().lines();
    assert!(checked.iter().all(|line| line["ok"] == true), "{checked:?}");

    // Folded, as the log tells and as an aggregate that goes on.
    for session in [timed_out, given_up, today] {
        let shown = world.run(&["session", "show", &session.to_string()]).well().lines();
        assert_eq!(shown[0]["status"], "ABANDONED", "{shown:?}");
    }
    let request = domain::id::RequestId(uuid::Uuid::new_v4());
    world.ask(given_up, SessionAct::Reopen { reason: "Again".into(), request, redactions: vec![] }).await;

    // Projected, and built anew.
    let server = Server::start(&world);
    world.run(&["projection", "rebuild", "sessions", "--strict", "--yes"]).well();
    world.run(&["projection", "verify", "sessions"]).well();
    let abandoned = "SELECT count(*) FROM sessions WHERE status = 'ABANDONED'";
    let count: i64 = sqlx::query_scalar(abandoned).fetch_one(&world.pool).await.unwrap();
    assert_eq!(count, 2);
    server.stop().await;

    // Exported as stored, and read by whoever imports it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    world.run(&["events", "export", "--to", file.to_str().unwrap()]).well();
    let elsewhere = World::new().await;
    elsewhere.run(&["events", "import", file.to_str().unwrap(), "--yes"]).well();
    let stored: Vec<String> = sqlx::query_scalar(versions).fetch_all(&elsewhere.pool).await.unwrap();
    assert_eq!(stored, ["1.0", "2.0"]);
    let imported = elsewhere.run(&["events", "list", "--type", "session.abandoned"]).well().lines();
    assert_eq!(imported, listed);
}
