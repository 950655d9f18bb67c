//! A model that takes two seconds for each answer: chat completions on loopback.

use std::time::Duration;

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;

const THINKS: Duration = Duration::from_secs(2);

/// Starts it; gives its address.
pub(crate) async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/v1/chat/completions", post(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// The configuration of a server that asks it. A step's two calls take longer than a command waits by default.
pub(crate) fn configured(url: &str) -> [(&'static str, &str); 5] {
    [
        ("FLOWPILOT_ASSISTANT", "openai"),
        ("FLOWPILOT_ASSISTANT_URL", url),
        ("FLOWPILOT_QUICK_MODEL", "small"),
        ("FLOWPILOT_DEEP_MODEL", "large"),
        ("FLOWPILOT_STEP_WAIT_MS", "30000"),
    ]
}

async fn answer(Json(asked): Json<Value>) -> Json<Value> {
    sleep(THINKS).await;
    let said = if asked["model"] == "small" { classification() } else { step() };
    Json(json!({
        "object": "chat.completion",
        "choices": [{
            "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": said.to_string() },
        }],
        "usage": { "prompt_tokens": 2_000, "completion_tokens": 200 },
    }))
}

fn classification() -> Value {
    json!({
        "summary": "Locked out every twenty minutes", "domain": "ACTIVE_DIRECTORY", "urgency": "HIGH",
        "keySymptoms": ["locked out"], "flow": "none",
    })
}

fn step() -> Value {
    let option =
        |label: &str| json!({ "label": label, "value": label, "followupHint": null, "leadsTo": null });
    json!({ "analysis": "The source comes first.", "step": {
        "type": "question", "text": "Which computer sends the bad passwords?", "contextMessage": "It holds the old one.",
        "options": [option("Her notebook"), option("A server")], "allowFreeText": true, "allowSkip": true,
        "flowNode": null, "confidence": 0.6,
    }})
}
