//! Reading one's own writes, and saying so when it can't be had (`X-Min-Position`).

use std::time::Duration;

use api::auth::Identity;
use api::commands::{self, Envelope};
use domain::id::{CommandId, SessionId, StepId, SystemIds};
use domain::session::command::SessionAct;
use serde_json::{Value, json};

use crate::client::position;
use crate::play::{self, RIDDLE};
use crate::world::{World, token};

const SESSION: &str = "query($id: ID!) { session(id: $id) { version steps { text } } }";
const SESSIONS: &str = "{ sessions(first: 1, orderBy: RECENTLY_UPDATED) { nodes { id version } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_with_a_commands_position_sees_that_command() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let identity = world.app.gate.admit_token(engineer.token().unwrap()).await.unwrap();
    let reader = engineer.elsewhere();
    for _ in 0..4 {
        let session = play::start(engineer, RIDDLE).await;
        for number in 0..25 {
            // Straight into the log: the API's own answer would have waited for the read model already.
            let text = format!("Note {number}");
            let at = note(&world, &identity, &session.id, &text).await;
            let seen = reader.data_at(at, SESSION, json!({ "id": session.id })).await;
            let steps = seen["session"]["steps"].as_array().unwrap();
            assert_eq!(steps.last().unwrap()["text"], text, "at position {at}");

            let at = note(&world, &identity, &session.id, "Another").await;
            let seen = reader.data_at(at, SESSIONS, Value::Null).await;
            assert_eq!(seen["sessions"]["nodes"][0]["id"], session.id, "at position {at}");
            let log =
                "query($id: ID!, $version: Int!) { session(id: $id, at: { version: $version }) { version } }";
            let version = seen["sessions"]["nodes"][0]["version"].clone();
            let then = reader.data_at(at, log, json!({ "id": session.id, "version": version })).await;
            assert_eq!(then["session"]["version"], version);
        }
    }
}

async fn note(world: &World, me: &Identity, session: &str, text: &str) -> i64 {
    let act =
        SessionAct::AddNote { step: StepId::fresh(&SystemIds), text: text.into(), redactions: Vec::new() };
    let envelope =
        Envelope { command: CommandId::fresh(&SystemIds), input_hash: [0; 32], expected_version: None };
    let id = SessionId(session.parse().unwrap());
    commands::session(&world.app, me, id, act, envelope).await.unwrap().position.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_events_flows_and_the_account_are_read_at_a_position_too() {
    let world = World::start().await;
    let session = play::start(&world.firm.engineer, RIDDLE).await;
    let owner = world.firm.owner.elsewhere();
    let everything = "query($id: ID!) { usage { assistantCalls remainingToday } account { members { id } } \
        flows { totalCount } events(first: 100, filter: { aggregateId: $id }) { nodes { position } } }";
    let seen = owner.data_at(session.position, everything, json!({ "id": session.id })).await;
    let position = json!(session.position.to_string());
    let events = seen["events"]["nodes"].as_array().unwrap();
    assert!(events.iter().any(|event| event["position"] == position));
    assert_eq!(seen["account"]["members"].as_array().unwrap().len(), 7);
    assert_eq!(seen["usage"]["assistantCalls"], 0, "rule 4.2: the playbook costs no quota");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_older_than_was_asked_for_comes_all_the_same_and_says_so() {
    let world = World::impatient(Duration::from_millis(50)).await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let far = session.position + 1_000_000;
    let id = json!({ "id": session.id });
    let answer = engineer.graphql_at(far, SESSION, id.clone()).await;
    assert!(answer.is_stale(), "{}", answer.text);
    assert!(answer.data()["session"]["version"].is_number());
    for query in [SESSIONS, "{ flows { totalCount } }"] {
        assert!(engineer.graphql_at(far, query, Value::Null).await.is_stale(), "{query}");
    }
    for query in ["{ usage { assistantCalls } }", "{ events { nodes { position } } }"] {
        assert!(world.firm.owner.graphql_at(far, query, Value::Null).await.is_stale(), "{query}");
    }
    let fresh = engineer.graphql_at(session.position, SESSION, id.clone()).await;
    assert!(!fresh.is_stale(), "{}", fresh.text);

    // The same wish in the request's extensions.
    let body = json!({ "query": SESSION, "variables": id, "extensions": { "minPosition": far.to_string() } });
    assert!(engineer.try_send(&body, None).await.unwrap().is_stale());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_that_is_none_is_refused() {
    let world = World::start().await;
    let body = json!({ "query": "{ viewer { role } }" }).to_string();
    let bearer = format!("Bearer {}", token(&world.firm.engineer.id.to_string()));
    for wrong in ["", "-1", "soon", "1.5", "99999999999999999999"] {
        let headers = [("authorization", bearer.as_str()), ("x-min-position", wrong)];
        let answer = world.nobody.post(body.clone(), &headers).await;
        assert_eq!((answer.status, answer.code()), (400, "GRAPHQL_VALIDATION_FAILED"), "{wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commands_own_answer_shows_its_effect() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let mut last = session.position;
    for number in 0..20 {
        let input = json!({ "sessionId": session.id, "text": format!("Note {number}") });
        let payload = engineer.done("addNote", input, "session { steps { text } }").await;
        let steps = payload["session"]["steps"].as_array().unwrap();
        assert_eq!(steps.last().unwrap()["text"], format!("Note {number}"));
        assert!(position(&payload) > last);
        last = position(&payload);
    }
}
