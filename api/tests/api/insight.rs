//! The assistant's insight into an escalation comes afterwards, and nobody waits for it (rules 3.2, 3.4, 4.6).

use std::time::Duration;

use api::guide::Fallback;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::firm::Firm;
use crate::play::{self, Begun, LOCKOUT, RIDDLE};
use crate::stand_in::{Answer, StandIn};
use crate::wire::{Asked, BOTH, Wire, class, insight, overloaded, question};
use crate::world::{World, eventually};

const ESCALATION: &str = "tokens { input output } escalation { insight remainingHypotheses suggestedNextSteps \
    stepsRuledOut stepsTried { response } }";

/// Classifies, asks a question, and gives this for an insight.
fn model(wire: Wire, insight: Answer) -> Answer {
    Answer::by(move |asked| match Asked::by(&asked.body) {
        Asked::Classification => wire.says(&class()),
        Asked::Step | Asked::Lesson => wire.says(&question()),
        Asked::Insight => insight.clone(),
    })
}

/// A session with one answer that was escalated.
async fn escalated(firm: &Firm, text: &str) -> Begun {
    let begun = play::start(&firm.engineer, text).await;
    let answered =
        play::answer(&firm.engineer, &begun.id, &begun.step, play::obvious_answer(&begun.step)).await;
    assert_eq!(answered["userErrors"], json!([]), "{answered}");
    let reason = "The domain controllers are not mine.";
    let payload = firm
        .engineer
        .done("escalateSession", json!({ "sessionId": begun.id, "reason": reason }), ESCALATED)
        .await;
    assert_eq!(payload["session"]["escalation"]["stepsTried"].as_array().unwrap().len(), 1, "at once");
    begun
}

const ESCALATED: &str = "session { escalation { stepsTried { response } } }";

async fn read(world: &World, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ session(id: $id) {{ {ESCALATION} }} }}");
    world.firm.engineer.data(&query, json!({ "id": id })).await["session"].take()
}

/// The session once its insight is no more awaited.
async fn settled(world: &World, id: &str) -> Value {
    eventually("the insight is settled", async || {
        read(world, id).await["escalation"]["insight"] != "PENDING"
    })
    .await;
    read(world, id).await
}

