//! Sections 6.1.2, "Coercing Variable Values", and 5.6, "Values".

use serde_json::json;

use crate::schema::{code, run, run_with};

async fn refused(query: &str, variables: serde_json::Value, says: &str) {
    let (data, errors) = run_with(query, variables).await;
    assert_eq!(data, "null", "{query}");
    assert!(!errors.is_empty(), "{query}");
    for error in &errors {
        assert_eq!(code(error), "GRAPHQL_VALIDATION_FAILED", "{query}: {error:?}");
        assert!(error.path.is_empty(), "nothing has run: {error:?}");
    }
    assert!(errors.iter().any(|error| error.message.contains(says)), "{query}: {errors:?}");
}

#[tokio::test]
async fn a_variable_that_does_not_fit_its_type_is_refused_and_told() {
    let int = "query($v: Int) { echo(int: $v) }";
    refused(int, json!({"v": 3_000_000_000_i64}), "\"$v\" is not a whole number between -2147483648 and")
        .await;
    refused(int, json!({"v": -2_147_483_649_i64}), "2147483647").await;
    refused(int, json!({"v": 1.5}), "whole number").await;
    refused(int, json!({"v": "1"}), "whole number").await;
    refused("query($v: Int!) { required(int: $v) }", json!({}), "\"$v\" is missing").await;
    refused("query($v: Int!) { required(int: $v) }", json!({"v": null}), "is null").await;
    refused("query($v: [Int!]) { echo(ints: $v) }", json!({"v": [1, "x"]}), "\"[1]\"").await;
    refused("query($v: [Int!]) { echo(ints: $v) }", json!({"v": [null]}), "null").await;
    refused("query($v: Color) { echo(color: $v) }", json!({"v": "BLUE"}), "RED, GREEN").await;
    refused("query($v: Color) { echo(color: $v) }", json!({"v": 1}), "RED, GREEN").await;
    refused("query($v: DateTime) { echo(at: $v) }", json!({"v": "yesterday"}), "RFC 3339").await;
    refused("query($v: Position) { echo(position: $v) }", json!({"v": "-1"}), "decimal digits").await;
    refused("query($v: String) { coded(code: $v) }", json!({"v": 1}), "$v").await;
}

#[tokio::test]
async fn an_input_object_is_checked_field_by_field() {
    let query = "query($f: Filter) { echo(filter: $f) }";
    refused(query, json!({"f": {}}), "lacks the field \"required\"").await;
    refused(query, json!({"f": "text"}), "not an object").await;
    refused(query, json!({"f": {"required": "x", "limt": 1}}), "\"limt\"").await;
    refused(query, json!({"f": {"required": null}}), "\"required\" is null").await;
    refused(query, json!({"f": {"required": "x", "limit": 3_000_000_000_i64}}), "\"limit\"").await;
    refused(query, json!({"f": {"required": "x", "colors": ["RED", "BLUE"]}}), "\"colors[1]\"").await;
    refused(query, json!({"f": {"required": "x", "choice": {}}}), "exactly one").await;
    refused(query, json!({"f": {"required": "x", "choice": {"left": null}}}), "exactly one").await;
    refused(query, json!({"f": {"required": "x", "choice": {"left": 1, "right": "x"}}}), "exactly one").await;
    refused(query, json!({"f": {"required": "x", "choice": {"left": 3_000_000_000_i64}}}), "\"choice.left\"")
        .await;
    let (data, errors) =
        run_with(query, json!({"f": {"required": "x", "colors": "RED", "choice": {"left": 1}}})).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert!(data.contains(r#"x None Some(1) Some(\\\"1\\\")"#), "{data}");
}

#[tokio::test]
async fn a_literal_that_does_not_fit_is_refused() {
    for (literal, says) in [
        ("int: 3000000000", "whole number"),
        ("int: 1.5", "whole number"),
        ("int: \"1\"", "whole number"),
        ("color: \"RED\"", "not a Color"),
        ("color: BLUE", "RED, GREEN"),
        ("at: \"2026-01-31\"", "RFC 3339"),
        ("position: \"x\"", "decimal digits"),
        ("filter: {}", "required"),
        ("filter: {required: 1}", "a string"),
        ("filter: {required: \"x\", limit: 3000000000}", "whole number"),
        ("filter: {required: \"x\", choice: {left: 1, right: \"x\"}}", "exactly one"),
        ("ints: [1, 3000000000]", "\"[1]\""),
    ] {
        refused(&format!("{{ echo({literal}) }}"), json!({}), says).await;
    }
}

#[tokio::test]
async fn a_wrong_value_beside_an_unset_variable_is_found_too() {
    let query = "query($limit: Int) { echo(filter: {limit: $limit, required: 7}) }";
    refused(query, json!({}), "a string").await;
}

#[tokio::test]
async fn defaults_of_variables_are_used_and_checked() {
    assert_eq!(run("query($v: Int = 5) { required(int: $v) }").await.0, r#"{"required":5}"#);
    refused("query($v: Int = 3000000000) { echo(int: $v) }", json!({}), "whole number").await;
    refused("query($v: Color = BLUE) { echo(color: $v) }", json!({}), "RED, GREEN").await;
    let (data, errors) = run("query($v: Color = RED) { echo(color: $v) }").await;
    assert!(errors.is_empty() && data.contains("Some(true)"), "{data} {errors:?}");
}

#[tokio::test]
async fn good_values_arrive() {
    let query = "query($i: Int, $t: DateTime, $p: Position, $j: JSON) { echo(int: $i, at: $t, position: $p, json: $j) }";
    let variables =
        json!({"i": 2_147_483_647, "t": "2026-01-31T10:00:00+01:00", "p": 7, "j": {"a": [1, null]}});
    let (data, errors) = run_with(query, variables).await;
    assert!(errors.is_empty(), "{errors:?}");
    for part in
        ["Some(2147483647)", "Some(2026-01-31T09:00:00Z)", "Some(Position(7))", r#"{\\\"a\\\":[1,null]}"#]
    {
        assert!(data.contains(part), "{part} in {data}");
    }
    let (data, errors) =
        run(r#"{ echo(position: "9", ints: 3, color: GREEN, json: {a: [1, {b: "c"}]}) }"#).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert!(data.contains("Some([3])") && data.contains("Some(Position(9))"), "{data}");
}
