//! Who may do what, and who sees what (section 11).

use serde_json::{Value, json};

use crate::client::{Client, command};
use crate::play::{self, RIDDLE};
use crate::world::World;

const SESSION: &str = "query($id: ID!) { session(id: $id) { id } }";
const SESSIONS: &str = "{ sessions(first: 100) { nodes { id } totalCount } }";

async fn sees(client: &Client, session: &str) -> bool {
    let one = client.data(SESSION, json!({ "id": session })).await;
    let list = client.data(SESSIONS, Value::Null).await;
    let nodes = list["sessions"]["nodes"].as_array().unwrap();
    assert_eq!(list["sessions"]["totalCount"], nodes.len());
    let listed = nodes.iter().any(|node| node["id"] == session);
    assert_eq!(listed, one["session"]["id"] == session, "list and detail agree");
    assert!(listed || one["session"] == Value::Null);
    listed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_seen_by_its_people_and_by_the_roles_that_read_everything() {
    let world = World::start().await;
    let (firm, rival) = (&world.firm, &world.rival);
    let session = play::start(&firm.engineer, RIDDLE).await;
    for (person, may) in [
        (&firm.engineer, true),
        (&firm.engineer2, false),
        (&firm.loner, false),
        (&firm.admin, true),
        (&firm.analyst, true),
        (&firm.owner, true),
        (&firm.operator, true),
        (&rival.engineer, false),
        (&rival.admin, false),
        (&rival.analyst, false),
        (&rival.owner, false),
        (&rival.operator, false),
    ] {
        assert_eq!(sees(person, &session.id).await, may, "{}", person.name);
    }
    let mine = "{ sessions(filter: { mine: true }) { nodes { id } } }";
    assert_eq!(firm.engineer.data(mine, Value::Null).await["sessions"]["nodes"][0]["id"], session.id);
    assert_eq!(firm.owner.data(mine, Value::Null).await["sessions"]["nodes"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analysts_and_operators_may_not_handle_sessions_at_all() {
    let world = World::start().await;
    let session = play::start(&world.firm.engineer, RIDDLE).await;
    for person in [&world.firm.analyst, &world.firm.operator] {
        let inputs = [
            ("startSession", json!({ "text": RIDDLE })),
            ("pauseSession", json!({ "sessionId": session.id })),
            ("abandonSession", json!({ "sessionId": session.id })),
            ("resolveSession", json!({ "sessionId": session.id, "summary": "Not mine to say." })),
            (
                "answerStep",
                json!({ "sessionId": session.id, "stepId": session.step["id"], "answer": { "skip": true } }),
            ),
        ];
        for (mutation, input) in inputs {
            let answer = person.graphql(&command(mutation, ""), json!({ "input": input })).await;
            assert_eq!((answer.status, answer.code()), (200, "FORBIDDEN"), "{mutation} by {}", person.name);
            assert_eq!(answer.body["data"], Value::Null);
        }
    }
    assert_eq!(world.count("SELECT count(*) FROM sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_who_sees_a_session_is_not_entitled_to_it_but_may_write_a_note() {
    let world = World::start().await;
    let session = play::start(&world.firm.engineer, RIDDLE).await;
    for colleague in [&world.firm.admin, &world.firm.owner] {
        let answer = play::answer(colleague, &session.id, &session.step, json!({ "skip": true })).await;
        assert_eq!(answer["userErrors"][0]["code"], "NOT_ENTITLED");
        for mutation in ["pauseSession", "resumeSession", "abandonSession", "retryStep"] {
            let code = colleague.refused(mutation, json!({ "sessionId": session.id })).await;
            assert_eq!(code, "NOT_ENTITLED", "{mutation}");
        }
        let resolve = json!({ "sessionId": session.id, "summary": "Not mine to say." });
        assert_eq!(colleague.refused("resolveSession", resolve).await, "NOT_ENTITLED");
    }
    for colleague in [&world.firm.admin, &world.firm.owner, &world.firm.analyst] {
        let note = json!({ "sessionId": session.id, "text": format!("Seen by {}.", colleague.name) });
        let noted =
            colleague.done("addNote", note, "session { steps { ... on NoteStep { author { id } } } }").await;
        let steps = noted["session"]["steps"].as_array().unwrap();
        assert_eq!(steps.last().unwrap()["author"]["id"], colleague.id.to_string());
    }
    world.firm.engineer.done("abandonSession", json!({ "sessionId": session.id }), "").await;
    let owner = &world.firm.owner;
    assert_eq!(
        owner.refused("rateSession", json!({ "sessionId": session.id, "rating": 3 })).await,
        "NOT_ENTITLED"
    );
    let reopen = json!({ "sessionId": session.id, "reason": "I would like to." });
    assert_eq!(owner.refused("reopenSession", reopen).await, "NOT_ENTITLED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_see_a_session_finds_none() {
    let world = World::start().await;
    let session = play::start(&world.firm.engineer, RIDDLE).await;
    let events = "SELECT count(*) FROM events WHERE aggregate_type = 'session'";
    let before = world.count(events).await;
    for stranger in [&world.firm.engineer2, &world.firm.loner, &world.rival.engineer, &world.rival.owner] {
        for id in [session.id.as_str(), "00000000-0000-0000-0000-000000000000", "no-id", ""] {
            for (mutation, input) in commands_on(id, &session.step["id"]) {
                let code = stranger.refused(mutation, input).await;
                assert_eq!(code, "NOT_FOUND", "{mutation} on {id:?} by {}", stranger.name);
            }
            // Nor does a wrong version tell which one would be right.
            let guess = json!({ "sessionId": id, "expectedVersion": 1 });
            let code = stranger.refused("pauseSession", guess).await;
            assert_eq!(code, "NOT_FOUND", "a guess on {id:?} by {}", stranger.name);
        }
    }
    assert_eq!(world.count(events).await, before);
}

/// Every command on a session.
pub(crate) fn commands_on(session: &str, step: &Value) -> Vec<(&'static str, Value)> {
    vec![
        ("answerStep", json!({ "sessionId": session, "stepId": step, "answer": { "skip": true } })),
        ("retryStep", json!({ "sessionId": session })),
        ("addNote", json!({ "sessionId": session, "text": "Hello." })),
        ("pauseSession", json!({ "sessionId": session })),
        ("resumeSession", json!({ "sessionId": session })),
        ("resolveSession", json!({ "sessionId": session, "summary": "It was nothing." })),
        ("reopenSession", json!({ "sessionId": session, "reason": "It was something." })),
        ("abandonSession", json!({ "sessionId": session })),
        ("rateSession", json!({ "sessionId": session, "rating": 3 })),
        ("escalateSession", json!({ "sessionId": session, "reason": "Somebody else should look." })),
        ("pickUpSession", json!({ "sessionId": session })),
        ("recallEscalation", json!({ "sessionId": session })),
        ("handOffSession", json!({ "sessionId": session, "to": "The vendor." })),
        ("redactSession", json!({ "sessionId": session, "text": "aquarium", "reason": "It is a secret." })),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_and_events_are_for_those_whose_role_reads_them() {
    let world = World::start().await;
    let firm = &world.firm;
    for query in ["{ usage { assistantCalls } }", "{ events { nodes { position } } }"] {
        for (person, may) in [
            (&firm.engineer, false),
            (&firm.loner, false),
            (&firm.admin, true),
            (&firm.analyst, true),
            (&firm.owner, true),
            (&firm.operator, true),
        ] {
            let answer = person.graphql(query, Value::Null).await;
            if may {
                answer.data();
            } else {
                assert_eq!(answer.code(), "FORBIDDEN", "{query} by {}", person.name);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engineers_and_team_admins_see_events_in_their_public_form() {
    let world = World::stocked().await;
    let session = play::start(&world.firm.engineer, play::LOCKOUT).await;
    let query = "query($id: ID!) { session(id: $id) { events(first: 100) { nodes { type payload } } } }";
    let log =
        "query($id: ID!) { events(first: 100, filter: { aggregateId: $id }) { nodes { type payload } } }";
    for (person, whole) in [
        (&world.firm.engineer, false),
        (&world.firm.admin, false),
        (&world.firm.analyst, true),
        (&world.firm.owner, true),
        (&world.firm.operator, true),
    ] {
        let mut seen =
            vec![person.data(query, json!({ "id": session.id })).await["session"]["events"].take()];
        if !std::ptr::eq(person, &raw const world.firm.engineer) {
            seen.push(person.data(log, json!({ "id": session.id })).await["events"].take());
        }
        for events in seen {
            let text = events.to_string();
            assert!(text.contains("session.flow_matched"), "{text}");
            assert!(text.contains(play::LOCKOUT), "personal content is opened for those who see the session");
            for hidden in ["\"candidates\"", "\"reasoning\""] {
                assert_eq!(text.contains(hidden), whole, "{hidden} for {}", person.name);
            }
        }
    }
    let foreign = world.rival.owner.data(log, json!({ "id": session.id })).await;
    assert_eq!(foreign["events"]["nodes"], json!([]));
    let all = world.rival.owner.data("{ events(first: 100) { nodes { aggregateId } } }", Value::Null).await;
    assert!(!all.to_string().contains(&session.id));
    assert!(!all.to_string().contains(&world.firm.account.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_shows_its_own_people_and_flows_only() {
    let world = World::stocked().await;
    let query = "{ viewer { role user { id email } account { id } } account { members { id email } teams { id } } \
        flows(first: 100) { totalCount nodes { id } } }";
    let ours = world.firm.engineer.data(query, Value::Null).await;
    let theirs = world.rival.engineer.data(query, Value::Null).await;
    assert_eq!(ours["viewer"]["account"]["id"], world.firm.account.to_string());
    assert_eq!(ours["viewer"]["user"]["email"], world.firm.engineer.email);
    assert_eq!(ours["flows"]["totalCount"], theirs["flows"]["totalCount"]);
    for id in ["members", "teams"] {
        for ours in ours["account"][id].as_array().unwrap() {
            assert!(!theirs.to_string().contains(ours["id"].as_str().unwrap()));
        }
    }
    let flow = ours["flows"]["nodes"][0]["id"].clone();
    assert!(!theirs.to_string().contains(flow.as_str().unwrap()));
    let query = "query($id: ID!) { flow(id: $id) { name } }";
    assert!(world.firm.analyst.data(query, json!({ "id": flow })).await["flow"]["name"].is_string());
    assert_eq!(world.rival.owner.data(query, json!({ "id": flow })).await["flow"], Value::Null);
}
