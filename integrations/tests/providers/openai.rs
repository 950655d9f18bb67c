//! Chat completions: what is sent, what is found out of an endpoint, and tokens where it counts none.

use domain::assistant::port::Assistant;
use domain::session::step::Tokens;
use serde_json::{Value, json};

use crate::stand_in::{Answer, StandIn, json};
use crate::world::{GOOD, KEY, Wire, code, deep, faults, prompt, schema};

const WIRE: Wire = Wire::OpenAi;

/// How answers were asked for, in order.
fn formats(stand_in: &StandIn) -> Vec<Value> {
    stand_in.asked().iter().map(|asked| asked.body["response_format"]["type"].clone()).collect()
}

#[tokio::test]
async fn a_request_is_written_as_servers_know_it() {
    let stand_in = StandIn::new([WIRE.says(GOOD)]).await;
    let made = deep(&*WIRE.at(&stand_in.url)).await.unwrap();
    assert_eq!((made.json, made.calls.len()), (json!({ "ok": true }), 1));
    assert_eq!(made.calls[0].tokens, Tokens { input: 1_320, output: 50, cached: 1_000, calls: 0 });
    assert!(!made.calls[0].estimated);
    let asked = &stand_in.asked()[0];
    assert_eq!(asked.path, "/v1/chat/completions");
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(
        asked.body,
        json!({
            "model": "large",
            "stream": false,
            "max_tokens": 2048,
            "messages": [
                { "role": "system", "content": "Rules of diagnosis.\n\nContext of the team." },
                { "role": "user", "content": [
                    { "type": "text", "text": "Janet's printer is jammed." },
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,cGl4ZWxz" } },
                ]},
                { "role": "assistant", "content": "{\"ok\":false}" },
                { "role": "user", "content": "Now the paper tray is open." },
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": "step", "schema": schema(), "strict": true },
            },
        })
    );
}

