//! `GET /events.jsonl`, and the ledger that follows the log.

use std::collections::HashSet;

use domain::recorded_event::Position;
use event_store::ledger;
use serde_json::{Value, json};

use crate::client::Client;
use crate::play::{self, RIDDLE};
use crate::world::{World, eventually};

pub(crate) async fn export(client: &Client, range: &str) -> Vec<Value> {
    let response = client.get(&format!("/events.jsonl{range}")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    response.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn positions(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["position"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_holds_the_account_s_events_in_order_and_goes_on_behind_any_of_them() {
    let world = World::start().await;
    let session = play::start(&world.firm.engineer, RIDDLE).await;
    play::start(&world.rival.engineer, RIDDLE).await;
    let all = export(&world.firm.owner, "").await;
    assert!(all.iter().any(|event| event["aggregateId"] == session.id), "its own session");
    let count = format!("SELECT count(*) FROM events WHERE account = '{}'", world.firm.account);
    assert_eq!(i64::try_from(all.len()).unwrap(), world.count(&count).await);
    let at = positions(&all);
    assert!(at.is_sorted());
    assert_eq!(export(&world.firm.owner, &format!("?after={}", at[2])).await, all[3..]);
    assert_eq!(export(&world.firm.owner, &format!("?after={}&before={}", at[2], at[5])).await, all[3..5]);
    assert_eq!(export(&world.firm.owner, &format!("?after={}", at[at.len() - 1])).await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_shows_what_the_role_may_see_and_nothing_that_was_masked() {
    let world = World::start().await;
    let session = play::start(&world.firm.engineer, "The word is opensesame, she says").await;
    let redact = json!({ "sessionId": session.id, "text": "opensesame", "reason": "A password was pasted" });
    world.firm.engineer.done("redactSession", redact, "").await;
    for (person, whole) in [(&world.firm.analyst, true), (&world.firm.admin, false)] {
        let events = export(person, "").await;
        let text = serde_json::to_string(&events).unwrap();
        assert!(!text.contains("opensesame"), "masked late, hidden everywhere");
        let matched = events.iter().find(|event| event["type"] == "session.flow_matched").unwrap();
        assert_eq!(matched["payload"].get("candidates").is_some(), whole, "{}", person.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_refused_to_others_and_for_ranges_that_are_none() {
    let world = World::start().await;
    assert_eq!(world.nobody.get("/events.jsonl").await.status(), 401);
    let refused = world.firm.engineer.get("/events.jsonl").await;
    assert_eq!(refused.status(), 403);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "FORBIDDEN");
    for range in ["?after=x", "?before=1.5", "?after=", "?after=99999999999999999999", "?after=1&after=2"] {
        let refused = world.firm.owner.get(&format!("/events.jsonl{range}")).await;
        assert_eq!(refused.status(), 400, "{range}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_follows_the_log_and_agrees_with_it() {
    let world = World::start().await;
    play::start(&world.firm.engineer, RIDDLE).await;
    eventually("everything is in the ledger", async || ledger::uncovered(&world.pool).await.unwrap() == 0)
        .await;
    let checked = ledger::check(&world.pool, None).await.unwrap();
    assert_eq!(checked.fault, None);
    assert!(checked.head.is_some() && checked.events > 0);

    let query = "{ events(first: 100) { edges { node { position hash } } } }";
    let events = world.firm.owner.data(query, Value::Null).await["events"]["edges"].take();
    let events = events.as_array().unwrap();
    let positions: Vec<Position> =
        events.iter().map(|it| Position(it["node"]["position"].as_str().unwrap().parse().unwrap())).collect();
    let digests = ledger::digests(&world.pool, &positions).await.unwrap();
    assert!(events.len() > 5 && digests.len() == events.len());
    let hashes: HashSet<&str> = events.iter().map(|it| it["node"]["hash"].as_str().unwrap()).collect();
    assert_eq!(hashes.len(), events.len(), "each has its own");
    for (position, event) in positions.iter().zip(events) {
        assert_eq!((digests[position].len(), &event["node"]["hash"]), (64, &json!(digests[position])));
    }
}
