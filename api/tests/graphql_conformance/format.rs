//! Section 7.1, "Response Format".

use api::graphql::response::{Body, is_request_error};
use async_graphql::Request;

use crate::schema::{Journal, schema};

async fn body(query: &str) -> (String, bool) {
    let response = schema().execute(Request::new(query).data(Journal::default())).await;
    (serde_json::to_string(&Body(&response)).unwrap(), is_request_error(&response))
}

#[tokio::test]
async fn a_request_error_has_no_data() {
    for query in ["{", "{ nonsense }", "query($x: Int!) { required(int: $x) }", "{ echo(int: 3000000000) }"] {
        let (body, request_error) = body(query).await;
        assert!(request_error && !body.contains("\"data\""), "{body}");
        assert!(body.starts_with(r#"{"errors":[{"message":""#), "{body}");
    }
}

#[tokio::test]
async fn a_field_error_has_data_be_it_null() {
    let (hard, request_error) = body("{ failsHard }").await;
    assert!(!request_error && hard.ends_with(r#""data":null}"#), "{hard}");
    let (page, request_error) = body("{ pages(first: 0) { totalCount } }").await;
    assert!(!request_error && page.ends_with(r#""data":null}"#), "{page}");
    let (panic, request_error) = body("{ panics }").await;
    assert!(!request_error && panic.ends_with(r#""data":null}"#), "{panic}");
}

#[tokio::test]
async fn an_error_has_message_place_path_code_and_trace_id_and_a_good_answer_has_no_errors() {
    let (failed, _) = body("{ thing { fails } }").await;
    let expected = r#"{"errors":[{"message":"no","locations":[{"line":1,"column":11}],"path":["thing","fails"],"extensions":{"code":"UNAVAILABLE","traceId":"drawn"}}],"data":{"thing":{"fails":null}}}"#;
    assert_eq!(failed, expected);
    assert_eq!(body("{ one }").await.0, r#"{"data":{"one":1}}"#);
}
