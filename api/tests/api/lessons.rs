//! Flows that a model writes from solved sessions, in both wire formats, over real HTTP (rules 4.7, 6.2, 6.5, 6.6).

use api::cli::prompt::shown;
use api::guide::Fallback;
use api::workers::expire;
use domain::analysis::Analysis;
use domain::analysis::event::AnalysisEvent;
use event_store::log::Until;
use serde_json::{Value, json};

use crate::client::{Client, assert_sentence};
use crate::flywheel::{analysed, queue, resolve};
use crate::play::{self, LOCKOUT, RIDDLE, answer};
use crate::stand_in::{Answer, StandIn};
use crate::wire::{Asked, BOTH, Wire, class, lesson, no_flow, overloaded, question};
use crate::world::World;

const TITLE: &str = "The aquarium hums";
const SOLUTION: &str = "The pump sits loose; seat it on its pad.";

/// A model that asks one question in every session, whatever it classifies it as, and writes this flow of each.
fn teaching(wire: Wire, class: fn() -> Value, taught: Answer) -> Answer {
    Answer::by(move |asked| match Asked::by(&asked.body) {
        Asked::Classification => wire.says(&class()),
        Asked::Step | Asked::Insight => wire.says(&question()),
        Asked::Lesson => taught.clone(),
    })
}

/// A session about this that is answered once and solved so.
async fn solved(client: &Client, text: &str, solution: &str) -> String {
    let begun = play::start(client, text).await;
    let given = json!({ "option": begun.step["options"][0]["value"] });
    answer(client, &begun.id, &begun.step, given).await;
    resolve(client, &begun.id, solution).await;
    begun.id
}

async fn far(world: &World, session: &str) -> String {
    let query = "query($id: ID!) { session(id: $id) { analysis } }";
    let found = world.firm.admin.data(query, json!({ "id": session })).await;
    found["session"]["analysis"].as_str().unwrap().to_owned()
}

/// The requests that asked for a flow.
fn lessons(stand_in: &StandIn) -> Vec<Value> {
    let asked = stand_in.asked().into_iter().map(|asked| asked.body);
    asked.filter(|body| Asked::by(body) == Asked::Lesson).collect()
}