async fn briefing(firm: &Firm, id: &str) -> String {
    let picked = firm
        .engineer2
        .done("pickUpSession", json!({ "sessionId": id }), "session { steps { kind text } } nextStep { id }")
        .await;
    assert!(picked["nextStep"]["id"].is_string(), "the next step came in time: {picked}");
    let steps = picked["session"]["steps"].as_array().unwrap();
    steps.iter().find(|step| step["kind"] == "BRIEFING").unwrap()["text"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_s_insight_comes_with_the_escalation_and_into_the_briefing_of_who_picks_it_up() {
    for wire in BOTH {
        let stand_in = StandIn::new([model(wire, wire.says(&insight()))]).await;
        let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
        let begun = escalated(&world.firm, LOCKOUT).await;
        let session = settled(&world, &begun.id).await;
        let escalation = &session["escalation"];
        assert_eq!(escalation["insight"], "COMPLETED");
        assert_eq!(escalation["remainingHypotheses"], insight()["hypotheses"]);
        assert_eq!(escalation["suggestedNextSteps"], insight()["nextSteps"]);
        assert_eq!(escalation["stepsRuledOut"], insight()["ruledOut"]);
        assert_eq!(session["tokens"], json!({ "input": 400, "output": 40 }), "rule 4.6: it counts");
        let asked = stand_in.asked().into_iter().find(|it| Asked::by(&it.body) == Asked::Insight).unwrap();
        assert_eq!(asked.body["model"], "small", "rule 4.1: the quick model");
        let told = asked.body["messages"].to_string();
        assert!(
            told.contains("The domain controllers are not mine.") && told.contains("Her notebook"),
            "{told}"
        );
        let kept = "SELECT count(*) FROM assistant_calls AS call JOIN assistant_prompts AS asked
            ON asked.account = call.account AND asked.hash = call.prompt";
        assert_eq!(world.count(kept).await, 4);

        let briefing = briefing(&world.firm, &begun.id).await;
        for told in ["A service runs under her account.", "Look for event 4740", "Her phone: it is off."] {
            assert!(briefing.contains(told), "{told} in {briefing}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picker_waits_for_no_insight_and_it_is_taken_all_the_same_when_it_comes() {
    let wire = Wire::Anthropic;
    let (open, gate) = watch::channel(false);
    let late = Answer::Once(gate, Box::new(wire.says(&insight())));
    let stand_in = StandIn::new([model(wire, late)]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    let begun = escalated(&world.firm, LOCKOUT).await;
    let briefing = briefing(&world.firm, &begun.id).await;
    assert!(!briefing.contains("A service runs under her account."));
    assert_eq!(read(&world, &begun.id).await["escalation"]["insight"], "PENDING");
    open.send(true).unwrap();
    assert_eq!(settled(&world, &begun.id).await["escalation"]["insight"], "COMPLETED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_insight_the_escalation_says_so_and_goes_on() {
    let wire = Wire::OpenAi;
    for (answer, tokens) in [
        (overloaded(), json!({ "input": 300, "output": 30 })),
        (wire.writes("Call the vendor."), json!({ "input": 500, "output": 50 })),
        (Answer::Silence, json!({ "input": 300, "output": 30 })),
    ] {
        let stand_in = StandIn::new([model(wire, answer)]).await;
        let world = World::guided(wire.patient(&stand_in, Fallback::None, Duration::from_secs(2))).await;
        let begun = escalated(&world.firm, LOCKOUT).await;
        let session = settled(&world, &begun.id).await;
        assert_eq!(session["escalation"]["insight"], "FAILED");
        assert_eq!(session["escalation"]["remainingHypotheses"], json!([]));
        assert_eq!(session["tokens"], tokens, "rule 4.6: failed calls count");
        briefing(&world.firm, &begun.id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_playbook_tells_what_is_left_of_the_flow_and_what_the_answers_rule_out() {
    let world = World::stocked().await;
    let begun = escalated(&world.firm, LOCKOUT).await;
    let session = settled(&world, &begun.id).await;
    let escalation = &session["escalation"];
    assert_eq!(escalation["insight"], "COMPLETED");
    for field in ["remainingHypotheses", "suggestedNextSteps", "stepsRuledOut"] {
        assert!(!escalation[field].as_array().unwrap().is_empty(), "{field}: {escalation}");
    }
    let ruled_out = escalation["stepsRuledOut"].to_string();
    let others = begun.step["options"].as_array().unwrap();
    assert!(ruled_out.contains(others[1]["label"].as_str().unwrap()), "{ruled_out}");
    assert_eq!(session["tokens"], json!({ "input": 0, "output": 0 }));

    let begun = play::start(&world.firm.engineer, RIDDLE).await;
    let reason = json!({ "sessionId": begun.id, "reason": "Pumps are beyond me." });
    world.firm.engineer.done("escalateSession", reason, "").await;
    let escalation = settled(&world, &begun.id).await["escalation"].take();
    assert_eq!(escalation["remainingHypotheses"], json!([]), "without a flow nothing is guessed");
    assert!(!escalation["suggestedNextSteps"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_failing_model_the_playbook_gives_the_insight() {
    let wire = Wire::Anthropic;
    let stand_in = StandIn::new([model(wire, overloaded())]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::Playbook)).await;
    let begun = escalated(&world.firm, LOCKOUT).await;
    let escalation = settled(&world, &begun.id).await["escalation"].take();
    assert_eq!(escalation["insight"], "COMPLETED");
    assert!(!escalation["stepsRuledOut"].as_array().unwrap().is_empty(), "{escalation}");
}
