//! Section 7.2.2, "Serialized Map Ordering", and 6.3.2, "Field Collection".

use crate::schema::{run, run_with};

#[tokio::test]
async fn keys_come_in_the_order_of_the_query_whoever_answers_first() {
    let (data, _) = run("{ late one z: late a: one thing { late id b: late } now }").await;
    let thing = r#"{"late":1,"id":"thing-0","b":1}"#;
    assert_eq!(
        data,
        format!(r#"{{"late":1,"one":1,"z":1,"a":1,"thing":{thing},"now":"2026-01-31T09:00:00.000Z"}}"#)
    );
}

#[tokio::test]
async fn fragments_stand_where_they_are_spread_and_a_key_where_it_came_first() {
    let query = "{ ...F one ... { thing { id } } late } \
                 fragment F on Query { thing { late } nothing ...G } fragment G on Query { b: one late }";
    let (data, _) = run(query).await;
    assert_eq!(data, r#"{"thing":{"late":1,"id":"thing-0"},"nothing":null,"b":1,"late":1,"one":1}"#);
}

#[tokio::test]
async fn fragments_on_types_keep_their_place_in_each_item() {
    let query = "{ animals { ... on Dog { barks friend { late id } } __typename name ... on Cat { lives } ...A } } \
                 fragment A on Animal { again: name }";
    let (data, errors) = run(query).await;
    assert_eq!(
        data,
        r#"{"animals":[{"barks":true,"friend":{"late":1,"id":"thing-0"},"__typename":"Dog","name":"Rex","again":"Rex"},{"__typename":"Cat","name":"Tom","lives":9,"again":"Tom"}]}"#
    );
    assert!(errors.is_empty());
}

#[tokio::test]
async fn skip_and_include_decide_with_the_variables_and_their_defaults() {
    let query = "query($on: Boolean = true, $off: Boolean! = false) { \
                 a: one @include(if: $on) b: one @skip(if: $on) c: one @include(if: $off) d: one @skip(if: $off) \
                 ... @include(if: $off) { e: one } ... @skip(if: $off) { f: one } }";
    assert_eq!(run(query).await.0, r#"{"a":1,"d":1,"f":1}"#);
    let variables = serde_json::json!({"on": false, "off": true});
    assert_eq!(run_with(query, variables).await.0, r#"{"b":1,"c":1,"e":1}"#);
}

#[tokio::test]
async fn introspection_answers_in_order_and_without_names_of_ours() {
    let query = r#"{ __type(name: "Animal") { kind name possibleTypes { name } fields { name type { ofType { name } kind } } }
                     __schema { queryType { name } types { name } } }"#;
    let (data, errors) = run(query).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert!(
        data.starts_with(r#"{"__type":{"kind":"INTERFACE","name":"Animal","possibleTypes":[{"name":""#),
        "{data}"
    );
    assert!(data.contains(r#""__schema":{"queryType":{"name":"Query"},"types":[{"name":"#), "{data}");
    assert!(!data.contains("flowpilot"), "{data}");
}

#[tokio::test]
async fn pages_are_named_after_their_nodes_and_go_on_where_they_ended() {
    let page =
        "pageInfo { hasNextPage endCursor } edges { node { id } cursor } nodes { id __typename } totalCount";
    let (data, errors) = run(&format!("{{ pages(first: 2) {{ __typename {page} }} }}")).await;
    assert!(errors.is_empty(), "{errors:?}");
    let read: serde_json::Value = serde_json::from_str(&data).unwrap();
    let cursor = read["pages"]["pageInfo"]["endCursor"].as_str().unwrap();
    assert!(data.starts_with(r#"{"pages":{"__typename":"ThingConnection","pageInfo":{"hasNextPage":true,"#));
    assert!(data.ends_with(r#"],"totalCount":3}}"#), "{data}");
    assert_eq!(read["pages"]["edges"][1]["cursor"], cursor);

    let (data, _) = run(&format!(
        r#"{{ pages(first: 2, after: "{cursor}") {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }}"#
    ))
    .await;
    assert_eq!(data, r#"{"pages":{"nodes":[{"id":"thing-2"}],"pageInfo":{"hasNextPage":false}}}"#);

    let sdl = crate::schema::schema().sdl();
    assert!(sdl.contains("type ThingConnection {"), "{sdl}");
    for line in [
        "nodes: [Thing!]!",
        "edges: [ThingEdge!]!",
        "pageInfo: PageInfo!",
        "totalCount: Int\n",
        "node: Thing!",
    ] {
        assert!(sdl.contains(line), "{line} in {sdl}");
    }
    assert!(sdl.contains("pages(first: Int = 20, after: String): ThingConnection!"), "{sdl}");
}
