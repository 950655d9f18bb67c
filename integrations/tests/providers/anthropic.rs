//! The Messages API: what is sent, what is understood, and what is asked for where an endpoint is older.

use domain::assistant::port::Size;
use domain::session::step::Tokens;
use serde_json::{Value, json};

use crate::stand_in::{Answer, StandIn, json};
use crate::world::{GOOD, KEY, Wire, code, deep, faults, prompt, schema};

const WIRE: Wire = Wire::Anthropic;

fn calls_tool(input: &Value) -> Answer {
    json(
        200,
        &json!({
            "type": "message", "role": "assistant", "stop_reason": "tool_use",
            "content": [
                { "type": "text", "text": "I call the tool." },
                { "type": "tool_use", "id": "toolu_1", "name": "step", "input": input },
            ],
            "usage": { "input_tokens": 9, "output_tokens": 3 },
        }),
    )
}

#[tokio::test]
async fn a_request_is_written_as_the_api_documents_it() {
    let stand_in = StandIn::new([WIRE.says(GOOD)]).await;
    deep(&*WIRE.at(&stand_in.url)).await.unwrap();
    let [asked] = stand_in.asked().try_into().ok().expect("one request");
    assert_eq!(asked.path, "/v1/messages");
    assert_eq!(asked.headers["x-api-key"], KEY);
    assert_eq!(asked.headers["anthropic-version"], "2023-06-01");
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(
        asked.body,
        json!({
            "model": "large",
            "max_tokens": 2048,
            "stream": false,
            "system": [
                { "type": "text", "text": "Rules of diagnosis.", "cache_control": { "type": "ephemeral" } },
                { "type": "text", "text": "Context of the team." },
            ],
            "messages": [
                { "role": "user", "content": [
                    { "type": "text", "text": "Janet's printer is jammed." },
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "cGl4ZWxz" } },
                ]},
                { "role": "assistant", "content": [{ "type": "text", "text": "{\"ok\":false}" }] },
                { "role": "user", "content": [{ "type": "text", "text": "Now the paper tray is open." }] },
            ],
            "output_config": { "format": { "type": "json_schema", "schema": schema() } },
        })
    );
}

#[tokio::test]
async fn the_answer_comes_with_what_it_cost() {
    let stand_in = StandIn::new([WIRE.says(GOOD)]).await;
    let assistant = WIRE.at(&stand_in.url);
    let made = assistant.generate(Size::Quick, &prompt()).await.unwrap();
    assert_eq!(made.json, json!({ "ok": true }));
    assert_eq!((made.model.provider, made.model.model.as_str()), ("anthropic", "small"));
    let call = &made.calls[0];
    assert_eq!(call.tokens, Tokens { input: 1_320, output: 50, cached: 1_000, calls: 0 });
    assert_eq!((call.cache_written, call.estimated, call.status, call.fault), (300, false, Some(200), None));
    assert_eq!(call.prompt, prompt().hash());
    assert_eq!(stand_in.asked()[0].body["model"], "small");
}

#[tokio::test]
async fn an_endpoint_without_output_config_is_asked_with_a_strict_tool_from_then_on() {
    let stand_in = StandIn::new([
        WIRE.error(400, "invalid_request_error", "output_config: Extra inputs are not permitted"),
        calls_tool(&json!({ "ok": true })),
    ])
    .await;
    let assistant = WIRE.at(&stand_in.url);
    let first = deep(&*assistant).await;
    assert_eq!(first.as_ref().unwrap().json, json!({ "ok": true }));
    assert_eq!(faults(&first), [Some("bad_request"), None]);
    assert_eq!(faults(&deep(&*assistant).await), [None]);
    let asked = stand_in.asked();
    assert_eq!(asked.len(), 3);
    for body in [&asked[1].body, &asked[2].body] {
        assert_eq!(body["output_config"], Value::Null);
        assert_eq!(body["tools"][0]["input_schema"], schema());
        assert_eq!((&body["tools"][0]["name"], &body["tools"][0]["strict"]), (&json!("step"), &json!(true)));
        assert_eq!(
            (&body["tool_choice"]["type"], &body["tool_choice"]["name"]),
            (&json!("tool"), &json!("step"))
        );
    }
}

#[tokio::test]
async fn an_endpoint_without_strict_tools_is_asked_with_a_plain_one() {
    let stand_in = StandIn::new([
        WIRE.error(400, "invalid_request_error", "This model does not support structured outputs"),
        WIRE.error(400, "invalid_request_error", "tools.0.custom.strict: Extra inputs are not permitted"),
        calls_tool(&json!({ "ok": true })),
    ])
    .await;
    let result = deep(&*WIRE.at(&stand_in.url)).await;
    assert_eq!(faults(&result), [Some("bad_request"), Some("bad_request"), None]);
    assert_eq!(stand_in.asked()[2].body["tools"][0]["strict"], Value::Null);
}

#[tokio::test]
async fn a_refused_screenshot_is_left_out_for_that_call() {
    let stand_in = StandIn::new([
        WIRE.error(400, "invalid_request_error", "messages.0.content.1: Could not process image"),
        WIRE.says(GOOD),
    ])
    .await;
    let assistant = WIRE.at(&stand_in.url);
    assert_eq!(faults(&deep(&*assistant).await), [Some("bad_request"), None]);
    let body = stand_in.asked()[1].body.to_string();
    assert!(!body.contains("cGl4ZWxz") && body.contains("A screenshot is attached"), "{body}");
    deep(&*assistant).await.unwrap();
    assert!(stand_in.asked()[2].body.to_string().contains("cGl4ZWxz"), "the next one may be taken");
}

#[tokio::test]
async fn a_tool_that_is_called_twice_or_with_no_object_is_invalid() {
    let twice = json(
        200,
        &json!({ "stop_reason": "tool_use", "usage": {}, "content": [
            { "type": "tool_use", "id": "1", "name": "step", "input": { "ok": true } },
            { "type": "tool_use", "id": "2", "name": "step", "input": { "ok": false } },
        ]}),
    );
    for answer in [twice, calls_tool(&json!([1]))] {
        let refuses = WIRE.error(400, "invalid_request_error", "output_config: unknown");
        let stand_in = StandIn::new([refuses, answer]).await;
        assert_eq!(code(&deep(&*WIRE.at(&stand_in.url)).await), "invalid");
    }
}

#[tokio::test]
async fn a_full_context_window_is_too_large_and_thinking_is_passed_over() {
    let stand_in = StandIn::new([WIRE.ends("", "model_context_window_exceeded")]).await;
    assert_eq!(code(&deep(&*WIRE.at(&stand_in.url)).await), "too_large");
    let thinks = json!({ "stop_reason": "end_turn", "content": [
        { "type": "thinking", "thinking": "{\"ok\":false}?" },
        { "type": "text", "text": GOOD },
    ]});
    let stand_in = StandIn::new([json(200, &thinks)]).await;
    assert_eq!(deep(&*WIRE.at(&stand_in.url)).await.unwrap().json, json!({ "ok": true }));
}
