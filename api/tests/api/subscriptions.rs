//! Following a session live: complete across reconnects, closed to those who may not see it.

use serde_json::{Value, json};

use crate::client::Client;
use crate::play::{self, LOCKOUT, RIDDLE};
use crate::watching::{Events, Socket, init};
use crate::world::World;

const EVENTS: &str = "subscription($id: ID!, $after: Position) { \
    sessionEvents(sessionId: $id, after: $after) { position version type aggregateId payload } }";
const UPDATES: &str =
    "subscription($id: ID!) { sessionUpdated(id: $id) { version status assistant currentStep { id } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_websocket_a_client_that_reconnects_misses_nothing_and_hears_nothing_twice() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let leading = tokio::spawn(lead(engineer.client.clone(), session.id.clone()));
    let (mut heard, mut after): (Vec<Value>, Value) = (Vec::new(), Value::Null);
    while !is_over(&heard) {
        // A new connection after every few events.
        let variables = json!({ "id": session.id, "after": after });
        let mut socket = Socket::following(engineer, EVENTS, variables).await;
        for _ in 0..5 {
            heard.push(socket.item().await["sessionEvents"].take());
            if is_over(&heard) {
                break;
            }
        }
        after = heard.last().unwrap()["position"].clone();
    }
    leading.await.unwrap();
    is_complete(&world, engineer, &session.id, &heard).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_server_sent_events_it_is_the_same() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let leading = tokio::spawn(lead(engineer.client.clone(), session.id.clone()));
    let (mut heard, mut after): (Vec<Value>, Value) = (Vec::new(), Value::Null);
    while !is_over(&heard) {
        let variables = json!({ "id": session.id, "after": after });
        let mut events = Events::following(engineer, EVENTS, variables).await;
        for _ in 0..5 {
            heard.push(events.item().await["sessionEvents"].take());
            if is_over(&heard) {
                break;
            }
        }
        after = heard.last().unwrap()["position"].clone();
    }
    leading.await.unwrap();
    is_complete(&world, engineer, &session.id, &heard).await;
}

/// Leads a session to its resolution while others listen.
async fn lead(client: Client, session: String) {
    for number in 0..10 {
        client.done("addNote", json!({ "sessionId": session, "text": format!("Note {number}.") }), "").await;
    }
    let step = crate::course::wait_for_step(&client, &session).await;
    let begun = play::Begun { id: session.clone(), position: 0, step };
    let suggestion = play::to_solution(&client, &begun).await;
    let resolve = json!({ "sessionId": session, "summary": suggestion["resolutionSummary"] });
    client.done("resolveSession", resolve, "").await;
}

fn is_over(heard: &[Value]) -> bool {
    heard.last().is_some_and(|event| event["type"] == "session.resolved")
}

async fn is_complete(world: &World, client: &Client, session: &str, heard: &[Value]) {
    let versions: Vec<_> = heard.iter().map(|event| event["version"].as_u64().unwrap()).collect();
    let expected: Vec<_> = (1..=versions.len() as u64).collect();
    assert_eq!(versions, expected, "every event once, in order");
    let stored = format!("SELECT count(*) FROM events WHERE aggregate_id = '{session}'");
    assert_eq!(world.count(&stored).await, i64::try_from(heard.len()).unwrap());
    let query = "query($id: ID!) { session(id: $id) { events(first: 100) { \
        nodes { position version type aggregateId payload } } } }";
    let read = client.data(query, json!({ "id": session })).await;
    let read = read["session"]["events"]["nodes"].as_array().unwrap();
    assert_eq!(&heard[..read.len()], read.as_slice(), "live and read they are the same");
    assert!(!Value::from(heard.to_vec()).to_string().contains("\"candidates\""), "rule 11.5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_session_sees_it_at_once_and_in_the_end_as_it_ends() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let id = json!({ "id": session.id });
    let mut socket = Socket::following(engineer, UPDATES, id.clone()).await;
    let mut events = Events::following(&world.firm.analyst, UPDATES, id).await;
    let first = socket.item().await["sessionUpdated"].take();
    assert_eq!((&first["status"], &first["currentStep"]["id"]), (&json!("ACTIVE"), &session.step["id"]));
    let leading = tokio::spawn(lead(engineer.client.clone(), session.id.clone()));
    let mut version = first["version"].as_u64().unwrap();
    loop {
        let update = socket.item().await["sessionUpdated"].take();
        assert!(update["version"].as_u64().unwrap() > version, "each update is newer");
        version = update["version"].as_u64().unwrap();
        if update["status"] == "RESOLVED" {
            break;
        }
    }
    while events.item().await["sessionUpdated"]["status"] != "RESOLVED" {}
    leading.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_without_a_valid_token_gets_a_connection() {
    let world = World::start().await;
    for client in [world.nobody.clone(), world.nobody.with_token("let.me.in")] {
        let mut socket = Socket::open(&client).await;
        socket.say(&init(&client)).await;
        while let Some(message) = socket.next().await {
            assert_ne!(message["type"], "connection_ack", "{message}");
        }
    }
    // Without any greeting.
    let mut socket = Socket::open(&world.firm.engineer).await;
    socket.subscribe("1", "{ viewer { role } }", Value::Null).await;
    while let Some(message) = socket.next().await {
        assert!(!message.to_string().contains("ENGINEER"), "{message}");
    }
    let body = json!({ "query": UPDATES, "variables": { "id": "x" } }).to_string();
    let answer = world.nobody.post(body, &[("accept", "text/event-stream")]).await;
    assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_one_may_not_see_cannot_be_followed() {
    let world = World::start().await;
    let session = play::start(&world.firm.engineer, RIDDLE).await;
    let strangers = [&world.firm.engineer2, &world.rival.engineer, &world.rival.owner];
    for id in [session.id.as_str(), "00000000-0000-0000-0000-000000000000", "no-id", "\u{0}"] {
        for stranger in strangers {
            for query in [EVENTS, UPDATES] {
                let mut socket = Socket::following(stranger, query, json!({ "id": id })).await;
                let message = socket.next().await.unwrap();
                assert_eq!(code(&message), "NOT_FOUND", "{message}");
                let mut events = Events::following(stranger, query, json!({ "id": id })).await;
                let (_, body) = events.next().await.unwrap();
                assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_FOUND", "{body}");
            }
        }
    }
}

/// The code in an `error` message, or in a `next` with errors.
fn code(message: &Value) -> &str {
    let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
    errors[0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error: {message}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_has_one_root_field() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let both = "subscription($id: ID!) { a: sessionUpdated(id: $id) { version } b: sessionUpdated(id: $id) { version } }";
    let mut socket = Socket::following(engineer, both, json!({ "id": session.id })).await;
    let message = socket.next().await.unwrap();
    assert_eq!(code(&message), "GRAPHQL_VALIDATION_FAILED", "{message}");
    // The connection goes on: queries and mutations travel over it too.
    let mut socket = Socket::greeted(engineer).await;
    socket.subscribe("q", "{ viewer { role } }", Value::Null).await;
    assert_eq!(socket.item().await, json!({ "viewer": { "role": "ENGINEER" } }));
    assert_eq!(socket.next().await.unwrap(), json!({ "id": "q", "type": "complete" }));
    let note = "mutation($id: ID!) { addNote(input: { sessionId: $id, text: \"Over the socket.\" }) { position userErrors { code } } }";
    socket.subscribe("m", note, json!({ "id": session.id })).await;
    assert_eq!(socket.item().await["addNote"]["userErrors"], json!([]));
}
