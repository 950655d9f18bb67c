//! The same command twice, two commands at once: each takes effect once (section 2, rule 2.8, idempotency keys).

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Client, position};
use crate::play::{self, RIDDLE, begun, start_selection};
use crate::world::{World, new_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_starts_at_once_under_one_key_start_one_session_and_all_hear_of_it() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let input = json!({ "text": RIDDLE, "idempotencyKey": new_key() });
    let starts = (0..20)
        .map(async |_| engineer.elsewhere().done("startSession", input.clone(), &start_selection()).await);
    let answers: Vec<_> = join_all(starts).await.into_iter().map(begun).collect();
    for answer in &answers {
        assert_eq!((&answer.id, answer.position), (&answers[0].id, answers[0].position));
        assert_eq!(answer.step["id"], answers[0].step["id"], "and all see the same first step");
    }
    assert_eq!(world.count("SELECT count(*) FROM sessions").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM events WHERE event_type = 'session.started'").await, 1);
    let orphans = "SELECT count(*) FROM data_keys WHERE subject_kind = 'session'";
    assert_eq!(world.count(orphans).await, 1, "the losers' keys were never stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_used_for_another_input_or_by_somebody_else_is_refused() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let key = new_key();
    let input = json!({ "text": RIDDLE, "idempotencyKey": key });
    let first = begun(engineer.done("startSession", input.clone(), &start_selection()).await);

    let other = json!({ "text": "Something else.", "idempotencyKey": key });
    assert_eq!(engineer.refused("startSession", other).await, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(
        world.firm.engineer2.refused("startSession", input.clone()).await,
        "IDEMPOTENCY_KEY_REUSED",
        "the same words of somebody else are another input"
    );
    let note = json!({ "sessionId": first.id, "text": RIDDLE, "idempotencyKey": key });
    assert_eq!(engineer.refused("addNote", note).await, "IDEMPOTENCY_KEY_REUSED");
    let again = begun(engineer.done("startSession", input.clone(), &start_selection()).await);
    assert_eq!((again.id, again.position), (first.id.clone(), first.position));

    // Keys are an account's own.
    let rivals = begun(world.rival.engineer.done("startSession", input, &start_selection()).await);
    assert_ne!(rivals.id, first.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_command_gives_the_first_position_and_the_state_as_it_is_now() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let note = json!({ "sessionId": session.id, "text": "Once only.", "idempotencyKey": new_key() });
    let first = engineer.done("addNote", note.clone(), "session { version }").await;
    let pause = json!({ "sessionId": session.id });
    engineer.done("pauseSession", pause, "").await;
    let again = engineer.done("addNote", note, "session { version status }").await;
    assert_eq!(again["position"], first["position"]);
    assert_eq!(again["session"]["status"], "PAUSED");
    assert_eq!(
        again["session"]["version"].as_i64().unwrap(),
        first["session"]["version"].as_i64().unwrap() + 1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_commands_are_not_remembered() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let resume = json!({ "sessionId": session.id, "idempotencyKey": new_key() });
    assert_eq!(engineer.refused("resumeSession", resume.clone()).await, "WRONG_STATUS");
    engineer.done("pauseSession", json!({ "sessionId": session.id }), "").await;
    engineer.done("resumeSession", resume, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_answers_to_a_step_at_once_one_wins_and_one_next_step_follows() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let sessions = (0..4).map(async |_| race(&world, &engineer.client, 25).await);
    join_all(sessions).await;
}

/// One session, in which two answers race for each step.
async fn race(world: &World, engineer: &Client, rounds: usize) {
    let session = play::start(engineer, RIDDLE).await;
    let other = engineer.elsewhere();
    let mut step = session.step;
    let mut version = version(engineer, &session.id).await;
    for round in 0..rounds {
        let input = |text: &str| {
            let answer = json!({ "freeText": format!("{text} of round {round}") });
            let expected = if round % 2 == 0 { Value::Null } else { json!(version) };
            json!({ "sessionId": session.id, "stepId": step["id"], "answer": answer, "expectedVersion": expected })
        };
        let selection = play::answer_selection();
        let (mine, theirs) = tokio::join!(
            engineer.command("answerStep", input("Mine"), &selection),
            other.command("answerStep", input("Theirs"), &selection),
        );
        let (won, lost) = if mine["userErrors"] == json!([]) { (mine, theirs) } else { (theirs, mine) };
        assert_eq!(won["userErrors"], json!([]), "one of them wins");
        let code = lost["userErrors"][0]["code"].as_str().unwrap_or_else(|| panic!("both won: {won} {lost}"));
        assert!(["STEP_NOT_OPEN", "VERSION_CONFLICT"].contains(&code), "{lost}");
        assert_ne!(won["nextStep"]["id"], step["id"]);
        step = won["nextStep"].clone();
        version = won["session"]["version"].as_i64().unwrap();
    }
    let of_type = |kind: &str| {
        format!(
            "SELECT count(*) FROM events WHERE aggregate_id = '{}' AND event_type = 'session.{kind}'",
            session.id
        )
    };
    let rounds = i64::try_from(rounds).unwrap();
    assert_eq!(world.count(&of_type("step_answered")).await, rounds);
    assert_eq!(world.count(&of_type("step_requested")).await, rounds + 1);
    assert_eq!(world.count(&of_type("step_presented")).await, rounds + 2, "with the analysis of the intake");
}

async fn version(client: &Client, session: &str) -> i64 {
    let data =
        client.data("query($id: ID!) { session(id: $id) { version } }", json!({ "id": session })).await;
    data["session"]["version"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_identical_answer_again_changes_nothing_and_another_is_refused() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let given = json!({ "freeText": "As I said: it hums." });
    let first = play::answer(engineer, &session.id, &session.step, given.clone()).await;
    let second = play::answer(engineer, &session.id, &first["nextStep"], json!({ "skip": true })).await;
    let events = world.count("SELECT count(*) FROM events").await;

    let again = play::answer(engineer, &session.id, &session.step, given.clone()).await;
    assert_eq!(again["userErrors"], json!([]));
    assert_eq!(again["position"], first["position"]);
    assert!(position(&again) < position(&second));
    assert_eq!(again["nextStep"]["id"], second["nextStep"]["id"], "the state is the present one");
    // Before expectedVersion, which is long past.
    let late = json!({ "sessionId": session.id, "stepId": session.step["id"], "answer": given, "expectedVersion": 1 });
    let late = engineer.done("answerStep", late, "").await;
    assert_eq!(late["position"], first["position"]);
    assert_eq!(world.count("SELECT count(*) FROM events").await, events);

    let other =
        play::answer(engineer, &session.id, &session.step, json!({ "freeText": "No: it sings." })).await;
    assert_eq!(other["userErrors"][0]["code"], "STEP_NOT_OPEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_on_a_version_that_has_passed_is_refused_with_the_present_one() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let now = version(engineer, &session.id).await;
    for mutation in ["pauseSession", "abandonSession", "retryStep"] {
        let input = json!({ "sessionId": session.id, "expectedVersion": now - 1 });
        let payload = engineer.command(mutation, input, "").await;
        assert_eq!(payload["userErrors"][0]["code"], "VERSION_CONFLICT", "{mutation}");
        assert_eq!(payload["userErrors"][0]["currentVersion"], now, "{mutation}");
    }
    engineer.done("pauseSession", json!({ "sessionId": session.id, "expectedVersion": now }), "").await;
    let resolve = json!({ "sessionId": session.id, "summary": "It was the pump.", "expectedVersion": now });
    assert_eq!(engineer.refused("resolveSession", resolve).await, "VERSION_CONFLICT");
    // A key that was never used, for a session that never was.
    let nowhere = json!({ "sessionId": Uuid::nil(), "expectedVersion": 3 });
    assert_eq!(engineer.refused("pauseSession", nowhere).await, "NOT_FOUND");
}
