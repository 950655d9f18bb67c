//! Admins and their projections: who may, how a rebuild is asked for and seen, and what becomes of what waits.

use serde_json::{Value, json};

use crate::client::Client;
use crate::play::{self, RIDDLE};
use crate::poison::append;
use crate::watching::Socket;
use crate::world::{World, eventually};

const STANDING: &str = "query { projections { name version state position head lag eventsPerSecond quarantined lastError updatedAt
    rebuild { startedAt target position ratio eventsPerSecond secondsRemaining } } }";
const PAYLOAD: &str =
    "projection { name state } estimatedEvents estimatedSeconds userErrors { code message path }";

async fn standing(client: &Client, name: &str) -> Value {
    let all = client.data(STANDING, json!({})).await;
    let found = all["projections"].as_array().unwrap().iter().find(|it| it["name"] == name).cloned();
    found.unwrap_or_else(|| panic!("{all}"))
}

async fn command(client: &Client, name: &str, input_type: &str, input: Value) -> Value {
    let text = format!("mutation($input: {input_type}!) {{ {name}(input: $input) {{ {PAYLOAD} }} }}");
    client.data(&text, json!({ "input": input })).await[name].clone()
}

async fn rebuild(client: &Client, input: Value) -> Value {
    command(client, "rebuildProjection", "RebuildProjectionInput", input).await
}

async fn plain(client: &Client, name: &str, projection: &str) -> Value {
    command(client, name, "ProjectionCommandInput", json!({ "name": projection })).await
}

