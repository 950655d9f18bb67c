//! A session as it was: after its first n events, up to a position, at a moment.

use chrono::{Duration, SecondsFormat};
use domain::session::view::SessionView;
use event_store::Until;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;
use crate::play::{self, LOCKOUT, STEP};
use crate::world::World;

/// Everything of a session that its own events tell.
fn fields() -> String {
    format!(
        "id version status openedBy {{ id }} handler {{ id }} team {{ id }} \
         intake {{ type text logContent redactions {{ kind count }} }} problemSummary problemDomain keySymptoms urgency \
         confidenceScore confidenceTier match {{ flowVersion score keyword reason policyVersion }} ticketContext assistant \
         assistantError steps {{ {STEP} }} currentStep {{ id }} stepCount stepLimit resolution {{ summary action }} \
         documentation {{ markdown totalSteps duration generatedAt }} rating feedback tokens {{ input output }} createdAt \
         updatedAt closedAt resolvedAt timeToResolve activeTime"
    )
}

async fn at(client: &Client, session: &str, instant: Value) -> Value {
    let query = format!("query($id: ID!, $at: Instant) {{ session(id: $id, at: $at) {{ {} }} }}", fields());
    client.data(&query, json!({ "id": session, "at": instant })).await["session"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_at_a_version_is_what_the_fold_of_so_many_events_shows() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, LOCKOUT).await;
    let mut seen = Vec::new();
    let all = format!("session {{ {} }}", fields());
    let command = json!({ "sessionId": session.id });
    let note = json!({ "sessionId": session.id, "text": "password=Winter2026! is in the ticket" });
    seen.push(engineer.done("addNote", note, &all).await["session"].take());
    seen.push(engineer.done("pauseSession", command.clone(), &all).await["session"].take());
    seen.push(engineer.done("resumeSession", command.clone(), &all).await["session"].take());
    let suggestion = play::to_solution(engineer, &session).await;
    let resolve = json!({ "sessionId": session.id, "summary": suggestion["resolutionSummary"], "rating": 3 });
    seen.push(engineer.done("resolveSession", resolve, &all).await["session"].take());
    let reopen = json!({ "sessionId": session.id, "reason": "Again after lunch." });
    // With the step that goes on: nobody need ask for it again.
    seen.push(engineer.done("reopenSession", reopen, &all).await["session"].take());
    assert!(seen.last().unwrap()["currentStep"]["id"].is_string());
    seen.push(engineer.done("abandonSession", command, &all).await["session"].take());
    let rate = json!({ "sessionId": session.id, "rating": 5, "feedback": "Found it in the end." });
    seen.push(engineer.done("rateSession", rate, &all).await["session"].take());

    // What was shown when the session stood at a version is what is shown of that version for ever.
    for then in &seen {
        assert_eq!(at(engineer, &session.id, json!({ "version": then["version"] })).await, *then);
    }
    let id: Uuid = session.id.parse().unwrap();
    let log = world.app.store.log();
    let events = log.stream_of(world.firm.account, "session", id, Until::Now).await.unwrap();
    let now = at(engineer, &session.id, Value::Null).await;
    assert_eq!(now["version"], events.len());
    assert_eq!(now, at(engineer, &session.id, json!({ "version": events.len() })).await);
    for count in 1..=events.len() {
        let shown = at(engineer, &session.id, json!({ "version": count })).await;
        agrees(&shown, &SessionView::fold(&events[..count]).unwrap().unwrap());

        let place = events[count - 1].position.0;
        let by_position = at(engineer, &session.id, json!({ "position": place.to_string() })).await;
        assert_eq!(by_position, shown);
        let before = at(engineer, &session.id, json!({ "position": (place - 1).to_string() })).await;
        let expected = if count == 1 { Value::Null } else { json!(count - 1) };
        assert_eq!(before["version"], expected);

        // Moments travel in milliseconds, the log keeps microseconds.
        let moment = events[count - 1].metadata.recorded_at + Duration::milliseconds(1);
        let text = moment.to_rfc3339_opts(SecondsFormat::Millis, true);
        let moment: chrono::DateTime<chrono::Utc> = text.parse().unwrap();
        let by_then = events.iter().filter(|event| event.metadata.recorded_at <= moment).count();
        let by_time = at(engineer, &session.id, json!({ "time": text })).await;
        assert_eq!(by_time["version"], by_then);
    }
}

fn agrees(shown: &Value, fold: &SessionView) {
    assert_eq!(shown["version"], fold.version);
    assert_eq!(shown["status"], fold.status.as_str());
    assert_eq!(shown["stepCount"], fold.step_count);
    assert_eq!(shown["rating"], json!(fold.rating));
    assert_eq!(shown["confidenceScore"], fold.confidence.score());
    assert_eq!(shown["problemSummary"], json!(fold.classification.as_ref().map(|it| it.summary.as_str())));
    assert_eq!(shown["currentStep"]["id"], json!(fold.current_step().map(|step| step.id.to_string())));
    let steps = shown["steps"].as_array().unwrap();
    assert_eq!(steps.len(), fold.steps.len());
    for (shown, step) in steps.iter().zip(&fold.steps) {
        assert_eq!(shown["id"], step.id.to_string());
        assert_eq!(shown["answer"].is_object(), step.answer.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_its_start_there_is_no_session_and_in_its_future_it_is_what_it_is_now() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let session = play::start(engineer, play::RIDDLE).await;
    let now = at(engineer, &session.id, Value::Null).await;
    for early in [
        json!({ "version": 0 }),
        json!({ "version": -1 }),
        json!({ "position": "0" }),
        json!({ "time": "1999-12-31T23:59:59Z" }),
    ] {
        assert_eq!(at(engineer, &session.id, early.clone()).await, Value::Null, "{early}");
    }
    for late in [
        json!({ "version": i32::MAX }),
        json!({ "position": i64::MAX.to_string() }),
        json!({ "time": "9999-12-31T23:59:59Z" }),
    ] {
        assert_eq!(at(engineer, &session.id, late.clone()).await, now, "{late}");
    }
    let stranger = &world.firm.engineer2;
    assert_eq!(at(stranger, &session.id, json!({ "version": 1 })).await, Value::Null);
    let query = "query($id: ID!, $at: Instant) { session(id: $id, at: $at) { version } }";
    for wrong in [json!({}), json!({ "version": 1, "position": "1" }), json!({ "time": "yesterday" })] {
        let answer = engineer.graphql(query, json!({ "id": session.id, "at": wrong })).await;
        assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{wrong}");
    }
}
