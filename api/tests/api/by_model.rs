//! A model makes the steps, in both wire formats, over real HTTP to a stand-in on loopback; and what happens when it fails.

use api::guide::Fallback;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::attachments;
use crate::client::assert_sentence;
use crate::play::{self, Begun, LOCKOUT, STEP};
use crate::secrecy::everything_stored;
use crate::stand_in::StandIn;
use crate::wire::{BOTH, Wire, action, class, overloaded, question, resolution};
use crate::world::World;

const SELECTION: &str = "assistant assistantError problemSummary problemDomain tokens { input output } \
    match { flow { name } } currentStep { id }";

/// A session with its steps.
pub(crate) async fn session(world: &World, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ session(id: $id) {{ {SELECTION} steps {{ {STEP} }} }} }}");
    world.firm.engineer.data(&query, json!({ "id": id })).await["session"].take()
}

async fn start(world: &World) -> Value {
    let selection = format!("session {{ id {SELECTION} }} firstStep {{ {STEP} }}");
    world.firm.engineer.done("startSession", json!({ "text": LOCKOUT }), &selection).await
}

/// So many calls count, as the account's owner is told.
async fn counted(world: &World) -> Value {
    let usage = world.firm.owner.data("{ usage { assistantCalls } }", Value::Null).await;
    usage["usage"]["assistantCalls"].clone()
}

/// The step that comes when it is asked for again.
pub(crate) async fn retried(world: &World, id: &Value) -> Value {
    let engineer = &world.firm.engineer;
    engineer.done("retryStep", json!({ "sessionId": id }), "").await;
    crate::course::wait_for_step(engineer, id.as_str().unwrap()).await
}