#[tokio::test]
async fn what_an_endpoint_understands_is_found_out_once() {
    // The words of llama.cpp, of vLLM, and of one that gives no reason.
    for (status, message) in [
        (500, r#"response_format type must be one of "text" or "json_object", but got: json_schema"#),
        (400, "1 validation error for ChatCompletionRequest response_format.type"),
        (422, "Unprocessable Entity"),
    ] {
        let stand_in = StandIn::new([WIRE.error(status, "invalid", message), WIRE.says(GOOD)]).await;
        let assistant = WIRE.at(&stand_in.url);
        assert_eq!(faults(&deep(&*assistant).await), [Some("bad_request"), None], "{message}");
        assert_eq!(faults(&deep(&*assistant).await), [None], "{message}");
        assert_eq!(formats(&stand_in), ["json_schema", "json_object", "json_object"]);
        let system = stand_in.asked()[1].body["messages"][0]["content"].to_string();
        assert!(system.contains("additionalProperties"), "the schema is told in words: {system}");
    }
}

#[tokio::test]
async fn an_endpoint_that_knows_no_formats_is_asked_in_words() {
    let refuses = || WIRE.error(400, "invalid", "unknown field: response_format");
    let wordy = "Of course!\n```json\n{\"ok\": true}\n```";
    let stand_in = StandIn::new([refuses(), refuses(), WIRE.says(wordy)]).await;
    let assistant = WIRE.at(&stand_in.url);
    assert_eq!(deep(&*assistant).await.unwrap().json, json!({ "ok": true }));
    deep(&*assistant).await.unwrap();
    let asked = [json!("json_schema"), json!("json_object"), Value::Null, Value::Null];
    assert_eq!(formats(&stand_in), asked);
}

#[tokio::test]
async fn an_endpoint_that_passes_over_the_schema_is_told_it_in_words_next_time() {
    let stand_in = StandIn::new([WIRE.says("Have you tried the tray?"), WIRE.says(GOOD)]).await;
    let assistant = WIRE.at(&stand_in.url);
    assert_eq!(code(&deep(&*assistant).await), "invalid");
    deep(&*assistant).await.unwrap();
    assert_eq!(formats(&stand_in), ["json_schema", "json_object"]);
    stand_in.answers(WIRE.says("No idea."));
    assert_eq!(code(&deep(&*assistant).await), "invalid");
    deep(&*assistant).await.unwrap_err();
    assert_eq!(formats(&stand_in)[2..], ["json_object", "json_object"], "what has worked stays");
}

#[tokio::test]
async fn a_request_that_is_wrong_in_any_form_fails_and_nothing_is_concluded_from_it() {
    let stand_in = StandIn::new([WIRE.error(400, "invalid_value", "nonsense")]).await;
    let assistant = WIRE.at(&stand_in.url);
    let result = deep(&*assistant).await;
    assert_eq!((code(&result), faults(&result).len()), ("bad_request", 3));
    stand_in.answers(WIRE.says(GOOD));
    deep(&*assistant).await.unwrap();
    assert_eq!(formats(&stand_in)[3], "json_schema");
    stand_in.answers(WIRE.error(400, "invalid_value", "nonsense"));
    assert_eq!(faults(&deep(&*assistant).await).len(), 1, "the form is proven");
}

#[tokio::test]
async fn newer_hosted_models_want_another_name_for_the_limit() {
    let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    let stand_in = StandIn::new([WIRE.error(400, "unsupported_parameter", message), WIRE.says(GOOD)]).await;
    deep(&*WIRE.at(&stand_in.url)).await.unwrap();
    let body = &stand_in.asked()[1].body;
    assert_eq!((&body["max_tokens"], &body["max_completion_tokens"]), (&Value::Null, &json!(2048)));
    assert_eq!(body["response_format"]["type"], "json_schema");
}

#[tokio::test]
async fn a_model_without_eyes_is_told_that_there_is_a_screenshot() {
    let message =
        "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj";
    let stand_in = StandIn::new([WIRE.error(500, "server_error", message), WIRE.says(GOOD)]).await;
    deep(&*WIRE.at(&stand_in.url)).await.unwrap();
    let content = &stand_in.asked()[1].body["messages"][1]["content"];
    assert!(content.as_str().unwrap().contains("A screenshot is attached"), "{content}");
}

#[tokio::test]
async fn tokens_are_counted_here_where_the_endpoint_counts_none() {
    let answered = |usage: Value| {
        json(
            200,
            &json!({ "choices": [{ "message": { "content": GOOD }, "finish_reason": "stop" }], "usage": usage }),
        )
    };
    for usage in [Value::Null, json!({}), json!({ "prompt_tokens": 0, "completion_tokens": 0 })] {
        let stand_in = StandIn::new([answered(usage.clone())]).await;
        let made = deep(&*WIRE.at(&stand_in.url)).await.unwrap();
        let call = &made.calls[0];
        assert!(call.estimated && call.tokens.output == 3, "{usage}: {call:?}");
        assert!((1_000..1_100).contains(&call.tokens.input), "an image and some words: {call:?}");
    }
}

#[tokio::test]
async fn refusals_come_in_two_shapes() {
    let refusal =
        json!({ "choices": [{ "message": { "content": null, "refusal": "No." }, "finish_reason": "stop" }] });
    let shapes: [Answer; 2] = [json(200, &refusal), WIRE.ends("", "content_filter")];
    for shape in shapes {
        let stand_in = StandIn::new([shape]).await;
        let result = deep(&*WIRE.at(&stand_in.url)).await;
        assert_eq!((code(&result), faults(&result).len()), ("refused", 1));
    }
}

#[tokio::test]
async fn a_local_server_gets_no_key() {
    use integrations::assistant::{Models, openai};
    use integrations::http::{Http, HttpSettings};
    let stand_in = StandIn::new([WIRE.says(GOOD)]).await;
    // As Ollama's own documentation writes it.
    let base_url = format!("{}/v1/", stand_in.url);
    let models = Models { base_url, quick: "q".to_owned(), deep: "d".to_owned() };
    let http = Http::new(HttpSettings { proxy: false, ..Default::default() }).unwrap();
    let assistant = openai(http, models, None, crate::world::calling()).unwrap();
    assistant.generate(domain::assistant::port::Size::Deep, &prompt()).await.unwrap();
    let asked = &stand_in.asked()[0];
    assert_eq!(asked.path, "/v1/chat/completions");
    assert!(!asked.headers.contains_key("authorization"));
}
