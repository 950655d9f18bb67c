//! Flows as GraphQL shows them: the tree, the list, and which of them match a text.

use serde_json::{Value, json};

use super::world::{World, lockouts};

#[tokio::test]
async fn a_flow_shows_its_tree_and_what_sessions_tell_of_it() {
    let world = World::new().await;
    world.diagnosed().await;
    let query =
        "query ($id: ID!, $version: Int) { flow(id: $id, version: $version) { id name status origin kind
        publishedVersion draft { id } tree { id parentId ordinal type label text }
        matchedSessions successRate lastMatchedAt sourceSession { id } } }";
    let flow =
        world.read(&world.analyst, query, json!({ "id": world.flow.to_string() })).await["flow"].clone();
    assert_eq!(flow["name"], lockouts().head.name);
    assert_eq!(
        (&flow["status"], &flow["origin"], &flow["kind"]),
        (&json!("PUBLISHED"), &json!("STARTER"), &json!("TROUBLESHOOTING"))
    );
    assert_eq!((&flow["publishedVersion"], &flow["draft"]), (&json!(1), &Value::Null));
    assert_eq!((&flow["matchedSessions"], &flow["successRate"]), (&json!(1), &Value::Null));
    assert!(flow["lastMatchedAt"].is_string());
    let tree = flow["tree"].as_array().unwrap();
    assert_eq!(tree.len(), lockouts().nodes.len());
    assert_eq!(tree.iter().filter(|node| node["parentId"].is_null()).count(), 1);
    for version in [0, 2, -1] {
        let data = world
            .read(&world.analyst, query, json!({ "id": world.flow.to_string(), "version": version }))
            .await;
        assert_eq!(data["flow"], Value::Null, "version {version}");
    }
}

#[tokio::test]
async fn flows_are_listed_by_filter() {
    let world = World::new().await;
    let query = "query ($filter: FlowFilter) { flows(filter: $filter) { nodes { id } totalCount pageInfo { hasNextPage } } }";
    for (filter, found) in [
        (Value::Null, 1),
        (json!({ "status": ["PUBLISHED"], "origin": [] }), 1),
        (json!({ "status": ["DRAFT"] }), 0),
        (json!({ "search": "LOCK" }), 1),
        (json!({ "search": "no such word" }), 0),
    ] {
        let data = world.read(&world.engineer, query, json!({ "filter": filter })).await;
        assert_eq!(data["flows"]["totalCount"], found, "{filter}");
        assert_eq!(data["flows"]["nodes"].as_array().unwrap().len(), found, "{filter}");
    }
}

#[tokio::test]
async fn flows_that_fit_a_problem_are_found_by_its_words() {
    let world = World::new().await;
    let query = "query ($text: String!, $limit: Int) { matchFlows(text: $text, problemDomain: ACTIVE_DIRECTORY, limit: $limit) {
        flow { id } flowVersion score semantic keyword sameDomain reason policyVersion } }";
    let text = "account locked out again after password change";
    let data = world.read(&world.analyst, query, json!({ "text": text })).await;
    let found = &data["matchFlows"][0];
    assert_eq!(found["flow"]["id"], world.flow.to_string());
    assert_eq!((&found["flowVersion"], &found["semantic"]), (&json!(1), &Value::Null));
    assert!(found["score"].as_f64().unwrap() > 0.0 && found["sameDomain"] == true, "{found}");
    for wrong in
        [json!({ "text": " " }), json!({ "text": text, "limit": 21 }), json!({ "text": "x".repeat(20_001) })]
    {
        let (data, errors) = world.ask(&world.analyst, query, wrong).await;
        assert_eq!((data, errors), (Value::Null, vec!["GRAPHQL_VALIDATION_FAILED".to_owned()]));
    }
}
