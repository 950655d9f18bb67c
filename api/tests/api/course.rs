//! A session's course as engineers lead it: from intake to documentation, aside, back, and to an end (section 2).

use serde_json::{Value, json};

use crate::play::{self, LOCKOUT, RIDDLE, STEP};
use crate::world::World;

const DOCUMENTATION: &str = "documentation { problemSummary problemDomain intakeSummary \
    steps { number kind description response outcome } resolutionSummary resolutionAction followUps \
    totalSteps duration generatedAt markdown }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_is_diagnosed_step_by_step_and_documents_itself() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let id = json!({ "id": session.id });
    let begun = engineer
        .data(
            &format!(
                "query($id: ID!) {{ session(id: $id) {{ status problemSummary problemDomain urgency keySymptoms \
                 confidenceScore confidenceTier openedBy {{ id }} handler {{ id displayName }} team {{ id name }} \
                 intake {{ type text }} match {{ flow {{ id name origin }} score keyword policyVersion reason }} \
                 stepCount stepLimit tokens {{ input output }} currentStep {{ id }} steps {{ {STEP} }} }} }}"
            ),
            id.clone(),
        )
        .await;
    let view = &begun["session"];
    assert_eq!(view["status"], "ACTIVE");
    assert_eq!(view["problemDomain"], "ACTIVE_DIRECTORY");
    assert_eq!(view["intake"], json!({ "type": "FREE_TEXT", "text": LOCKOUT }));
    assert_eq!(view["match"]["flow"]["name"], "Account keeps locking out");
    assert_eq!(view["match"]["flow"]["origin"], "STARTER");
    assert_eq!(view["handler"]["displayName"], world.firm.engineer.name);
    assert_eq!(view["team"]["id"], world.firm.team.to_string());
    assert_eq!(view["tokens"], json!({ "input": 0, "output": 0 }));
    assert_eq!(view["stepLimit"], 30);
    let summary = view["problemSummary"].as_str().unwrap();
    assert!(summary.chars().count() <= 120 && !summary.contains('\n'), "rule 2.3: {summary}");
    let steps = view["steps"].as_array().unwrap();
    assert_eq!(steps[0]["kind"], "INTAKE_ANALYSIS");
    assert_eq!((&steps[0]["__typename"], &steps[0]["author"]), (&json!("NoteStep"), &Value::Null));
    assert_eq!(view["stepCount"], 1, "rule 2.11: the analysis does not count");
    assert_eq!(view["currentStep"]["id"], session.step["id"]);
    assert_eq!(session.step["madeBy"], "playbook");

    let suggestion = play::to_solution(engineer, &session).await;
    let resolve = json!({
        "sessionId": session.id, "summary": suggestion["resolutionSummary"], "action": "Removed the old credential.",
        "rating": 5, "feedback": "Straight to the point.",
    });
    let selection = format!(
        "session {{ status closedAt resolvedAt timeToResolve activeTime rating feedback \
        resolution {{ summary action resolvedBy {{ id }} }} currentStep {{ id }} assistant }} {DOCUMENTATION}"
    );
    let payload = engineer.done("resolveSession", resolve, &selection).await;
    let closed = &payload["session"];
    assert_eq!(closed["status"], "RESOLVED");
    assert_eq!((&closed["rating"], &closed["feedback"]), (&json!(5), &json!("Straight to the point.")));
    assert_eq!(closed["resolution"]["summary"], suggestion["resolutionSummary"]);
    assert_eq!(closed["resolution"]["resolvedBy"]["id"], world.firm.engineer.id.to_string());
    assert!(closed["resolvedAt"].is_string() && closed["timeToResolve"].as_f64().unwrap() > 0.0);
    assert_eq!((&closed["currentStep"], &closed["assistant"]), (&Value::Null, &json!("IDLE")));

    let query = format!("query($id: ID!) {{ session(id: $id) {{ updatedAt {DOCUMENTATION} }} }}");
    let read = engineer.data(&query, id.clone()).await;
    assert_eq!(read["session"]["documentation"], payload["documentation"], "rule 2.15: the same bytes");
    assert_eq!(payload["documentation"]["generatedAt"], read["session"]["updatedAt"]);
    data_and_markdown_agree(&payload["documentation"]);
}

