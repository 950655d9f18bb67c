//! `flowpilot-replay simulate`: a history that could have happened, the same for the same seed.

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::{ConnectOptions, Connection};

use crate::world::World;

const SMALL: [&str; 8] = ["simulate", "--sessions", "60", "--days", "20", "--seed", "7", "--yes"];

#[tokio::test]
async fn the_same_seed_gives_the_same_history_whole_and_in_the_order_of_time() {
    let (world, other) = (World::new().await, World::new().await);
    let told = world.run(&SMALL).well().lines().remove(0);
    other.run(&SMALL).well();
    let listed = world.run(&["events", "list"]).well();
    assert_eq!(listed.said, other.run(&["events", "list"]).well().said);
    let events = listed.lines();
    assert_eq!(told["events"], events.len());
    let times: Vec<_> = events.iter().map(|event| event["recordedAt"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "later events stand later");
    world.run(&["verify"]).well();
}

#[tokio::test]
async fn sessions_go_every_way_there_is() {
    let world = World::new().await;
    world.run(&["simulate", "--sessions", "150", "--days", "10", "--yes"]).well();
    let events = world.run(&["events", "list"]).well().lines();
    let types: BTreeSet<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    for wanted in [
        "account.opened",
        "session.resolved",
        "session.abandoned",
        "session.escalation_picked_up",
        "session.handed_off",
        "session.reopened",
        "session.rated",
        "session.paused",
        "session.note_added",
    ] {
        assert!(types.contains(wanted), "{wanted} is not among {types:?}");
    }
    let matched: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "session.flow_matched")
        .map(|event| &event["payload"]["chosen"])
        .collect();
    assert!(matched.iter().any(|chosen| chosen.is_null()), "some fit no flow");
    assert!(matched.iter().filter(|chosen| !chosen.is_null()).count() * 2 > matched.len(), "most fit one");
    let ids: BTreeSet<&str> = events
        .iter()
        .filter(|event| event["aggregateType"] == "session")
        .map(|event| event["aggregateId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 150);
    let shown = world.run(&["session", "show", ids.first().unwrap()]).well().lines();
    assert!(!shown[0]["steps"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn it_is_added_once_after_yes_and_beside_what_is_there() {
    let world = World::new().await;
    world.start("A real session").await;
    let asked = world.run(&SMALL[..7]);
    assert_eq!(asked.code, 2);
    assert!(
        asked.complained.contains("60 sessions") && asked.complained.contains("--yes"),
        "{}",
        asked.complained
    );
    assert_eq!(world.run(&["events", "count"]).well().lines()[0]["events"], 2);
    world.run(&SMALL).well();
    let again = world.run(&SMALL);
    assert_eq!(again.code, 4, "{}", again.complained);
    world.run(&["simulate", "--sessions", "3", "--seed", "8", "--yes"]).well();
    let accounts = world.run(&["events", "count", "--by", "account"]).well().lines();
    assert_eq!(accounts.len(), 3);
    world.run(&["verify"]).well();
    world.start("Real life goes on").await;
    world.run(&["verify"]).well();
}

#[tokio::test]
async fn it_does_not_write_under_a_running_server() {
    let world = World::new().await;
    let mut server = world.database.connect_options().application_name("flowpilot").connect().await.unwrap();
    server.ping().await.unwrap();
    let refused = world.run(&SMALL);
    assert_eq!(refused.code, 4, "{}", refused.complained);
    assert!(refused.complained.contains("server"), "{}", refused.complained);
    server.close().await.unwrap();
}
