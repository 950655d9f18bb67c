//! The daily quota of calls to a model, and what a team's context tells it (rules 4.5, 4.6).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::guide::{Fallback, Guide};
use api::workers::expire;
use domain::account::event::Quotas;
use domain::assistant::port::{
    Assistant, AssistantError, CallRecord, Failure, Generated, Generating, ModelName, Size,
};
use domain::assistant::prompt::Prompt;
use domain::session::step::Tokens;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{Client, assert_sentence, position};
use crate::course::wait_for_step;
use crate::play::{self, RIDDLE};
use crate::world::{World, new_key};

/// A model that always says the same, and counts how often.
#[derive(Default)]
struct Parrot {
    calls: AtomicUsize,
    fails: AtomicBool,
    system: Mutex<Vec<String>>,
}

impl Parrot {
    fn guide(self: &Arc<Self>, fallback: Fallback) -> Guide {
        Guide::Model { assistant: self.clone(), fallback }
    }

    fn made(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Assistant for Parrot {
    fn generate<'a>(&'a self, size: Size, prompt: &'a Prompt) -> Generating<'a> {
        Box::pin(async move {
            let system: Vec<_> = prompt.system.iter().map(|part| part.text.as_str()).collect();
            self.system.lock().unwrap().push(system.join("\n"));
            let fault = self.fails.load(Ordering::SeqCst).then_some("unavailable");
            let call = CallRecord {
                model: self.model(size),
                size,
                prompt: prompt.hash(),
                tokens: Tokens { input: 100, output: 10, cached: 0, calls: 0 },
                cache_written: 0,
                estimated: false,
                latency: Duration::ZERO,
                status: None,
                fault,
            };
            if fault.is_some() {
                let error = AssistantError::Unavailable { why: "overloaded", after: None };
                return Err(Failure { error, calls: vec![call] });
            }
            self.calls.fetch_add(1, Ordering::SeqCst);
            let (json, model, prompt) = (said(size), self.model(size), prompt.hash());
            Ok(Generated { json, model, prompt, calls: vec![call] })
        })
    }

    fn model(&self, size: Size) -> ModelName {
        ModelName { provider: "parrot", model: format!("{size:?}").to_lowercase() }
    }
}

fn said(size: Size) -> Value {
    match size {
        Size::Quick => json!({
            "summary": "The aquarium hums", "domain": "OTHER", "urgency": "LOW", "keySymptoms": [], "flow": null,
        }),
        Size::Deep => json!({ "analysis": "Sound first.", "step": {
            "type": "question", "text": "How loud is it?", "contextMessage": "It tells a pump from a lamp.",
            "options": [
                { "label": "Loud", "value": "loud", "followupHint": null, "leadsTo": null },
                { "label": "Soft", "value": "soft", "followupHint": null, "leadsTo": null },
            ],
            "allowFreeText": true, "allowSkip": true, "flowNode": null, "confidence": 0.5,
        }}),
    }
}

async fn world(calls: u32, fallback: Fallback) -> (World, Arc<Parrot>) {
    let parrot = Arc::new(Parrot::default());
    let quotas = Quotas { assistant_calls_per_day: calls, ..Quotas::default() };
    (World::asking(parrot.guide(fallback), quotas).await, parrot)
}

async fn usage(client: &Client) -> Value {
    client.data("{ usage { remainingToday } }", Value::Null).await["usage"].take()
}

async fn answer(world: &World, id: &str, step: &Value) -> Value {
    play::answer(&world.firm.engineer, id, step, json!({ "option": "loud" })).await
}

// Rule 4.6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_sessions_that_start_at_once_never_exceed_the_quota() {
    let (world, parrot) = world(20, Fallback::None).await;
    let start = |_| async {
        world.firm.engineer.command("startSession", json!({ "text": RIDDLE }), &play::start_selection()).await
    };
    let started = join_all((0..50).map(start)).await;
    assert_eq!(parrot.made(), 20);
    for payload in &started {
        if let Some(error) = payload["userErrors"].get(0) {
            assert_eq!(error["code"], "QUOTA_EXCEEDED");
            assert_sentence(error["message"].as_str().unwrap());
        } else {
            let thinking = payload["session"]["assistant"].as_str();
            assert!(payload["firstStep"]["id"].is_string() || thinking == Some("FAILED"), "{payload}");
        }
    }
    assert_eq!(usage(&world.firm.owner).await["remainingToday"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_quota_an_answer_is_kept_and_its_step_waits_for_more_or_for_tomorrow() {
    let (world, _parrot) = world(2, Fallback::Playbook).await;
    let (engineer, owner) = (&world.firm.engineer, &world.firm.owner);
    let input = json!({ "text": RIDDLE, "idempotencyKey": new_key() });
    let begun = play::begun(engineer.done("startSession", input.clone(), &play::start_selection()).await);
    assert_eq!(begun.step["madeBy"], "parrot deep");
    assert_eq!(engineer.refused("startSession", json!({ "text": RIDDLE })).await, "QUOTA_EXCEEDED");
    let again = engineer.done("startSession", input, "session { id }").await;
    assert_eq!(again["session"]["id"], begun.id, "what was carried out before stays so");

    let answered = answer(&world, &begun.id, &begun.step).await;
    assert_eq!(answered["userErrors"], json!([]), "{answered}");
    assert_eq!((&answered["session"]["assistant"], &answered["nextStep"]), (&json!("FAILED"), &Value::Null));
    assert_sentence(answered["session"]["assistantError"].as_str().unwrap());

    owner.done("configureAccount", json!({ "assistantCallsPerDay": 3 }), "").await;
    engineer.done("retryStep", json!({ "sessionId": begun.id }), "").await;
    let step = wait_for_step(engineer, &begun.id).await;
    assert_eq!(step["madeBy"], "parrot deep");
    let answered = answer(&world, &begun.id, &step).await;
    assert_eq!(answered["session"]["assistant"], "FAILED");
    expire::once(&world.app).await.unwrap();
    let query = "query($id: ID!) { session(id: $id) { assistant } }";
    let session = engineer.data(query, json!({ "id": begun.id })).await;
    assert_eq!(session["session"]["assistant"], "FAILED", "nobody asks again on the same day");
    world.clock.pass(chrono::Duration::days(1));
    expire::once(&world.app).await.unwrap();
    assert_eq!(wait_for_step(engineer, &begun.id).await["madeBy"], "parrot deep");
    assert_eq!(usage(owner).await["remainingToday"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_of_the_quota_is_the_day_where_the_account_is() {
    let (world, _parrot) = world(2, Fallback::None).await;
    let owner = &world.firm.owner;
    let left_in = async |zone: &str| {
        let configured = owner.done("configureAccount", json!({ "timeZone": zone }), "").await;
        let query = "{ usage { remainingToday } }";
        let mut data = owner.data_at(position(&configured), query, Value::Null).await;
        data["usage"]["remainingToday"].take()
    };
    // Clocks there are 25 hours apart: it is never the same day.
    let (early, late) = ("Pacific/Kiritimati", "Pacific/Pago_Pago");
    assert_eq!(left_in(early).await, 2);
    play::start(&world.firm.engineer, RIDDLE).await;
    assert_eq!(usage(owner).await["remainingToday"], 0);
    assert_eq!(left_in(late).await, 2);
    assert_eq!(left_in(early).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_calls_give_their_place_back_and_the_tokens_they_cost_are_counted() {
    let (world, parrot) = world(5, Fallback::None).await;
    parrot.fails.store(true, Ordering::SeqCst);
    let (engineer, input) = (&world.firm.engineer, json!({ "text": RIDDLE }));
    let started = engineer.done("startSession", input, &play::start_selection()).await;
    assert_eq!(started["session"]["assistant"], "FAILED");
    let last = world.count("SELECT max(position) FROM events").await;
    let query = "{ usage { remainingToday tokens { input output } byDay { assistantCalls } } }";
    let usage = world.firm.owner.data_at(last, query, Value::Null).await["usage"].take();
    assert_eq!(usage["remainingToday"], 5);
    assert_eq!(usage["tokens"], json!({ "input": 200, "output": 20 }));
    assert_eq!(usage["byDay"].as_array().unwrap().last().unwrap()["assistantCalls"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_playbook_costs_no_quota() {
    let world = World::with(Quotas { assistant_calls_per_day: 0, ..Quotas::default() }).await;
    let begun = play::start(&world.firm.engineer, RIDDLE).await;
    assert_eq!(begun.step["madeBy"], "playbook");
}

// Rule 4.5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_s_context_reaches_the_prompts_of_its_own_sessions() {
    let (world, parrot) = world(100, Fallback::None).await;
    let context = "Hosts of this client begin with NWX.";
    let input = json!({ "teamId": world.firm.team.to_string(), "context": context });
    world.firm.admin.done("configureTeam", input, "").await;
    play::start(&world.firm.engineer, RIDDLE).await;
    let told = std::mem::take(&mut *parrot.system.lock().unwrap());
    assert_eq!(told.len(), 2, "a classification and a step");
    assert!(told.iter().all(|system| system.contains(context)), "{told:?}");
    play::start(&world.firm.loner, RIDDLE).await;
    let told = parrot.system.lock().unwrap();
    assert!(told.iter().all(|system| !system.contains(context)), "a session without the team is not told");
}