fn data_and_markdown_agree(documentation: &Value) {
    let markdown = plain(documentation["markdown"].as_str().unwrap());
    let says = |what: &str, text: &Value| {
        for line in text.as_str().into_iter().flat_map(str::lines).filter(|line| !line.trim().is_empty()) {
            // The data say "<1m", which Markdown would have to escape: there it is "under 1m".
            let line = &line.replace("<1m", "under 1m");
            assert!(markdown.contains(&plain(line)), "{what} is not in the Markdown: {line}\n\n{markdown}");
        }
    };
    for field in ["problemSummary", "intakeSummary", "resolutionSummary", "resolutionAction", "duration"] {
        assert!(documentation[field].is_string(), "{field}");
        says(field, &documentation[field]);
    }
    let steps = documentation["steps"].as_array().unwrap();
    assert_eq!(documentation["totalSteps"], steps.len());
    for (index, step) in steps.iter().enumerate() {
        assert_eq!(step["number"], index + 1);
        for field in ["description", "response", "outcome"] {
            // The analysis is laid out as a list there, without what the headline and the facts say already.
            if field == "description" && step["kind"] == "INTAKE_ANALYSIS" {
                continue;
            }
            says(field, &step[field]);
        }
    }
}

/// Without Markdown's escapes and spacing.
fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace('\\', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_session_takes_no_answer_and_keeps_its_step_for_later() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let command = json!({ "sessionId": session.id });
    let paused =
        engineer.done("pauseSession", command.clone(), "session { status currentStep { id } }").await;
    assert_eq!(paused["session"], json!({ "status": "PAUSED", "currentStep": { "id": session.step["id"] } }));
    let answer = play::answer(engineer, &session.id, &session.step, json!({ "freeText": "It hums." })).await;
    assert_eq!(answer["userErrors"][0]["code"], "WRONG_STATUS");
    assert_eq!(engineer.refused("pauseSession", command.clone()).await, "WRONG_STATUS");
    assert_eq!(engineer.refused("retryStep", command.clone()).await, "WRONG_STATUS");
    // Notes go on.
    engineer.done("addNote", json!({ "sessionId": session.id, "text": "Lunch." }), "").await;

    let resumed =
        engineer.done("resumeSession", command.clone(), "session { status currentStep { id } }").await;
    assert_eq!(
        resumed["session"],
        json!({ "status": "ACTIVE", "currentStep": { "id": session.step["id"] } })
    );
    assert_eq!(engineer.refused("resumeSession", command).await, "WRONG_STATUS");
    let answer = play::answer(engineer, &session.id, &session.step, json!({ "freeText": "It hums." })).await;
    assert_eq!(answer["userErrors"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reopened_session_has_no_resolution_time_but_its_rating() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let resolve =
        json!({ "sessionId": session.id, "summary": "The pump was worn.", "rating": 4, "feedback": "Fine." });
    let state = "session { status rating feedback resolvedAt closedAt timeToResolve resolution { summary } \
        currentStep { id } documentation { duration } }";
    let resolved = engineer.done("resolveSession", resolve, state).await;
    assert_eq!(
        resolved["session"]["currentStep"],
        Value::Null,
        "rule 2.7: resolving supersedes the open step"
    );
    let reopen = json!({ "sessionId": session.id, "reason": "It hums again." });
    engineer.done("reopenSession", reopen.clone(), state).await;
    let step = wait_for_step(engineer, &session.id).await;
    let query = format!("query($id: ID!) {{ {} }}", state.replacen("session", "session(id: $id)", 1));
    let view = engineer.data(&query, json!({ "id": session.id })).await;
    assert_eq!(view["session"]["status"], "ACTIVE");
    assert_eq!((&view["session"]["rating"], &view["session"]["feedback"]), (&json!(4), &json!("Fine.")));
    for gone in ["resolvedAt", "closedAt", "timeToResolve"] {
        assert_eq!(view["session"][gone], Value::Null, "{gone}");
    }
    assert_eq!(view["session"]["documentation"]["duration"], Value::Null, "rule 2.15: none while open");
    assert_ne!(step["id"], session.step["id"]);
    assert_eq!(engineer.refused("reopenSession", reopen).await, "WRONG_STATUS");

    let rate = json!({ "sessionId": session.id, "rating": 1 });
    assert_eq!(engineer.refused("rateSession", rate.clone()).await, "WRONG_STATUS", "only closed ones");
    let resolve = json!({ "sessionId": session.id, "summary": "The pump was replaced." });
    let again = engineer.done("resolveSession", resolve, state).await;
    assert_eq!(again["session"]["rating"], 4, "resolving without a rating keeps it");
    let rated = engineer.done("rateSession", rate, state).await;
    assert_eq!(rated["session"]["rating"], 1);
    assert_eq!(rated["session"]["feedback"], "Fine.", "rule 2.14: a rating alone never wipes feedback");
}

/// The open step, once it is there.
pub(crate) async fn wait_for_step(client: &crate::client::Client, session: &str) -> Value {
    let query = format!("query($id: ID!) {{ session(id: $id) {{ currentStep {{ {STEP} }} }} }}");
    for _ in 0..500 {
        let mut data = client.data(&query, json!({ "id": session })).await;
        if data["session"]["currentStep"].is_object() {
            return data["session"]["currentStep"].take();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no step came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandoned_session_can_be_opened_again_and_nothing_else() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let command = json!({ "sessionId": session.id });
    let state = "session { status resolvedAt closedAt currentStep { id } steps { id supersededAt } }";
    let abandoned = engineer.done("abandonSession", command.clone(), state).await;
    assert_eq!(abandoned["session"]["status"], "ABANDONED");
    assert_eq!(abandoned["session"]["resolvedAt"], Value::Null);
    assert!(abandoned["session"]["closedAt"].is_string());
    let steps = abandoned["session"]["steps"].as_array().unwrap();
    let first = steps.iter().find(|step| step["id"] == session.step["id"]).unwrap();
    assert!(first["supersededAt"].is_string(), "rule 2.7");
    for mutation in ["pauseSession", "resumeSession", "abandonSession", "retryStep"] {
        assert_eq!(engineer.refused(mutation, command.clone()).await, "WRONG_STATUS", "{mutation}");
    }
    let late = play::answer(engineer, &session.id, &session.step, json!({ "freeText": "It hums." })).await;
    assert_eq!(late["userErrors"][0]["code"], "WRONG_STATUS");
    let note = json!({ "sessionId": session.id, "text": "Too late." });
    assert_eq!(engineer.refused("addNote", note).await, "WRONG_STATUS", "rule 11.3");
    let resolve = json!({ "sessionId": session.id, "summary": "It stopped." });
    assert_eq!(engineer.refused("resolveSession", resolve).await, "WRONG_STATUS");
    engineer.done("rateSession", json!({ "sessionId": session.id, "rating": 2 }), "").await;
    engineer.done("reopenSession", json!({ "sessionId": session.id, "reason": "It came back." }), "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_is_asked_for_again_only_where_none_is_open() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let command = json!({ "sessionId": session.id });
    assert_eq!(engineer.refused("retryStep", command.clone()).await, "WRONG_STATUS", "one is open");
    play::to_solution(engineer, &session).await;
    let state = format!("session {{ assistant currentStep {{ {STEP} }} }}");
    let asked = engineer.done("retryStep", command.clone(), &state).await;
    let step = wait_for_step(engineer, &session.id).await;
    assert_ne!(step["id"], session.step["id"], "{asked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_solution_that_did_not_help_leads_on() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let mut step = session.step;
    for _ in 0..30 {
        let suggested = step["kind"] == "RESOLUTION_SUGGESTION";
        let given = if suggested { play::hopeless_answer(&step) } else { play::obvious_answer(&step) };
        let mut payload = play::answer(engineer, &session.id, &step, given).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert!(payload["nextStep"]["id"].is_string(), "rule 2.13: diagnosis goes on: {payload}");
        assert_eq!(payload["session"]["status"], "ACTIVE");
        if suggested {
            return;
        }
        step = payload["nextStep"].take();
    }
    panic!("nothing was suggested");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_thirty_steps_no_further_one_is_asked_for_but_the_last_answer_is_kept() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, RIDDLE).await;
    let mut step = session.step.clone();
    for number in 1..=30 {
        let text = format!("Answer {number}.");
        let mut payload = play::answer(engineer, &session.id, &step, json!({ "freeText": text })).await;
        assert_eq!(payload["userErrors"], json!([]));
        if number == 30 {
            assert_eq!(payload["nextStep"], Value::Null);
            assert_eq!(
                (&payload["session"]["stepCount"], &payload["session"]["assistant"]),
                (&json!(30), &json!("IDLE"))
            );
        } else {
            step = payload["nextStep"].take();
        }
    }
    let command = json!({ "sessionId": session.id });
    assert_eq!(engineer.refused("retryStep", command.clone()).await, "STEP_LIMIT_REACHED");
    let query = "query($id: ID!) { session(id: $id) { status steps { kind answer { freeText } } \
        events(first: 100) { nodes { type } pageInfo { hasNextPage endCursor } } } }";
    let view = engineer.data(query, json!({ "id": session.id })).await;
    assert_eq!(view["session"]["status"], "ACTIVE");
    let last = view["session"]["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["answer"]["freeText"], "Answer 30.", "rule 2.11: the last answer is always stored");
    let reached = "SELECT count(*) FROM events WHERE event_type = 'session.step_limit_reached'";
    assert_eq!(world.count(reached).await, 1);
    // Neither pausing nor reopening gives more steps, and the way out stays open.
    engineer.done("pauseSession", command.clone(), "").await;
    engineer.done("resumeSession", command.clone(), "").await;
    assert_eq!(engineer.refused("retryStep", command).await, "STEP_LIMIT_REACHED");
    let resolve = json!({ "sessionId": session.id, "summary": "Switched the pump off." });
    engineer.done("resolveSession", resolve, "").await;
}
