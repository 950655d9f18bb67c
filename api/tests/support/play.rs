//! Sessions as engineers lead them: start one, answer what is asked, get to the end.

use serde_json::{Value, json};

use super::client::{Client, position};

/// What is looked at of a step.
pub(crate) const STEP: &str = "__typename id ordinal kind text contextMessage allowFreeText allowSkip confidenceScore \
    confidenceTier madeBy answeredAt supersededAt presentedAt \
    answer { option { label value } freeText skipped actionResult { succeeded details nextHint } answeredBy { id } } \
    ... on QuestionStep { options { label value followupHint } } \
    ... on ActionStep { expectedOutcome checklist } \
    ... on SuggestionStep { resolutionSummary followUps } \
    ... on NoteStep { author { id displayName } }";

/// An intake that the starter library knows well.
pub(crate) const LOCKOUT: &str = "Jane Doe is locked out again since she changed her password on Monday, it happens every \
    twenty minutes. Bad password attempts keep coming.";

/// An intake that no flow fits.
pub(crate) const RIDDLE: &str = "The aquarium in the lobby hums in B flat.";

/// A session that was started, at its first step.
pub(crate) struct Begun {
    /// The session.
    pub(crate) id: String,
    /// Where its start stands in the log.
    pub(crate) position: i64,
    /// The open step.
    pub(crate) step: Value,
}

/// Starts a session with this text and has its first step.
pub(crate) async fn start(client: &Client, text: &str) -> Begun {
    begun(client.done("startSession", json!({ "text": text }), &start_selection()).await)
}

/// What a start is asked for.
pub(crate) fn start_selection() -> String {
    format!("session {{ id version status assistant }} firstStep {{ {STEP} }} ticketContext")
}

/// Reads a start's payload.
pub(crate) fn begun(mut payload: Value) -> Begun {
    let step = payload["firstStep"].take();
    assert!(step["id"].is_string(), "the first step came in time: {payload}");
    let id = payload["session"]["id"].as_str().expect("a session has an id").to_owned();
    Begun { id, position: position(&payload), step }
}

/// Answers a step and returns the payload, refused or not.
pub(crate) async fn answer(client: &Client, session: &str, step: &Value, answer: Value) -> Value {
    let input = json!({ "sessionId": session, "stepId": step["id"], "answer": answer });
    client.command("answerStep", input, &answer_selection()).await
}

/// What an answer is asked for.
pub(crate) fn answer_selection() -> String {
    format!(
        "session {{ id version status assistant assistantError stepCount }} nextStep {{ {STEP} }} resolutionSuggested \
         resolutionSummary"
    )
}

/// What an engineer answers for whom everything goes as the assistant hopes: the first option, and every action works.
pub(crate) fn obvious_answer(step: &Value) -> Value {
    match step["kind"].as_str() {
        Some("QUESTION") => json!({ "option": step["options"][0]["value"] }),
        Some(_) => json!({ "actionResult": { "succeeded": true, "details": "As expected." } }),
        None => panic!("no step: {step}"),
    }
}

/// The same for whom nothing works.
pub(crate) fn hopeless_answer(step: &Value) -> Value {
    match step["kind"].as_str() {
        Some("QUESTION") => json!({ "option": step["options"][0]["value"] }),
        Some(_) => json!({ "actionResult": { "succeeded": false } }),
        None => panic!("no step: {step}"),
    }
}

/// Answers until a solution is suggested and accepted; gives the suggestion.
pub(crate) async fn to_solution(client: &Client, begun: &Begun) -> Value {
    let mut step = begun.step.clone();
    for _ in 0..30 {
        let mut payload = answer(client, &begun.id, &step, obvious_answer(&step)).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        if step["kind"] == "RESOLUTION_SUGGESTION" {
            assert_eq!(payload["nextStep"], Value::Null, "rule 2.13: no step follows an accepted solution");
            assert_eq!(payload["resolutionSummary"], step["resolutionSummary"]);
            return step;
        }
        step = payload["nextStep"].take();
    }
    panic!("no solution within 30 steps");
}