fn code(payload: &Value) -> &Value {
    &payload["userErrors"][0]["code"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projections_are_seen_by_analysts_and_owners_and_kept_by_super_admins_where_others_share_them() {
    let world = World::start().await;
    let firm = &world.firm;
    for (person, sees) in [
        (&firm.engineer, false),
        (&firm.admin, false),
        (&firm.analyst, true),
        (&firm.owner, true),
        (&firm.operator, true),
    ] {
        for query in [STANDING, "query { quarantine { nodes { id } } }"] {
            let answer = person.graphql(query, json!({})).await;
            if sees {
                answer.data();
            } else {
                assert_eq!(answer.code(), "FORBIDDEN", "{query} by {}", person.name);
            }
        }
    }
    // Two accounts live here, so that not even an owner may.
    let id = "00000000-0000-0000-0000-000000000001";
    for person in [&firm.engineer, &firm.admin, &firm.analyst, &firm.owner] {
        for mutation in [
            "rebuildProjection(input: {name: \"sessions\"})".to_owned(),
            "cancelRebuild(input: {name: \"sessions\"})".to_owned(),
            "rollbackProjection(input: {name: \"sessions\"})".to_owned(),
            "pauseProjection(input: {name: \"sessions\"})".to_owned(),
            "resumeProjection(input: {name: \"sessions\"})".to_owned(),
            format!("retryQuarantined(input: {{id: \"{id}\"}})"),
            format!("skipQuarantined(input: {{id: \"{id}\", reason: \"Why not\"}})"),
        ] {
            let text = format!("mutation {{ {mutation} {{ userErrors {{ code }} }} }}");
            assert_eq!(person.graphql(&text, json!({})).await.code(), "FORBIDDEN", "{mutation}");
        }
    }
    assert_eq!(standing(&firm.owner, "sessions").await["state"], "RUNNING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_built_anew_on_request_and_shown_as_before() {
    let world = World::start().await;
    let (operator, engineer) = (&world.firm.operator, &world.firm.engineer);
    let session = play::start(engineer, RIDDLE).await;
    let query =
        "query($id: ID!) { session(id: $id) { version status currentStep { id } steps { id text } } }";
    let before = engineer.data(query, json!({ "id": session.id })).await;

    let dry = rebuild(operator, json!({ "name": "sessions", "dryRun": true })).await;
    let events = world.count("SELECT count(*) FROM events WHERE event_type LIKE 'session.%'").await;
    assert_eq!((&dry["estimatedEvents"], &dry["estimatedSeconds"]), (&json!(events), &Value::Null));
    assert_eq!(world.count("SELECT count(*) FROM projection_rebuilds").await, 0, "a dry run does nothing");

    assert_eq!(rebuild(operator, json!({ "name": "sessions" })).await["userErrors"], json!([]));
    let done = "SELECT count(*) FROM projection_rebuilds WHERE state = 'done'";
    eventually("the rebuild is done", async || world.count(done).await == 1).await;
    assert_eq!(engineer.data(query, json!({ "id": session.id })).await, before);
    let after = engineer.done("addNote", json!({ "sessionId": session.id, "text": "Still here." }), "").await;
    let seen = engineer.data_at(crate::client::position(&after), query, json!({ "id": session.id })).await;
    assert!(seen.to_string().contains("Still here."));
    let again = rebuild(operator, json!({ "name": "sessions", "dryRun": true })).await;
    assert!(again["estimatedSeconds"].as_f64().unwrap() > 0.0, "{again}");

    assert_eq!(code(&rebuild(operator, json!({ "name": "nonsense" })).await), "NOT_FOUND");
    assert_eq!(code(&rebuild(operator, json!({ "name": "work_requests" })).await), "INVALID_INPUT");
    for name in ["sessions", "nonsense", "\u{0}"] {
        assert_eq!(code(&plain(operator, "cancelRebuild", name).await), "WRONG_STATUS", "{name:?}");
    }
    for mutation in ["pauseProjection", "resumeProjection", "rollbackProjection"] {
        assert_eq!(code(&plain(operator, mutation, "\u{0}").await), "NOT_FOUND", "{mutation}");
    }
    let waiting = "{ quarantine(projection: \"\\u0000\") { nodes { id } } }";
    assert_eq!(operator.data(waiting, json!({})).await["quarantine"]["nodes"], json!([]));
    assert_eq!(code(&plain(operator, "pauseProjection", "sessions@rebuild").await), "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rows_of_before_a_rebuild_serve_again_on_request() {
    let world = World::start().await;
    let (operator, engineer) = (&world.firm.operator, &world.firm.engineer);
    let session = play::start(engineer, RIDDLE).await;
    assert_eq!(
        code(&plain(operator, "rollbackProjection", "sessions").await),
        "WRONG_STATUS",
        "none are aside"
    );
    assert_eq!(rebuild(operator, json!({ "name": "sessions" })).await["userErrors"], json!([]));
    let done = "SELECT count(*) FROM projection_rebuilds WHERE state = 'done' AND NOT back";
    eventually("the rebuild is done", async || world.count(done).await == 1).await;

    let asked = plain(operator, "rollbackProjection", "sessions").await;
    assert_eq!(asked["userErrors"], json!([]));
    let back = "SELECT count(*) FROM projection_rebuilds WHERE state = 'done' AND back";
    eventually("the rows of before serve", async || world.count(back).await == 1).await;
    let query = "query($id: ID!) { session(id: $id) { id } }";
    assert_eq!(engineer.data(query, json!({ "id": session.id })).await["session"]["id"], json!(session.id));

    let waits = "INSERT INTO projection_rebuilds (projection, version, state, target, strict)
                 VALUES ('usage', 999, 'running', 10, false)";
    sqlx::query(waits).execute(&world.pool).await.unwrap();
    assert_eq!(code(&plain(operator, "rollbackProjection", "usage").await), "REBUILD_RUNNING");
    assert_eq!(code(&plain(operator, "rollbackProjection", "nonsense").await), "NOT_FOUND");
    assert_eq!(code(&plain(operator, "rollbackProjection", "work_requests").await), "INVALID_INPUT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_waits_is_shown_is_not_asked_for_twice_and_can_be_cancelled() {
    let world = World::start().await;
    let operator = &world.firm.operator;
    // One that is running in a version of the program that this process is not.
    let other = "INSERT INTO projection_rebuilds (projection, version, state, target, strict)
                 VALUES ('usage', 999, 'running', 10, false)";
    sqlx::query(other).execute(&world.pool).await.unwrap();
    let seen = standing(operator, "usage").await;
    assert_eq!(seen["state"], "REBUILDING");
    assert_eq!((&seen["rebuild"]["target"], &seen["rebuild"]["position"]), (&json!("10"), &json!("0")));
    assert_eq!(code(&rebuild(operator, json!({ "name": "usage" })).await), "REBUILD_RUNNING");
    let cancelled = plain(operator, "cancelRebuild", "usage").await;
    assert_eq!(cancelled["userErrors"], json!([]));
    assert_eq!(standing(operator, "usage").await["rebuild"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_projections_sees_one_stop_and_go_on() {
    let world = World::start().await;
    let operator = &world.firm.operator;
    let text = "subscription { projectionUpdated(name: \"usage\") { name state } }";
    let mut socket = Socket::following(operator, text, json!({})).await;
    let first = socket.item().await["projectionUpdated"].clone();
    assert_eq!(first["name"], "usage");
    assert_eq!(plain(operator, "pauseProjection", "usage").await["projection"]["state"], "PAUSED");
    while socket.item().await["projectionUpdated"]["state"] != "PAUSED" {}
    assert_eq!(plain(operator, "resumeProjection", "usage").await["userErrors"], json!([]));
    while socket.item().await["projectionUpdated"]["state"] != "RUNNING" {}
    let mut refused = Socket::following(&world.firm.engineer, text, json!({})).await;
    let message = refused.next().await.unwrap();
    assert!(message.to_string().contains("FORBIDDEN"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_faulty_event_is_shown_tried_again_and_left_out_with_a_reason() {
    let world = World::start().await;
    let (operator, engineer) = (&world.firm.operator, &world.firm.engineer);
    let session = play::start(engineer, RIDDLE).await;
    let position =
        append(&world, &session.id, "session.tokens_spent_nowhere", "1.0", json!({ "garbage": true })).await;
    let list = "query { quarantine(projection: \"sessions\") { nodes { id projection error attempts blockedEvents firstFailedAt
        event { position type } } pageInfo { hasNextPage } } }";
    let waits =
        async || operator.data(list, json!({})).await["quarantine"]["nodes"].as_array().unwrap().len();
    eventually("the stream waits", async || waits().await == 1).await;
    let shown = operator.data(list, json!({})).await["quarantine"]["nodes"][0].clone();
    assert_eq!(shown["event"]["position"], position.to_string());
    assert!(!shown["error"].as_str().unwrap().is_empty());
    assert_eq!(standing(operator, "sessions").await["quarantined"], 1);
    // A strict rebuild stops there.
    let strict = json!({ "name": "sessions", "strict": true });
    assert_eq!(rebuild(operator, strict).await["userErrors"], json!([]));
    let failed = "SELECT count(*) FROM projection_rebuilds WHERE state = 'failed' AND strict";
    eventually("the strict rebuild stopped", async || world.count(failed).await == 1).await;
    // Another account's admin sees and decides nothing of it.
    let rival = &world.rival.operator;
    assert_eq!(rival.data(list, json!({})).await["quarantine"]["nodes"], json!([]));
    let decide = async |client: &Client, name: &str, input: Value| {
        command(client, name, "QuarantineCommandInput", input).await
    };
    let id = shown["id"].clone();
    assert_eq!(code(&decide(rival, "retryQuarantined", json!({ "id": id })).await), "NOT_FOUND");

    assert_eq!(decide(operator, "retryQuarantined", json!({ "id": id })).await["userErrors"], json!([]));
    eventually("it was tried once more", async || {
        operator.data(list, json!({})).await["quarantine"]["nodes"][0]["attempts"] == 4
    })
    .await;
    for reason in [json!(null), json!("  "), json!("x".repeat(501)), json!("a\u{0}"), json!("\u{0}")] {
        let refused = decide(operator, "skipQuarantined", json!({ "id": id, "reason": reason })).await;
        assert_eq!(code(&refused), "INVALID_INPUT");
    }
    let reason = "Written by a version that was withdrawn. Its password: Hunter2-Hunter2 is changed";
    let skip = json!({ "id": id, "reason": reason });
    assert_eq!(decide(operator, "skipQuarantined", skip).await["userErrors"], json!([]));
    eventually("the stream goes on", async || waits().await == 0).await;
    let kept = "SELECT count(*) FROM skipped_events WHERE projection = 'sessions'";
    assert_eq!(world.count(kept).await, 1);
    let without = format!("{kept} AND reason LIKE '%was withdrawn%[REDACTED:password:%is changed'");
    assert_eq!(world.count(&without).await, 1, "secrets in a reason are replaced");
}