async fn to_resolution(wire: Wire) {
    let stand_in =
        StandIn::new([class(), question(), action(), resolution()].map(|said| wire.says(&said))).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    let engineer = &world.firm.engineer;
    let begun = play::start(engineer, LOCKOUT).await;
    let name = if wire == Wire::Anthropic { "anthropic large" } else { "openai large" };
    assert_eq!((&begun.step["kind"], &begun.step["madeBy"]), (&json!("QUESTION"), &json!(name)));
    let suggestion = play::to_solution(engineer, &begun).await;
    let summary = suggestion["resolutionSummary"].clone();
    assert_eq!(summary, "A stored credential locked the account; it was removed.");
    engineer.done("resolveSession", json!({ "sessionId": begun.id, "summary": summary }), "").await;
    let session = session(&world, &begun.id).await;
    assert_eq!(session["problemSummary"], "Jane is locked out every twenty minutes");
    assert_eq!(
        session["match"]["flow"]["name"], "Account keeps locking out",
        "the first candidate was confirmed"
    );
    assert_eq!(
        session["tokens"],
        json!({ "input": 400, "output": 40 }),
        "rule 4.6: the sum of all four calls"
    );
    let asked = stand_in.asked();
    let models: Vec<_> = asked.iter().map(|asked| asked.body["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["small", "large", "large", "large"]);
    let last = asked[3].body.to_string();
    assert!(
        last.contains("Her notebook") && last.contains("every twenty minutes"),
        "the course is told: {last}"
    );
    let kept = "SELECT count(*) FROM assistant_calls WHERE fault IS NULL AND http_status = 200 AND input_tokens = 100";
    assert_eq!(world.count(kept).await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_comes_to_its_resolution_with_the_messages_api() {
    to_resolution(Wire::Anthropic).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_comes_to_its_resolution_with_chat_completions() {
    to_resolution(Wire::OpenAi).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_loses_no_answer_and_the_step_can_be_asked_for_again() {
    let wire = Wire::Anthropic;
    let stand_in = StandIn::new([overloaded()]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    let started = start(&world).await;
    let id = &started["session"]["id"];
    assert_eq!((&started["session"]["assistant"], &started["firstStep"]), (&json!("FAILED"), &Value::Null));
    assert_sentence(started["session"]["assistantError"].as_str().unwrap());
    let kept = "SELECT count(*) FROM assistant_calls WHERE fault = 'unavailable' AND http_status = 529";
    assert_eq!(world.count(kept).await, 6, "three tries of each call");
    assert_eq!(counted(&world).await, 6, "rule 4.6: every try counts, though none cost tokens");

    stand_in.answers(wire.says(&question()));
    let again = retried(&world, id).await;
    assert_eq!(again["kind"], "QUESTION");
    let found = session(&world, id.as_str().unwrap()).await;
    assert_eq!(found["problemDomain"], "OTHER", "rule 2.3: the fallback guesses nothing");

    stand_in.answers(overloaded());
    let begun = Begun { id: id.as_str().unwrap().to_owned(), position: 0, step: again };
    let answered = play::answer(
        &world.firm.engineer,
        &begun.id,
        &begun.step,
        json!({ "option": begun.step["options"][1]["value"] }),
    )
    .await;
    assert_eq!(answered["userErrors"], json!([]), "{answered}");
    assert_eq!((&answered["session"]["assistant"], &answered["nextStep"]), (&json!("FAILED"), &Value::Null));
    let steps = session(&world, &begun.id).await["steps"].take();
    let kept = steps.as_array().unwrap().iter().find(|step| step["id"] == begun.step["id"]).unwrap();
    assert_eq!(kept["answer"]["option"]["label"], "A server", "rule 2.12: the answer is kept");

    stand_in.answers(wire.says(&action()));
    assert_eq!(retried(&world, id).await["kind"], "ACTION");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_playbook_behind_it_a_failing_model_s_steps_are_made_by_the_playbook() {
    let wire = Wire::OpenAi;
    let stand_in = StandIn::new([wire.says(&class()), overloaded()]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::Playbook)).await;
    let begun = play::start(&world.firm.engineer, LOCKOUT).await;
    assert_eq!(begun.step["madeBy"], "playbook");
    play::to_solution(&world.firm.engineer, &begun).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_malformed_twice_is_a_failure_whose_tokens_count() {
    let wire = Wire::Anthropic;
    let stand_in = StandIn::new([wire.says(&class()), wire.says(&json!({ "step": "reboot" }))]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    let started = start(&world).await;
    assert_eq!((&started["session"]["assistant"], &started["firstStep"]), (&json!("FAILED"), &Value::Null));
    assert_sentence(started["session"]["assistantError"].as_str().unwrap());
    assert_eq!(started["session"]["tokens"], json!({ "input": 300, "output": 30 }));
    assert_eq!(stand_in.asked().len(), 3, "rule 4.3: one classification, one step, one correction");
    assert_eq!(world.count("SELECT count(*) FROM assistant_calls WHERE fault = 'invalid'").await, 2);
    assert_eq!(counted(&world).await, 3, "rule 4.6: the correction is a call of its own");
    stand_in.answers(wire.says(&question()));
    let again = retried(&world, &started["session"]["id"]).await;
    assert_eq!(again["kind"], "QUESTION");
}

async fn shown_to_the_model(wire: Wire) {
    let stand_in = StandIn::new([wire.says(&class()), wire.says(&question()), wire.says(&action())]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    let engineer = &world.firm.engineer;
    let picture = attachments::png(9, 3_000);
    let told = attachments::upload(engineer, "lockout.png", &picture).await;
    let input = json!({ "intakeType": "COMBINED", "text": LOCKOUT, "attachmentIds": [told["id"]] });
    let started =
        engineer.done("startSession", input, &format!("session {{ id }} firstStep {{ {STEP} }}")).await;
    assert_eq!(started["firstStep"]["kind"], "QUESTION", "{started}");
    let encoded = STANDARD.encode(&picture);
    let asked = stand_in.asked();
    assert_eq!(asked.len(), 2, "the classification, and the step");
    for asked in asked {
        assert!(
            asked.body.to_string().contains(&encoded),
            "rule 2.3: whoever reads the intake sees it whole"
        );
    }

    for file in attachments::kept(&world) {
        std::fs::remove_file(file).unwrap();
    }
    let (id, step) = (started["session"]["id"].as_str().unwrap(), &started["firstStep"]);
    let answered = play::answer(engineer, id, step, json!({ "option": step["options"][0]["value"] })).await;
    assert_eq!(answered["nextStep"]["kind"], "ACTION", "a lost file costs no step: {answered}");
    assert!(!stand_in.asked()[2].body.to_string().contains(&encoded));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_s_screenshot_is_shown_to_the_model_with_messages() {
    shown_to_the_model(Wire::Anthropic).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_s_screenshot_is_shown_to_the_model_with_chat_completions() {
    shown_to_the_model(Wire::OpenAi).await;
}

// Rule 2.2: no text had it, the picture did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_a_model_reads_off_a_screenshot_is_neither_stored_nor_repeated_to_it() {
    const SECRET: &str = "Sommer!2026-abgelesen";
    let on_the_note = format!("The note on the screen says: password: {SECRET}");
    for wire in BOTH {
        let (mut class, mut faulty, mut question) = (class(), question(), question());
        class["summary"] = json!(on_the_note);
        faulty["step"]["text"] = json!(on_the_note);
        faulty["step"]["options"] = json!([]);
        question["step"]["text"] = json!(on_the_note);
        let broken = wire.writes(&format!("{on_the_note}, so I ask nothing."));
        let answers = [wire.says(&class), wire.says(&faulty), wire.says(&question), broken];
        let stand_in = StandIn::new(answers).await;
        let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
        let engineer = &world.firm.engineer;
        let begun = play::start(engineer, LOCKOUT).await;
        let text = begun.step["text"].as_str().unwrap();
        assert!(text.starts_with("The note on the screen says: password: [REDACTED:password:"), "{text}");
        let option = json!({ "option": begun.step["options"][0]["value"] });
        let answered = play::answer(engineer, &begun.id, &begun.step, option).await;
        assert_eq!(answered["session"]["assistant"], "FAILED", "{answered}");
        let asked = stand_in.asked();
        assert_eq!(asked.len(), 5, "two of the steps were corrected");
        for asked in asked {
            assert!(!asked.body.to_string().contains(SECRET), "{}", asked.body);
        }
        let found = everything_stored(&world).await.into_iter().find(|(_, row)| row.contains(SECRET));
        assert_eq!(found, None);
        assert!(!session(&world, &begun.id).await.to_string().contains(SECRET));
    }
}
