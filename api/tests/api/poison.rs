//! An event that nobody can read: its own stream waits, everybody else's goes on, and nothing is skipped in silence.

use projections::quarantine::{self, Narrowed};
use serde_json::{Value, json};

use crate::play::{self, RIDDLE};
use crate::world::{World, eventually};

/// Puts an event behind a session's last one, as the log's own statement would.
pub(crate) async fn append(
    world: &World,
    session: &str,
    event_type: &str,
    event_version: &str,
    payload: Value,
) -> i64 {
    let statement = "WITH locked AS MATERIALIZED (
            SELECT pg_advisory_xact_lock_shared((17996::bigint << 48) | last_value) FROM events_position
        )
        INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                            position, account, recorded_at, command_id)
        SELECT aggregate_type, aggregate_id, sequence + 1, $2, $3, $4, metadata, nextval('events_position'), account,
               now(), gen_random_uuid()
          FROM locked, events WHERE aggregate_id = $1 ORDER BY sequence DESC LIMIT 1
        RETURNING position";
    sqlx::query_scalar(statement)
        .bind(session)
        .bind(event_type)
        .bind(event_version)
        .bind(payload)
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_read_holds_up_its_own_session_only() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let sick = play::start(engineer, RIDDLE).await;
    let sound = play::start(engineer, RIDDLE).await;
    for (event_type, event_version, payload) in [
        ("session.note_added", "1.0", json!({ "garbage": true })),
        ("session.step_requested", "1.0", json!("no object")),
    ] {
        append(&world, &sick.id, event_type, event_version, payload).await;
    }
    let poison = world.count("SELECT min(position) FROM events WHERE payload = '{\"garbage\": true}'").await;
    eventually("the stream waits", async || {
        !quarantine::waiting(&world.pool, Narrowed::default(), 10).await.unwrap().is_empty()
    })
    .await;

    // Others go on, to the end, and read their own writes.
    let answer = play::answer(engineer, &sound.id, &sound.step, json!({ "freeText": "It hums." })).await;
    assert_eq!(answer["userErrors"], json!([]));
    assert!(answer["nextStep"]["id"].is_string());
    play::start(&world.rival.engineer, RIDDLE).await;
    let after = engineer.done("addNote", json!({ "sessionId": sound.id, "text": "Still here." }), "").await;
    let at = crate::client::position(&after);
    let seen = engineer
        .data_at(at, "query($id: ID!) { session(id: $id) { steps { text } } }", json!({ "id": sound.id }))
        .await;
    assert!(seen.to_string().contains("Still here."));
    assert_eq!(world.nobody.get("/readyz").await.status(), 200);

    // The sick one is shown as it was before, and refuses what it can't judge.
    let query = "query($id: ID!) { session(id: $id) { version currentStep { id } } }";
    let view = engineer.data(query, json!({ "id": sick.id })).await;
    assert_eq!(view["session"]["currentStep"]["id"], sick.step["id"]);
    let command = json!({ "input": { "sessionId": sick.id, "text": "Hello?" } });
    let refused = engineer.graphql(&crate::client::command("addNote", ""), command).await;
    assert_eq!(refused.code(), "UNAVAILABLE", "{}", refused.text);

    // Nothing was skipped: it stands in quarantine where it failed, and what came behind it waits.
    let waiting = quarantine::waiting(&world.pool, Narrowed::default(), 10).await.unwrap();
    let of_sessions = waiting.iter().find(|stream| stream.projection == "sessions").unwrap();
    assert_eq!(of_sessions.aggregate_id.to_string(), sick.id);
    assert_eq!(of_sessions.position.0, poison);
    assert_eq!(of_sessions.blocked_events, 1);
    assert!(waiting.iter().all(|stream| stream.aggregate_id.to_string() == sick.id), "{waiting:?}");
    let metrics = world.nobody.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("flowpilot_projection_quarantined"), "{metrics}");

    // The log shows the event itself, with what is wrong with it, to those who may look.
    let events = "query($id: ID!) { events(first: 100, filter: { aggregateId: $id }) { nodes { position type payload } } }";
    let answer = world.firm.owner.graphql(events, json!({ "id": sick.id })).await;
    let nodes = answer.data()["events"]["nodes"].as_array().unwrap().len();
    assert!(nodes >= 4, "the events before it can be read: {nodes}");
}
