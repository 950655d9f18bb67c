//! Section 6.2.3, "Subscription", and 5.2.3.1, "Single root field".

use async_graphql::Request;
use async_graphql::futures_util::StreamExt as _;

use crate::schema::{Journal, answer, code, extension, paths, run, schema};

/// Every response as its data and its errors' paths and codes.
async fn follow(query: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let request = Request::new(query).data(Journal::default());
    let responses: Vec<_> = schema().execute_stream(request).collect().await;
    let read = |response| {
        let (data, errors) = answer(response);
        (data, paths(&errors), errors.iter().map(code).collect())
    };
    responses.into_iter().map(read).collect()
}

fn data(responses: &[(String, Vec<String>, Vec<String>)]) -> Vec<&str> {
    responses.iter().map(|(data, ..)| data.as_str()).collect()
}

#[tokio::test]
async fn each_item_is_completed_by_itself() {
    let responses = follow("subscription { things { late id fails } }").await;
    assert_eq!(
        data(&responses),
        [
            r#"{"things":{"late":1,"id":"thing-1","fails":null}}"#,
            r#"{"things":{"late":1,"id":"thing-2","fails":null}}"#
        ]
    );
    for (_, paths, codes) in &responses {
        assert_eq!(
            (paths.as_slice(), codes.as_slice()),
            (&["things.fails".into()][..], &["UNAVAILABLE".into()][..])
        );
    }
}

#[tokio::test]
async fn a_non_null_failure_makes_the_items_data_null_and_the_stream_goes_on() {
    let responses = follow("subscription { things { failsHard } }").await;
    assert_eq!(data(&responses), ["null", "null"]);
    assert_eq!(responses[1].1, ["things.failsHard"]);

    let responses = follow("subscription { t: maybeThings { failsHard } }").await;
    assert_eq!(data(&responses), [r#"{"t":null}"#, r#"{"t":null}"#]);
    assert_eq!((responses[0].1.as_slice(), responses[1].1.len()), (&["t.failsHard".into()][..], 0));

    let responses = follow("subscription { results }").await;
    assert_eq!(data(&responses), [r#"{"results":1}"#, "null", r#"{"results":3}"#]);
    assert_eq!(responses[1].1, ["results"]);
}

#[tokio::test]
async fn several_root_fields_are_refused() {
    for query in [
        "subscription { things { id } results }",
        "subscription { a: results b: results }",
        "subscription { ...F results } fragment F on Subscription { things { id } }",
        "subscription { results __typename }",
        "subscription { __typename }",
    ] {
        let responses = follow(query).await;
        assert_eq!(responses.len(), 1, "{query}");
        assert_eq!(responses[0].0, "null");
        assert_eq!(responses[0].2, ["GRAPHQL_VALIDATION_FAILED"]);
    }
}

#[tokio::test]
async fn one_root_field_may_stand_in_a_fragment_and_in_several_places() {
    let in_fragment = follow("subscription { ...F } fragment F on Subscription { things { id } }").await;
    assert_eq!(data(&in_fragment), [r#"{"things":{"id":"thing-1"}}"#, r#"{"things":{"id":"thing-2"}}"#]);

    let twice = follow("subscription { things { id } ... { things { late } } things { again: id } }").await;
    assert_eq!(twice.len(), 2, "one stream, not one for each place");
    assert_eq!(twice[0].0, r#"{"things":{"id":"thing-1","late":1,"again":"thing-1"}}"#);
}

#[tokio::test]
async fn a_stream_that_cannot_start_says_why() {
    let refused = follow("subscription { refused }").await;
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].0.as_str(), refused[0].2.as_slice()), ("null", &["FORBIDDEN".into()][..]));

    let responses: Vec<_> = schema().execute_stream("subscription { broken }").collect().await;
    let (_, errors) = answer(responses.into_iter().next().unwrap());
    assert_eq!(code(&errors[0]), "INTERNAL");
    assert!(!errors[0].message.contains("secret"), "{}", errors[0].message);
    assert_eq!(extension(&errors[0], "traceId"), "drawn");
}

#[tokio::test]
async fn a_panic_ends_the_stream_with_an_error() {
    let responses = follow("subscription { panics }").await;
    assert_eq!(responses.first().unwrap().0, r#"{"panics":1}"#);
    assert_eq!(responses.last().unwrap().2, ["INTERNAL"]);
}

#[tokio::test]
async fn queries_and_mutations_over_a_stream_are_completed_as_well() {
    assert_eq!(data(&follow("{ late one fails }").await), [r#"{"late":1,"one":1,"fails":null}"#]);
    let responses = follow(r#"mutation { a: writeAndFail(label: "1") { label } }"#).await;
    assert_eq!((responses[0].0.as_str(), responses[0].1.as_slice()), ("null", &["a".into()][..]));
}

#[tokio::test]
async fn an_invalid_subscription_is_refused_with_the_validation_code() {
    let responses = follow("subscription { nonsense }").await;
    assert_eq!(responses[0].2, ["GRAPHQL_VALIDATION_FAILED"]);
    let (_, errors) = run("subscription { results }").await;
    assert_eq!(code(&errors[0]), "GRAPHQL_VALIDATION_FAILED");
    assert!(errors[0].message.contains("WebSocket"));
}
