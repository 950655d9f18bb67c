//! The log as GraphQL shows it: to whom, and how much of it.

use serde_json::{Value, json};

use super::world::{INTAKE, World};

const MATCHED: &str = "query { events(filter: { type: [\"session.flow_matched\"] }) { nodes { payload } } }";

/// Rule 11.5.
#[tokio::test]
async fn the_log_is_for_those_who_read_everything_and_whole_for_analysts() {
    let world = World::new().await;
    world.diagnosed().await;
    let (data, errors) = world.ask(&world.engineer, MATCHED, json!({})).await;
    assert_eq!((data, errors), (Value::Null, vec!["FORBIDDEN".to_owned()]));
    let payload = |data: Value| data["events"]["nodes"][0]["payload"].clone();
    let public = payload(world.read(&world.admin, MATCHED, json!({})).await);
    assert_eq!((public.get("candidates"), &public["policy_version"]), (None, &json!(1)));
    let whole = payload(world.read(&world.analyst, MATCHED, json!({})).await);
    assert_eq!(whole["candidates"][0]["keyword"], 0.7);
}

#[tokio::test]
async fn a_sessions_events_are_for_whoever_sees_it_without_reasoning() {
    let world = World::new().await;
    let (id, _) = world.diagnosed().await;
    let query = "query ($id: ID!, $at: Instant) { session(id: $id, at: $at) { events { nodes { position version type actor
        aggregateId payload hash } pageInfo { hasNextPage } } } }";
    let data = world.read(&world.engineer, query, json!({ "id": id.to_string() })).await;
    let events = data["session"]["events"]["nodes"].as_array().unwrap();
    assert_eq!(
        events.iter().map(|event| event["version"].as_i64().unwrap()).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    assert_eq!(
        (&events[0]["type"], &events[0]["payload"]["intake"]["text"]),
        (&json!("session.started"), &json!(INTAKE))
    );
    assert!(!data.to_string().contains("secret reasoning") && !data.to_string().contains("candidates"));
    let earlier =
        world.read(&world.engineer, query, json!({ "id": id.to_string(), "at": { "version": 2 } })).await;
    assert_eq!(earlier["session"]["events"]["nodes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pages_of_events_follow_each_other_in_the_order_of_the_log() {
    let world = World::new().await;
    let (id, _) = world.diagnosed().await;
    let query =
        "query ($filter: EventFilter, $after: String) { events(filter: $filter, first: 3, after: $after) {
        nodes { position version } edges { cursor } pageInfo { hasNextPage endCursor } } }";
    let (mut versions, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "filter": { "aggregateType": ["session"], "aggregateId": id.to_string() }, "after": after });
        let page = world.read(&world.analyst, query, variables).await["events"].clone();
        versions
            .extend(page["nodes"].as_array().unwrap().iter().map(|event| event["version"].as_i64().unwrap()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7, 8]);
    let nothing = json!({ "filter": { "actorId": "nobody" } });
    assert_eq!(world.read(&world.analyst, query, nothing).await["events"]["nodes"], json!([]));
}