/// Why its analysis failed.
async fn reason(world: &World, session: &str) -> String {
    let id = Analysis::id_of(session.parse().unwrap());
    let log = world.app.store.log();
    let events = log.stream_of(world.firm.account, "analysis", id.0, Until::Now).await.unwrap();
    match events.last().unwrap().decode().unwrap() {
        AnalysisEvent::Failed(failed) => failed.reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_no_flow_fits_becomes_a_proposal_that_a_model_wrote_and_the_same_again_only_supports_it()
 {
    for wire in BOTH {
        let secret = format!("{SOLUTION} The password is Tr0ub4dor&3-aquarium.");
        let taught = wire.says(&lesson(TITLE, &secret));
        let stand_in = StandIn::new([teaching(wire, no_flow, taught)]).await;
        let world = World::unstocked(wire.guide(&stand_in, Fallback::None)).await;
        let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
        let session = solved(engineer, RIDDLE, SOLUTION).await;
        analysed(&world).await;
        assert_eq!(far(&world, &session).await, "COMPLETED");
        let proposals = queue(admin, json!({})).await;
        let [proposal] = proposals.as_slice() else { panic!("{proposals:?}") };
        assert_eq!((&proposal["type"], &proposal["status"]), (&json!("NEW_FLOW"), &json!("PENDING")));
        assert_eq!(
            (&proposal["title"], &proposal["keywords"]),
            (&json!(TITLE), &json!(["humming", "B flat"]))
        );
        let nodes = proposal["nodes"].as_array().unwrap();
        assert_eq!(
            nodes.iter().map(|node| &node["id"]).collect::<Vec<_>>(),
            ["source", "pump", "seat", "lamp"]
        );
        let text = nodes[2]["text"].as_str().unwrap();
        assert!(text.starts_with(SOLUTION) && text.contains("[REDACTED:"), "secrets are taken out: {text}");

        let asked = lessons(&stand_in);
        let [asked] = asked.as_slice() else { panic!("{} calls", asked.len()) };
        let (system, said) = match wire {
            Wire::Anthropic => (asked["system"].to_string(), asked["messages"].to_string()),
            Wire::OpenAi => (asked["messages"][0].to_string(), asked["messages"][1].to_string()),
        };
        assert_eq!(asked["model"], "large");
        for told in ["B flat", "Which computer sends", "Her notebook", SOLUTION] {
            assert!(said.contains(told) && !system.contains(told), "{told} stands in a block of data");
        }
        let prompts: Vec<String> = sqlx::query_scalar(
            "SELECT prompt FROM assistant_calls WHERE size = 'deep' ORDER BY sequence DESC LIMIT 1",
        )
        .fetch_all(&world.pool)
        .await
        .unwrap();
        let hash = prompts[0].parse().unwrap();
        let kept = shown(&world.pool, &world.app.store, world.firm.account, hash).await.unwrap();
        assert_eq!((&kept["schema_name"], &kept["max_output_tokens"]), (&json!("flow"), &json!(8_192)));

        let other = solved(engineer, "It is the lobby's aquarium that hums, in B flat.", SOLUTION).await;
        analysed(&world).await;
        let proposals = queue(admin, json!({})).await;
        assert_eq!((proposals.len(), &proposals[0]["supportingSessionCount"]), (1, &json!(2)), "{other}");
        assert_eq!(proposals[0]["nodes"], proposal["nodes"], "what a model wrote does not grow");
        assert_eq!(lessons(&stand_in).len(), 1, "nothing is written twice");
        let usage = world.firm.owner.data("{ usage { assistantCalls tokens { input } } }", Value::Null).await;
        // Two classifications, four steps (the last ones for nobody), one flow; each of a hundred tokens.
        let calls = world.count("SELECT count(*) FROM assistant_calls").await;
        assert_eq!(usage["usage"]["tokens"]["input"], 100 * calls, "{usage}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_that_is_malformed_twice_is_told_and_can_be_asked_for_again() {
    for wire in BOTH {
        let mut orphan = lesson(TITLE, SOLUTION);
        orphan["nodes"][3]["parentId"] = "nowhere".into();
        let stand_in = StandIn::new([teaching(wire, no_flow, wire.says(&orphan))]).await;
        let world = World::unstocked(wire.guide(&stand_in, Fallback::None)).await;
        let session = solved(&world.firm.engineer, RIDDLE, SOLUTION).await;
        analysed(&world).await;
        assert_eq!(far(&world, &session).await, "FAILED");
        assert!(queue(&world.firm.admin, json!({})).await.is_empty());
        let asked = lessons(&stand_in);
        assert_eq!(asked.len(), 2, "rule 4.3: one correction");
        assert!(asked[1].to_string().contains("its parent \\\"nowhere\\\" does not exist"), "{}", asked[1]);
        assert_sentence(&reason(&world, &session).await);
        assert_eq!(world.count("SELECT count(*) FROM assistant_calls WHERE fault = 'invalid'").await, 2);

        stand_in.answers(teaching(wire, no_flow, wire.says(&lesson(TITLE, SOLUTION))));
        world.firm.admin.done("retryAnalysis", json!({ "sessionId": session }), "").await;
        analysed(&world).await;
        assert_eq!(far(&world, &session).await, "COMPLETED");
        assert_eq!(queue(&world.firm.admin, json!({})).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_model_wrote_counts_for_the_day_even_if_it_refused_and_what_it_did_not_write_does_not() {
    let wire = Wire::Anthropic;
    for (answered, counted) in [(wire.ends("", "refusal"), 1), (overloaded(), 0)] {
        let stand_in = StandIn::new([teaching(wire, no_flow, answered)]).await;
        let world = World::unstocked(wire.guide(&stand_in, Fallback::Playbook)).await;
        solved(&world.firm.engineer, RIDDLE, SOLUTION).await;
        analysed(&world).await;
        assert!(!lessons(&stand_in).is_empty());
        let generated = "SELECT coalesce(sum(generating), 0)::bigint FROM assistant_quota_days";
        assert_eq!(world.count(generated).await, counted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fifty_first_flow_of_a_day_waits_for_the_next_or_for_an_owner_to_allow_more() {
    let wire = Wire::Anthropic;
    let stand_in = StandIn::new([teaching(wire, no_flow, wire.says(&lesson(TITLE, SOLUTION)))]).await;
    let world = World::unstocked(wire.guide(&stand_in, Fallback::Playbook)).await;
    let (engineer, admin, owner) = (&world.firm.engineer, &world.firm.admin, &world.firm.owner);
    solved(engineer, RIDDLE, SOLUTION).await;
    analysed(&world).await;
    let spent = "UPDATE assistant_quota_days SET generating = 50 WHERE generating = 1";
    assert_eq!(sqlx::query(spent).execute(&world.pool).await.unwrap().rows_affected(), 1);

    let next = solved(engineer, "Invoices come out in landscape.", "The driver's default was changed.").await;
    let last = solved(engineer, "The gate opens for nobody.", "Its relay was stuck; replaced it.").await;
    analysed(&world).await;
    assert_eq!((far(&world, &next).await, far(&world, &last).await), ("DEFERRED".into(), "DEFERRED".into()));
    assert_eq!(lessons(&stand_in).len(), 1, "nobody was asked, and the playbook does not step in");

    owner.done("configureAccount", json!({ "proposalsPerDay": 51 }), "").await;
    admin.done("retryAnalysis", json!({ "sessionId": next }), "").await;
    analysed(&world).await;
    assert_eq!(far(&world, &next).await, "COMPLETED");

    expire::once(&world.app).await.unwrap();
    analysed(&world).await;
    assert_eq!(far(&world, &last).await, "DEFERRED", "it is the same day");
    world.clock.pass(chrono::Duration::days(1));
    expire::once(&world.app).await.unwrap();
    analysed(&world).await;
    assert_eq!(far(&world, &last).await, "COMPLETED");
    assert_eq!(lessons(&stand_in).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_left_its_flow_becomes_a_change_of_it_with_its_difference() {
    for wire in BOTH {
        let stand_in = StandIn::new([teaching(wire, class, overloaded())]).await;
        let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
        let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
        let begun = play::start(engineer, LOCKOUT).await;
        let query = "query($id: ID!) { session(id: $id) { match { flow { id name \
            tree { id parentId type label text details } } } } }";
        let mut matched =
            engineer.data(query, json!({ "id": begun.id })).await["session"]["match"]["flow"].take();
        let before = matched["tree"].as_array().unwrap().clone();
        let mut taught =
            lesson("A backup job locks the account", "The job runs under her name; give it its own.");
        let mut nodes = before.clone();
        let question = before.iter().find(|node| {
            let children = before.iter().filter(|other| other["parentId"] == node["id"]).count();
            node["type"] == "QUESTION" && children < 5
        });
        nodes.push(json!({
            "id": "backup-job", "parentId": question.unwrap()["id"], "type": "SOLUTION", "label": "A backup job",
            "text": "The job runs under her name; give it its own.", "details": null,
        }));
        taught["nodes"] = nodes.into();
        stand_in.answers(teaching(wire, class, wire.says(&taught)));
        let given = json!({ "option": begun.step["options"][0]["value"] });
        answer(engineer, &begun.id, &begun.step, given).await;
        resolve(engineer, &begun.id, "A backup job ran under her name.").await;
        analysed(&world).await;
        let proposals = queue(admin, json!({})).await;
        let [proposal] = proposals.as_slice() else { panic!("{proposals:?}") };
        assert_eq!(proposal["diff"]["addedNodeIds"], json!(["backup-job"]));
        let (changed, gone) = (&proposal["diff"]["modifiedNodeIds"], &proposal["diff"]["removedNodeIds"]);
        assert_eq!((changed, gone), (&json!([]), &json!([])), "{}", proposal["diff"]);
        assert_eq!(
            (&proposal["type"], &proposal["targetFlow"]["id"], &proposal["targetBaseVersion"]),
            (&json!("BRANCH_ADDITION"), &matched["id"].take(), &json!(1))
        );
        let words = proposal["diff"]["summary"].to_string();
        assert!(words.contains("A backup job"), "{words}");
        let told = lessons(&stand_in)[0].to_string();
        for node in &before {
            assert!(told.contains(&format!("[{}]", node["id"].as_str().unwrap())), "the flow is told whole");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_is_asked_again_later_and_the_playbook_may_stand_behind_it() {
    let wire = Wire::OpenAi;
    let stand_in = StandIn::new([teaching(wire, no_flow, overloaded())]).await;
    let world = World::unstocked(wire.guide(&stand_in, Fallback::Playbook)).await;
    solved(&world.firm.engineer, RIDDLE, SOLUTION).await;
    analysed(&world).await;
    let grown = queue(&world.firm.admin, json!({})).await[0]["nodes"].clone();
    assert_eq!(grown[0]["text"], "Check: Which computer sends the bad passwords?");

    let down = std::sync::atomic::AtomicUsize::new(3);
    let recovering = Answer::by(move |asked| match Asked::by(&asked.body) {
        Asked::Classification => wire.says(&no_flow()),
        Asked::Step | Asked::Insight => wire.says(&question()),
        Asked::Lesson if down.load(std::sync::atomic::Ordering::SeqCst) > 0 => {
            down.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            overloaded()
        }
        Asked::Lesson => wire.says(&lesson(TITLE, SOLUTION)),
    });
    let stand_in = StandIn::new([recovering]).await;
    let world = World::unstocked(wire.guide(&stand_in, Fallback::None)).await;
    let session = solved(&world.firm.engineer, RIDDLE, SOLUTION).await;
    analysed(&world).await;
    assert_eq!((far(&world, &session).await, lessons(&stand_in).len()), ("COMPLETED".to_owned(), 4));
}
