//! A model may name a script template that it was offered, and fill in its parameters; nothing else (rules 4.5, 8.3).

use api::guide::Fallback;
use api::workers::library::template_id;
use serde_json::{Value, json};

use crate::by_model::{retried, session};
use crate::play::{self, LOCKOUT};
use crate::stand_in::StandIn;
use crate::wire::{BOTH, Wire, class, question, script};
use crate::world::World;

const SCRIPT_STEP: &str = "session { currentStep { kind ... on ScriptStep { instructions prefilled \
    template { name version } script { id script } } } steps { id ... on ScriptStep { script { id } } } }";

/// A stand-in that offers nothing yet, and a server that asks it.
async fn asking(wire: Wire) -> (StandIn, World) {
    let stand_in = StandIn::new([wire.after_classifying(wire.says(&question()))]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    (stand_in, world)
}

/// What the model was told last beside the rules.
fn told(stand_in: &StandIn) -> String {
    stand_in.asked().last().unwrap().body.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_step_comes_prefilled_and_shows_the_script_that_was_generated_for_it() {
    for wire in BOTH {
        let (stand_in, world) = asking(wire).await;
        let engineer = &world.firm.engineer;
        let template = template_id(world.firm.account, "clear-print-queue").to_string();
        let values = [("server", "print01"), ("printer", "O'Brien's")];
        stand_in.answers(wire.after_classifying(wire.says(&script(&template, &values))));
        let begun = play::start(engineer, LOCKOUT).await;
        assert_eq!(begun.step["kind"], "SCRIPT_GENERATION");
        let offered = told(&stand_in);
        assert!(offered.contains(&template) && offered.contains("Clear a print queue"), "{offered}");
        let rivals = template_id(world.rival.account, "clear-print-queue").to_string();
        assert!(!offered.contains(&rivals), "another account's templates are not offered");

        let note = json!({ "sessionId": begun.id, "text": "Let us see." });
        let shown = engineer.done("addNote", note, SCRIPT_STEP).await["session"]["currentStep"].take();
        assert_eq!(shown["prefilled"], json!({ "server": "print01", "printer": "O'Brien's" }));
        assert_eq!(shown["template"], json!({ "name": "Clear a print queue", "version": 1 }));
        assert_eq!(shown["script"], Value::Null);

        let arguments: Vec<_> =
            values.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        let generate = json!({
            "templateId": template, "arguments": arguments, "sessionId": begun.id, "stepId": begun.step["id"],
        });
        let made = engineer.done("generateScript", generate, &format!("script {{ id }} {SCRIPT_STEP}")).await;
        let script = &made["session"]["currentStep"]["script"];
        assert_eq!(script["id"], made["script"]["id"]);
        assert!(script["script"].as_str().unwrap().contains("'O''Brien''s'"), "{script}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_was_not_offered_and_values_that_do_not_fit_are_corrected_once_and_refused() {
    let wire = Wire::Anthropic;
    let (stand_in, world) = asking(wire).await;
    let own = template_id(world.firm.account, "clear-print-queue").to_string();
    let rivals = template_id(world.rival.account, "clear-print-queue").to_string();
    for faulty in [
        script(&rivals, &[("server", "print01")]),
        script(&own, &[("server", "print 01; calc")]),
        script(&own, &[("command", "calc")]),
    ] {
        let asked = stand_in.asked().len();
        stand_in.answers(wire.after_classifying(wire.says(&faulty)));
        let intake = json!({ "text": LOCKOUT });
        let started = world.firm.engineer.done("startSession", intake, &play::start_selection()).await;
        assert_eq!(started["session"]["assistant"], "FAILED", "{faulty}");
        assert_eq!(started["firstStep"], Value::Null);
        assert_eq!(stand_in.asked().len() - asked, 3, "one classification, one step, one correction");
        let corrected = stand_in.asked().last().unwrap().body["messages"].as_array().unwrap().len();
        assert_eq!(corrected, 3, "the answer and its fault were shown to the model");
        stand_in.answers(wire.after_classifying(wire.says(&question())));
        assert_eq!(retried(&world, &started["session"]["id"]).await["kind"], "QUESTION");
    }
    assert_eq!(world.count("SELECT sum(uses)::bigint FROM script_templates").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deactivated_template_and_one_of_another_team_are_not_offered() {
    let wire = Wire::OpenAi;
    let stand_in = StandIn::new([wire.says(&class()), wire.says(&question())]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    let (firm, template) = (&world.firm, template_id(world.firm.account, "clear-print-queue").to_string());
    firm.owner.done("deactivateScriptTemplate", json!({ "templateId": template }), "template { id }").await;
    let ours = json!({
        "name": "First line's own", "body": "Get-Date", "parameters": [], "teamId": firm.team.to_string(),
    });
    firm.admin.done("publishScriptTemplate", ours, "template { id }").await;
    let begun = play::start(&firm.engineer, LOCKOUT).await;
    let offered = told(&stand_in);
    assert!(offered.contains("First line's own") && !offered.contains(&template), "{offered}");
    assert_eq!(session(&world, &begun.id).await["assistant"], "IDLE");

    play::start(&firm.loner, LOCKOUT).await;
    assert!(!told(&stand_in).contains("First line's own"), "the loner's session is in no team");
}
