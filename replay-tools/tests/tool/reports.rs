//! `flowpilot-replay report …`: every figure is what a slow, plain reading of the events gives, or what a story was told with.

mod recounted;

use domain::access::{Caller, Role};
use domain::id::{EscalationId, IdSource, RequestId, SessionId, StepId, SystemIds, UserId};
use domain::session::command::{PickUp, SessionAct, StepText};
use domain::session::event::PickUpMode;
use domain::session::view::SessionView;
use serde_json::{Value, json};
use sqlx::Executor;

use crate::world::{World, program};
use recounted::{sessions, starting_at};

/// A simulated month and a half, as its events tell it and as the read models have it.
async fn a_history() -> (World, Vec<SessionView>) {
    let world = World::new().await;
    world.run(&["simulate", "--sessions", "120", "--days", "45", "--yes"]).well();
    let events = world.serve().await;
    (world, sessions(&events))
}

fn told(world: &World, arguments: &[&str]) -> Vec<Value> {
    world.run(&[&["report"], arguments].concat()).well().lines()
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_on_sessions_are_what_their_events_add_up_to() {
    let (world, all) = a_history().await;
    assert_eq!(told(&world, &["funnel"]), recounted::funnel(&all));
    assert_eq!(told(&world, &["drop-off"]), recounted::drop_off(&all));
    assert_eq!(told(&world, &["suggestions"]), recounted::suggestions(&all));
    assert_eq!(told(&world, &["calibration"]), recounted::calibration(&all));
    let account = all[0].account.to_string();
    assert_eq!(told(&world, &["funnel", "--account", &account]), recounted::funnel(&all));
    assert_eq!(told(&world, &["funnel", "--account", &world.account.to_string()])[0]["sessions"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_takes_its_first_moment_and_leaves_its_last() {
    let (world, all) = a_history().await;
    let (first, last) = (all[30].created_at, all[90].created_at);
    let (since, until) = (first.to_rfc3339(), last.to_rfc3339());
    let within: Vec<SessionView> = starting_at(&all, |at| first <= at && at < last);
    assert!(!within.is_empty() && within.len() < all.len());
    assert_eq!(told(&world, &["funnel", "--since", &since, "--until", &until]), recounted::funnel(&within));
    assert_eq!(told(&world, &["drop-off", "--from", &since, "--to", &until]), recounted::drop_off(&within));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edges_of_a_flow_are_the_ways_that_sessions_took() {
    let (world, all) = a_history().await;
    let mut passages = 0;
    for flow in recounted::flows(&all) {
        let edges = told(&world, &["paths", "--flow", &flow.to_string()]);
        assert_eq!(edges, recounted::paths(&all, flow), "{flow}");
        let of = |end: &str, what: &str| -> u64 {
            edges.iter().filter(|edge| edge[end] == what).map(|edge| edge["passages"].as_u64().unwrap()).sum()
        };
        // What comes in goes out, as in a Sankey diagram.
        let nodes: Vec<&str> = edges.iter().map(|edge| edge["to"].as_str().unwrap()).collect();
        for node in nodes.into_iter().filter(|node| of("from", node) > 0) {
            assert_eq!(of("to", node), of("from", node), "{node}");
        }
        passages += of("from", "START");
    }
    assert!(passages > 50, "most sessions follow a flow");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_s_success_is_told_by_local_months_and_weeks() {
    let (world, all) = a_history().await;
    for by in ["month", "week"] {
        let told = told(&world, &["flow-decay", "--by", by]);
        assert_eq!(told, recounted::flow_decay(&world, &all, by).await, "{by}");
        assert!(told.iter().any(|line| !line["change"].is_null()));
    }
    assert_eq!(
        told(&world, &["flow-decay"]),
        recounted::flow_decay(&world, &all, "month").await,
        "months unless weeks are asked for"
    );
}

async fn escalate(world: &World, who: &Caller, session: SessionId) -> EscalationId {
    let escalation = EscalationId(SystemIds.next());
    let reason = "Beyond what I know.".into();
    world
        .ask_as(who, session, SessionAct::Escalate { escalation, reason, target: None, redactions: vec![] })
        .await;
    escalation
}

async fn pick_up(world: &World, who: &Caller, session: SessionId) {
    let (step, request) = (StepId(SystemIds.next()), RequestId(SystemIds.next()));
    let briefing = StepText { step, text: "A briefing".into() };
    let mode = PickUpMode::Continue;
    world
        .ask_as(
            who,
            session,
            SessionAct::PickUp(PickUp { mode, context: None, briefing, request, redactions: vec![] }),
        )
        .await;
}

#[tokio::test]
async fn sessions_that_go_to_and_fro_are_counted_by_how_often_and_among_how_many() {
    let world = World::new().await;
    let ben = Caller { user: UserId(SystemIds.next()), role: Role::Engineer, teams: vec![] };
    let quiet = world.start("Once is no ping-pong").await;
    escalate(&world, &world.anna, quiet).await;
    pick_up(&world, &ben, quiet).await;
    for _ in 0..2 {
        let back_and_forth = world.start("There and back").await;
        escalate(&world, &world.anna, back_and_forth).await;
        pick_up(&world, &ben, back_and_forth).await;
        escalate(&world, &ben, back_and_forth).await;
        pick_up(&world, &world.anna, back_and_forth).await;
    }
    let outside = world.start("Given away at last").await;
    escalate(&world, &world.anna, outside).await;
    pick_up(&world, &ben, outside).await;
    escalate(&world, &ben, outside).await;
    world.ask_as(&ben, outside, SessionAct::RecallEscalation { request: RequestId(SystemIds.next()) }).await;
    escalate(&world, &ben, outside).await;
    world.ask_as(&ben, outside, SessionAct::HandOff { to: "The vendor".into(), redactions: vec![] }).await;
    world.serve().await;
    let expected = [
        json!({ "escalations": 3, "handOvers": 2, "people": 2, "sessions": 1, "resolved": 0 }),
        json!({ "escalations": 2, "handOvers": 2, "people": 2, "sessions": 2, "resolved": 0 }),
    ];
    assert_eq!(told(&world, &["ping-pong"]), expected);
}

/// Calls stand in no event of the log, so they are written as the workers write them.
async fn call(world: &World, session: SessionId, model: &str, tokens: [i64; 2], fault: Option<&str>) {
    sqlx::query(
        "INSERT INTO assistant_calls (account, session, request, provider, model, size, prompt, input_tokens, output_tokens,
             cached_tokens, cache_written, estimated, latency_ms, fault, called_at)
         VALUES ($1, $2, $2, 'acme', $3, 'deep', '', $4, $5, 0, 0, false, 1, $6, now())",
    )
    .bind(world.account.0)
    .bind(session.0)
    .bind(model)
    .bind(tokens[0])
    .bind(tokens[1])
    .bind(fault)
    .execute(&world.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn the_tokens_of_unresolved_sessions_are_paid_for_by_the_resolved_ones() {
    let world = World::new().await;
    let (solved, open) = (world.start("Solved").await, world.start("Still open").await);
    let summary = "The cable was loose, and is not any more.".into();
    let resolve = domain::session::command::Resolve {
        summary,
        action: None,
        rating: None,
        feedback: None,
        redactions: vec![],
    };
    world.ask(solved, SessionAct::Resolve(resolve)).await;
    world.serve().await;
    call(&world, solved, "large", [100, 20], None).await;
    call(&world, solved, "large", [100, 30], None).await;
    call(&world, open, "large", [50, 0], Some("timeout")).await;
    call(&world, open, "small", [5, 5], None).await;
    let expected = [
        json!({ "provider": "acme", "model": "large", "sessions": 2, "resolved": 1, "calls": 3, "failed": 1,
                "inputTokens": 250, "outputTokens": 50, "callsPerResolution": 3, "tokensPerResolution": 300 }),
        json!({ "provider": "acme", "model": "small", "sessions": 1, "resolved": 0, "calls": 1, "failed": 0,
                "inputTokens": 5, "outputTokens": 5, "callsPerResolution": null, "tokensPerResolution": null }),
    ];
    assert_eq!(told(&world, &["tokens"]), expected);
}

#[tokio::test]
async fn proposals_are_timed_from_raised_over_decided_to_published() {
    let world = World::new().await;
    // Hours after it was raised: decided, published.
    for (kind, decided, published) in [
        ("NEW_FLOW", Some(1), Some(3)),
        ("ENHANCEMENT", Some(2), None),
        ("NEW_FLOW", Some(4), Some(5)),
        ("NEW_FLOW", None, None),
        ("REINFORCEMENT", Some(99), None),
    ] {
        sqlx::query(
            "WITH published AS (
                 INSERT INTO flow_versions (account, flow, version, origin, head, nodes, published_at)
                 SELECT $1, gen_random_uuid(), 1, 'LEARNED', '{}', '[]', now() + $4 * interval '1 hour'
                 WHERE $4 IS NOT NULL RETURNING flow, version)
             INSERT INTO proposals (account, id, version, kind, status, title, confidence, supporters, source_session, document,
                 reviewed_at, published_flow, published_version, created_at, updated_at)
             VALUES ($1, gen_random_uuid(), 1, $2, 'PENDING', '', 0, 1, $1, '{}', now() + $3 * interval '1 hour',
                 (SELECT flow FROM published), (SELECT version FROM published), now(), now())",
        )
        .bind(world.account.0)
        .bind(kind)
        .bind(decided)
        .bind(published)
        .execute(&world.pool)
        .await
        .unwrap();
    }
    let expected = [
        json!({ "leg": "raised to decided", "n": 3, "p50Seconds": 7200, "p90Seconds": 12960 }),
        json!({ "leg": "decided to published", "n": 2, "p50Seconds": 5400, "p90Seconds": 6840 }),
        json!({ "leg": "raised to published", "n": 2, "p50Seconds": 14400, "p90Seconds": 17280 }),
    ];
    assert_eq!(told(&world, &["proposal-lead-time"]), expected);
}

const NAMES: [&str; 9] = [
    "funnel",
    "drop-off",
    "paths",
    "suggestions",
    "calibration",
    "ping-pong",
    "flow-decay",
    "tokens",
    "proposal-lead-time",
];

#[tokio::test]
async fn every_report_prints_its_query_and_what_is_unknown_is_refused() {
    let world = World::new().await;
    let mut connection = world.pool.acquire().await.unwrap();
    for name in NAMES {
        let sql = world.run(&["report", name, "--sql"]).well().said;
        connection.prepare(&sql).await.unwrap();
        assert!(sql.starts_with("--") && sql.contains("$1"), "{sql}");
    }
    let code = |arguments: &[&str]| world.run(&[&["report"], arguments].concat()).code;
    assert_eq!(code(&["weather"]), 2);
    assert_eq!(code(&["paths"]), 2, "of which flow?");
    assert_eq!(code(&["paths", "--flow", &SystemIds.next().to_string()]), 3);
}

#[tokio::test]
async fn a_report_is_written_as_a_spreadsheet_reads_it_too() {
    let world = World::new().await;
    world.start("One").await;
    world.serve().await;
    let csv = world.run(&["report", "funnel", "-o", "csv"]).well().said;
    assert_eq!(
        csv,
        "stage,sessions,share,ofPrevious,regardless\nstarted,1,1,,1\nfirst answer,0,0,0,0\n\
         suggestion,0,0,,0\nresolved,0,0,,0\n"
    );
    let table = world.run(&["report", "drop-off", "-o", "table"]).well().said;
    assert!(table.starts_with("step  reached  here"), "{table}");
    let help = String::from_utf8(program(&["report", "--help"]).output().unwrap().stdout).unwrap();
    assert!(NAMES.iter().all(|name| help.contains(name)), "{help}");
}
