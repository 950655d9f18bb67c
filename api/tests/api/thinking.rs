//! Sessions wait for a model: many at once, none of them for the database; and what comes too late.

use std::future::pending;
use std::time::Duration;

use api::guide::Fallback;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::by_model::session;
use crate::course::wait_for_step;
use crate::play::{self, LOCKOUT};
use crate::stand_in::{Answer, StandIn};
use crate::wire::{Asked, Wire, no_flow, question};
use crate::world::{World, within};

const SESSIONS: usize = 200;
/// What is left of the pool's connections for everything that goes on meanwhile.
const CONNECTIONS: u32 = 5;
/// So many take a while on a machine that has other things to do.
const LONG: Duration = Duration::from_mins(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sessions_think_at_once_on_a_handful_of_connections_and_all_steps_arrive() {
    let wire = Wire::OpenAi;
    let (open, gate) = watch::channel(false);
    let stand_in = StandIn::new([Answer::by(move |asked| match Asked::by(&asked.body) {
        Asked::Classification => wire.says(&no_flow()),
        Asked::Step | Asked::Insight | Asked::Lesson => {
            Answer::Once(gate.clone(), Box::new(wire.says(&question())))
        }
    })])
    .await;
    let world = World::unstocked(wire.patient(&stand_in, Fallback::None, LONG)).await;
    let engineer = &world.firm.engineer;
    let mut taken = Vec::new();
    for _ in CONNECTIONS..world.pool.options().get_max_connections() {
        taken.push(world.pool.acquire().await.unwrap());
    }

    let selection = play::start_selection();
    let starting = join_all(
        (0..SESSIONS)
            .map(async |_| engineer.done("startSession", json!({ "text": LOCKOUT }), &selection).await),
    );
    let meanwhile = async {
        within(LONG, "all sessions think", async || {
            let asked = stand_in.asked();
            asked.iter().filter(|it| Asked::by(&it.body) == Asked::Step).count() == SESSIONS
        })
        .await;
        let query = "{ sessions(first: 100) { totalCount nodes { assistant } } }";
        let sessions = engineer.data(query, Value::Null).await["sessions"].take();
        assert_eq!(sessions["totalCount"], SESSIONS);
        let thinking = |it: &Value| it["assistant"] == "THINKING";
        assert!(sessions["nodes"].as_array().unwrap().iter().all(thinking), "{sessions}");
        open.send(true).unwrap();
    };
    let (started, ()) = tokio::join!(starting, meanwhile);
    let ids: std::collections::HashSet<_> =
        started.iter().map(|it| it["session"]["id"].to_string()).collect();
    assert_eq!(ids.len(), SESSIONS);
    let presented =
        "SELECT count(DISTINCT aggregate_id) FROM events WHERE event_type = 'session.step_presented'";
    within(LONG, "all steps have arrived", async || {
        let count: i64 = sqlx::query_scalar(presented).fetch_one(&world.pool).await.unwrap();
        usize::try_from(count).unwrap() == SESSIONS
    })
    .await;
    assert_eq!(world.count("SELECT count(*) FROM assistant_calls WHERE fault IS NOT NULL").await, 0);
}

// Rule 2.12.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_comes_after_its_session_was_paused_is_thrown_away_and_its_tokens_count() {
    let wire = Wire::Anthropic;
    let (open, gate) = watch::channel(false);
    let stand_in = StandIn::new([Answer::by(move |asked| match Asked::by(&asked.body) {
        Asked::Classification => wire.says(&no_flow()),
        Asked::Step | Asked::Insight | Asked::Lesson => {
            Answer::Once(gate.clone(), Box::new(wire.says(&question())))
        }
    })])
    .await;
    let world = World::unstocked(wire.patient(&stand_in, Fallback::None, LONG)).await;
    let engineer = &world.firm.engineer;
    // Whoever began it waits for a step that does not come, and goes away.
    let asked = within(LONG, "the model was asked for the step", async || {
        stand_in.asked().iter().any(|it| Asked::by(&it.body) == Asked::Step)
    });
    let starting = async {
        engineer.done("startSession", json!({ "text": LOCKOUT }), "").await;
        pending::<()>().await;
    };
    tokio::select! {
        () = starting => {}
        () = asked => {}
    }
    within(LONG, "the session is shown", async || world.count("SELECT count(*) FROM sessions").await == 1)
        .await;
    let id: uuid::Uuid = sqlx::query_scalar("SELECT id FROM sessions").fetch_one(&world.pool).await.unwrap();
    let id = id.to_string();
    let id = id.as_str();
    engineer.done("pauseSession", json!({ "sessionId": id }), "").await;
    open.send(true).unwrap();
    within(LONG, "the tokens of both calls count", async || {
        session(&world, id).await["tokens"] == json!({ "input": 200, "output": 20 })
    })
    .await;
    let paused = session(&world, id).await;
    assert_eq!((&paused["assistant"], &paused["currentStep"]), (&json!("IDLE"), &Value::Null));
    let steps = paused["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["kind"] == "INTAKE_ANALYSIS"), "{paused}");
    let usage = world.firm.owner.data("{ usage { assistantCalls } }", Value::Null).await;
    assert_eq!(usage["usage"]["assistantCalls"], 2);

    engineer.done("resumeSession", json!({ "sessionId": id }), "").await;
    assert_eq!(wait_for_step(engineer, id).await["kind"], "QUESTION");
    assert_eq!(
        stand_in.asked().len(),
        3,
        "one classification, the late step, and the one that was asked for anew"
    );
}
