//! What the tests share: a prompt, both providers with little patience, and answers in both wire formats.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use domain::assistant::port::{Assistant, Failure, Generated, Size};
use domain::assistant::prompt::{Part, Prompt, Role, SystemPart, Turn};
use integrations::assistant::{Calling, Models, anthropic, openai};
use integrations::http::{BreakerSettings, Http, HttpSettings, Patience, Secret};
use serde_json::{Value, json};

use crate::secrecy::LOG;
use crate::stand_in::{Answer, json};

pub(crate) const KEY: &str = "sk-a-key-of-the-test";

/// Which wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Anthropic,
    OpenAi,
}

pub(crate) const BOTH: [Wire; 2] = [Wire::Anthropic, Wire::OpenAi];

impl Wire {
    /// A provider at that address.
    pub(crate) fn at(self, url: &str) -> Arc<dyn Assistant> {
        self.calling(url, calling())
    }

    pub(crate) fn calling(self, url: &str, calling: Calling) -> Arc<dyn Assistant> {
        LazyLock::force(&LOG);
        let settings = HttpSettings { connect: Duration::from_secs(2), proxy: false, ..Default::default() };
        let http = Http::new(settings).unwrap();
        let models = Models { base_url: url.to_owned(), quick: "small".to_owned(), deep: "large".to_owned() };
        match self {
            Self::Anthropic => {
                Arc::new(anthropic(http, models, &Secret::new(KEY).unwrap(), calling).unwrap())
            }
            Self::OpenAi => Arc::new(openai(http, models, Some(KEY), calling).unwrap()),
        }
    }

    /// A good answer that says this.
    pub(crate) fn says(self, text: &str) -> Answer {
        self.ends(
            text,
            match self {
                Self::Anthropic => "end_turn",
                Self::OpenAi => "stop",
            },
        )
    }

    /// An answer that ends for that reason.
    pub(crate) fn ends(self, text: &str, reason: &str) -> Answer {
        let body = match self {
            Self::Anthropic => json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "large-1",
                "content": [{ "type": "text", "text": text }],
                "stop_reason": reason, "stop_sequence": null,
                "usage": {
                    "input_tokens": 20, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 1000,
                    "output_tokens": 50,
                },
            }),
            Self::OpenAi => json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "large-1",
                "choices": [{
                    "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": reason,
                }],
                "usage": {
                    "prompt_tokens": 1320, "completion_tokens": 50, "total_tokens": 1370,
                    "prompt_tokens_details": { "cached_tokens": 1000 },
                },
            }),
        };
        json(200, &body)
    }

    /// An error answer.
    pub(crate) fn error(self, status: u16, code: &str, message: &str) -> Answer {
        let body = match self {
            Self::Anthropic => {
                json!({ "type": "error", "error": { "type": code, "message": message }, "request_id": "req_1" })
            }
            Self::OpenAi => {
                json!({ "error": { "message": message, "type": code, "param": null, "code": code } })
            }
        };
        json(status, &body)
    }
}

/// Three tries, all of it within seconds.
pub(crate) fn calling() -> Calling {
    let patience = Patience {
        pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        ..Patience::of(Duration::from_secs(5), Duration::from_secs(20))
    };
    let breaker = BreakerSettings { failures: 1_000, rest: Duration::from_mins(10) };
    Calling { quick: patience, deep: patience, breaker }
}

/// Rules and a team's context that a cache may hold, a turn with a screenshot.
pub(crate) fn prompt() -> Prompt {
    Prompt {
        system: vec![
            SystemPart { text: "Rules of diagnosis.".to_owned(), cache: true },
            SystemPart { text: "Context of the team.".to_owned(), cache: false },
        ],
        turns: vec![
            Turn {
                role: Role::User,
                parts: vec![
                    Part::Text("Janet's printer is jammed.".to_owned()),
                    Part::Image { media_type: "image/png", bytes: b"pixels".to_vec() },
                ],
            },
            Turn::assistant("{\"ok\":false}"),
            Turn::user("Now the paper tray is open."),
        ],
        schema_name: "step",
        schema: schema(),
        max_output_tokens: 2_048,
    }
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "properties": { "ok": { "type": "boolean" } }, "required": ["ok"],
    })
}

pub(crate) const GOOD: &str = r#"{"ok":true}"#;

pub(crate) async fn deep(assistant: &dyn Assistant) -> Result<Generated, Failure> {
    assistant.generate(Size::Deep, &prompt()).await
}

/// The faults of all calls, in order.
pub(crate) fn faults(result: &Result<Generated, Failure>) -> Vec<Option<&'static str>> {
    let calls = match result {
        Ok(made) => &made.calls,
        Err(failed) => &failed.calls,
    };
    calls.iter().map(|call| call.fault).collect()
}

/// The code of a failure.
pub(crate) fn code(result: &Result<Generated, Failure>) -> &'static str {
    result.as_ref().err().map_or("answered", |failed| failed.error.code())
}
