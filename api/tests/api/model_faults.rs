//! Whatever a provider does to a step: the answer before it is kept, every try is counted, and the request ends in a next
//! step or in a failure that says so, from which asking again leads on (rules 2.12, 4.3, 4.6, 4.7).

use std::time::Duration;

use api::guide::Fallback;
use serde_json::{Value, json};

use crate::by_model::{retried, session};
use crate::client::assert_sentence;
use crate::play::{self, LOCKOUT};
use crate::stand_in::{Answer, StandIn};
use crate::wire::{Wire, action, no_flow, question};
use crate::world::World;

/// What a provider does, and what each call is then noted as; the last one brings the step if it is none.
struct Fault {
    name: &'static str,
    answers: Vec<Answer>,
    noted: &'static [Option<&'static str>],
}

fn faults(wire: Wire) -> Vec<Fault> {
    let good = || wire.says(&action());
    let limited = || wire.error(429, "rate_limit_error");
    let (cut_short, refusal) = match wire {
        Wire::Anthropic => ("max_tokens", "refusal"),
        Wire::OpenAi => ("length", "content_filter"),
    };
    let fenced = format!("Here is the step:\n```json\n{:#}\n```", action());
    let fault = |name, answers, noted| Fault { name, answers, noted };
    vec![
        fault("malformed", vec![wire.writes("{\"step\": ")], &[Some("invalid"), Some("invalid")]),
        fault("malformed once", vec![wire.writes("Reboot it."), good()], &[Some("invalid"), None]),
        fault("fenced", vec![wire.writes(&fenced)], &[None]),
        fault("truncated", vec![wire.ends("{\"step\"", cut_short)], &[Some("truncated"), Some("truncated")]),
        fault("empty", vec![wire.writes("")], &[Some("invalid"), Some("invalid")]),
        fault("refused", vec![wire.ends("", refusal)], &[Some("refused")]),
        fault("slow", vec![Answer::Silence], &[Some("timeout"), Some("timeout"), Some("timeout")]),
        fault("slow once", vec![Answer::Silence, good()], &[Some("timeout"), None]),
        fault(
            "429 with Retry-After",
            vec![limited().with("retry-after", "1"), good()],
            &[Some("rate_limited"), None],
        ),
        fault("429 for longer", vec![limited().with("retry-after", "61")], &[Some("rate_limited")]),
        fault("429 without Retry-After", vec![limited(), good()], &[Some("rate_limited"), None]),
        fault("spend cap", vec![wire.error(429, "enforced_spend_limit_reached")], &[Some("spend_cap")]),
        fault("529", vec![wire.error(529, "overloaded_error")], &[Some("unavailable"); 3]),
        fault("529 once", vec![wire.error(529, "overloaded_error"), good()], &[Some("unavailable"), None]),
        fault("connection lost", vec![Answer::Cut], &[Some("unavailable"); 3]),
        fault("connection lost once", vec![Answer::Cut, good()], &[Some("unavailable"), None]),
        fault("10 MB", vec![wire.writes(&"x".repeat(10 << 20))], &[Some("truncated"), Some("truncated")]),
        fault("a wrong key", vec![wire.error(401, "authentication_error")], &[Some("unauthorized")]),
    ]
}

/// What the calls for a session's steps were noted as, in order, without the first step's.
async fn noted(world: &World, session: &str) -> Vec<Option<String>> {
    let query = "SELECT fault FROM assistant_calls
        WHERE account = $1 AND session = $2 AND size = 'deep' ORDER BY sequence OFFSET 1";
    let session: uuid::Uuid = session.parse().unwrap();
    sqlx::query_scalar(query).bind(world.firm.account.0).bind(session).fetch_all(&world.pool).await.unwrap()
}

async fn each_ends_well(wire: Wire) {
    let stand_in = StandIn::new([]).await;
    // So long that no good answer is missed, so short that a provider's silence ends within the wait for a step.
    let one = Duration::from_secs(3);
    let world = World::unstocked(wire.patient(&stand_in, Fallback::None, one)).await;
    let engineer = &world.firm.engineer;
    for Fault { name, answers, noted: expected } in faults(wire) {
        stand_in.answers_in_turn([wire.says(&no_flow()), wire.says(&question())]);
        let begun = play::start(engineer, LOCKOUT).await;
        stand_in.answers_in_turn(answers);
        let chosen = json!({ "option": begun.step["options"][1]["value"] });
        let answered = play::answer(engineer, &begun.id, &begun.step, chosen).await;
        assert_eq!(answered["userErrors"], json!([]), "{wire:?}, {name}: {answered}");
        let calls = noted(&world, &begun.id).await;
        let calls: Vec<_> = calls.iter().map(Option::as_deref).collect();
        assert_eq!(calls, expected, "{wire:?}, {name}");
        let view = session(&world, &begun.id).await;
        let steps = view["steps"].as_array().unwrap();
        let kept = steps.iter().find(|step| step["id"] == begun.step["id"]).unwrap();
        assert_eq!(kept["answer"]["option"]["label"], "A server", "{wire:?}, {name}");
        if expected.last() == Some(&None) {
            assert_eq!(answered["nextStep"]["kind"], "ACTION", "{wire:?}, {name}: {answered}");
            continue;
        }
        assert_eq!(answered["nextStep"], Value::Null, "{wire:?}, {name}");
        assert_eq!(view["assistant"], "FAILED", "{wire:?}, {name}: {view}");
        assert_sentence(view["assistantError"].as_str().unwrap());
        stand_in.answers(wire.says(&action()));
        assert_eq!(retried(&world, &json!(begun.id)).await["kind"], "ACTION", "{wire:?}, {name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_the_messages_api_loses_an_answer_or_hangs_a_request() {
    each_ends_well(Wire::Anthropic).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_chat_completions_loses_an_answer_or_hangs_a_request() {
    each_ends_well(Wire::OpenAi).await;
}

async fn each_is_borne_at_the_intake(wire: Wire) {
    let stand_in = StandIn::new([]).await;
    let world = World::unstocked(wire.patient(&stand_in, Fallback::None, Duration::from_secs(2))).await;
    for Fault { name, answers, .. } in faults(wire) {
        // Whatever the intake's classification comes to, the step is asked for; it meets the last answer, too.
        stand_in.answers_in_turn(answers);
        let intake = json!({ "text": LOCKOUT });
        let started = world.firm.engineer.done("startSession", intake, &play::start_selection()).await;
        assert_eq!(started["session"]["status"], "ACTIVE", "{wire:?}, {name}");
        stand_in.answers(wire.says(&question()));
        let id = started["session"]["id"].as_str().unwrap().to_owned();
        if session(&world, &id).await["assistant"] == "FAILED" {
            assert_eq!(retried(&world, &json!(id)).await["kind"], "QUESTION", "{wire:?}, {name}");
        }
        crate::course::wait_for_step(&world.firm.engineer, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_the_messages_api_is_borne_at_the_intake_too() {
    each_is_borne_at_the_intake(Wire::Anthropic).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_chat_completions_is_borne_at_the_intake_too() {
    each_is_borne_at_the_intake(Wire::OpenAi).await;
}
