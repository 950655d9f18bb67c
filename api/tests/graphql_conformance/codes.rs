//! Every top-level error carries a code and a trace id, and none carries what only the log may know.

use std::time::Duration;

use api::graphql::conformance::TraceId;
use api::graphql::limits::Limits;
use async_graphql::Request;

use crate::schema::{answer, code, extension, run, schema, schema_with};

#[tokio::test]
async fn a_code_that_the_resolver_set_stays() {
    for expected in [
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "NOT_FOUND",
        "RATE_LIMITED",
        "QUOTA_EXCEEDED",
        "COST_EXCEEDED",
        "GRAPHQL_VALIDATION_FAILED",
        "UNAVAILABLE",
        "INTERNAL",
    ] {
        let (data, errors) = run(&format!(r#"{{ coded(code: "{expected}") }}"#)).await;
        assert_eq!(data, r#"{"coded":null}"#);
        assert_eq!((code(&errors[0]).as_str(), errors[0].message.as_str()), (expected, "as told"));
    }
}

#[tokio::test]
async fn an_error_without_a_code_is_internal_and_keeps_its_words_to_itself() {
    for query in ["{ uncoded }", "{ sourced }"] {
        let (_, errors) = run(query).await;
        assert_eq!(code(&errors[0]), "INTERNAL");
        assert!(!errors[0].message.contains("secret"), "{}", errors[0].message);
    }
}

#[tokio::test]
async fn a_panic_is_internal() {
    let (data, errors) = run("{ one panics }").await;
    assert_eq!(data, "null");
    assert_eq!(code(&errors[0]), "INTERNAL");
    assert!(!errors[0].message.contains("purpose"));
}

#[tokio::test]
async fn what_the_document_gets_wrong_is_validation() {
    for query in [
        "",
        "{",
        "{ }",
        "nonsense",
        "{ one \0 }",
        "{ nonsense }",
        "{ thing }",
        "{ one { id } }",
        "{ one(x: 1) }",
        "{ required }",
        "{ ...Missing }",
        "{ one ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ one } fragment Unused on Query { one }",
        "query($x: Int) { one }",
        "query($x: Nonsense) { one }",
        "{ one @nonsense }",
        "{ a: one a: nothing }",
        "query A { one } query B { one }",
        "fragment F on Query { one }",
    ] {
        let (data, errors) = run(query).await;
        assert_eq!(data, "null", "{query}");
        assert!(!errors.is_empty(), "{query}");
        for error in errors {
            assert_eq!(code(&error), "GRAPHQL_VALIDATION_FAILED", "{query}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_syntax_error_says_where_and_what_was_expected() {
    let (_, errors) = run("{ one(int: [").await;
    assert_eq!((errors[0].locations[0].line, errors[0].locations[0].column), (1, 13));
    assert_eq!(errors[0].message, "The document is not GraphQL: expected value.");
}

#[tokio::test]
async fn a_document_wrong_in_very_many_places_is_told_of_some() {
    let fields = (0..1_000).map(|number| format!("x{number}")).collect::<Vec<_>>().join(" ");
    let (_, errors) = run(&format!("{{ thing {{ {fields} }} }}")).await;
    assert_eq!(errors.len(), 50);
}

#[tokio::test]
async fn an_unknown_operation_name_is_validation() {
    for query in ["{ one }", "query A { one }", "query A { one } query B { one }"] {
        let (_, errors) = answer(schema().execute(Request::new(query).operation_name("C")).await);
        assert_eq!(code(&errors[0]), "GRAPHQL_VALIDATION_FAILED");
        assert!(errors[0].message.contains("\"C\""), "{}", errors[0].message);
    }
    let request = Request::new("query A { one } query B { nothing }").operation_name("B");
    assert_eq!(answer(schema().execute(request).await).0, r#"{"nothing":null}"#);
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_at_its_field() {
    for arguments in ["first: 0", "first: 101", "first: -1", r#"after: "nonsense""#] {
        let (data, errors) = run(&format!("{{ pages({arguments}) {{ totalCount }} }}")).await;
        assert_eq!(data, "null");
        assert_eq!(code(&errors[0]), "GRAPHQL_VALIDATION_FAILED", "{arguments}");
    }
    let (data, _) = run("{ pages(first: null) { totalCount } }").await;
    assert_eq!(data, r#"{"pages":{"totalCount":3}}"#);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let limits = Limits { time: Duration::from_millis(20), ..Limits::default() };
    let (data, errors) = answer(schema_with(limits).execute("{ one never }").await);
    assert_eq!(data, "null");
    assert_eq!(code(&errors[0]), "UNAVAILABLE");
    assert!(errors[0].message.contains("0.02 s"), "{}", errors[0].message);
}

#[tokio::test]
async fn the_trace_id_of_the_request_is_used_before_one_is_drawn() {
    let request = Request::new("{ trace fails }").data(TraceId::new("given"));
    let (data, errors) = answer(schema().execute(request).await);
    assert_eq!(data, r#"{"trace":"given","fails":null}"#);
    assert_eq!(extension(&errors[0], "traceId"), "given");

    let request = Request::new("{ nonsense }").data(TraceId::new("given"));
    assert_eq!(extension(&answer(schema().execute(request).await).1[0], "traceId"), "given");

    let (_, errors) = run("{ fails nonsense }").await;
    assert_eq!(extension(&errors[0], "traceId"), "drawn");
}
