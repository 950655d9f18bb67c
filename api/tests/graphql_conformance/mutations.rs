//! Section 6.2.2, "Mutation": root fields run one after the other, and none after the data is lost.

use async_graphql::Request;

use crate::schema::{Journal, answer, paths, schema};

async fn mutate(query: &str) -> (String, Vec<String>, Vec<String>) {
    let journal = Journal::default();
    let response = schema().execute(Request::new(query).data(journal.clone())).await;
    let (data, errors) = answer(response);
    let written = journal.lock().unwrap().clone();
    (data, paths(&errors), written)
}

#[tokio::test]
async fn mutations_run_in_order() {
    let (data, paths, written) =
        mutate(r#"mutation { a: write(label: "1") { label } b: maybeWrite(label: "2") { label } }"#).await;
    assert_eq!(data, r#"{"a":{"label":"1"},"b":{"label":"2"}}"#);
    assert!(paths.is_empty());
    assert_eq!(written, ["1", "2"]);
}

#[tokio::test]
async fn after_a_failed_non_null_mutation_the_next_do_not_run() {
    let (data, paths, written) = mutate(
        r#"mutation { a: write(label: "1") { label } b: writeAndFail(label: "2") { label } c: write(label: "3") { label } }"#,
    )
    .await;
    assert_eq!(data, "null");
    assert_eq!(paths, ["b"]);
    assert_eq!(written, ["1", "2"]);
}

#[tokio::test]
async fn a_failure_deep_in_a_non_null_payload_stops_the_next_too() {
    let (data, paths, written) =
        mutate(r#"mutation { a: write(label: "1") { label failsHard } c: write(label: "3") { label } }"#)
            .await;
    assert_eq!(data, "null");
    assert_eq!(paths, ["a.failsHard"]);
    assert_eq!(written, ["1"]);
}

#[tokio::test]
async fn after_a_failed_nullable_mutation_the_next_run() {
    let (data, paths, written) = mutate(
        r#"mutation { a: maybeWriteAndFail(label: "1") { label } b: maybeWrite(label: "2") { failsHard }
                      c: write(label: "3") { label fails } }"#,
    )
    .await;
    assert_eq!(data, r#"{"a":null,"b":null,"c":{"label":"3","fails":null}}"#);
    assert_eq!(paths, ["a", "b.failsHard", "c.fails"]);
    assert_eq!(written, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_mutation_selected_in_several_places_runs_once_and_answers_for_all() {
    let (data, paths, written) = mutate(
        r#"mutation { ...A write(label: "1") { other } ... { write(label: "1") { again: label } } b: write(label: "2") { label } }
           fragment A on Mutation { write(label: "1") { label } }"#,
    )
    .await;
    assert_eq!(data, r#"{"write":{"label":"1","other":2,"again":"1"},"b":{"label":"2"}}"#);
    assert!(paths.is_empty(), "{paths:?}");
    assert_eq!(written, ["1", "2"]);
}

#[tokio::test]
async fn a_mutation_selected_twice_runs_for_the_selection_that_is_not_left_out() {
    let (data, _, written) = mutate(
        r#"mutation($no: Boolean = false) { write(label: "1") @include(if: $no) { label }
           ... @skip(if: $no) { write(label: "1") { other } } }"#,
    )
    .await;
    assert_eq!(data, r#"{"write":{"other":2}}"#);
    assert_eq!(written, ["1"]);
}
