//! What a provider's error answers mean. Both wire formats put a code and a message into `error`.

use domain::assistant::port::AssistantError;
use serde_json::Value;

use crate::http::{Reply, SendFault};

/// Codes of an answer that nobody should repeat before somebody has paid.
const SPENT: [&str; 6] = [
    "enforced_spend_limit_reached",
    "billing_error",
    "insufficient_quota",
    "billing_hard_limit_reached",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
];
/// What messages say when a limit that the customer set is reached; it comes as a 400.
const SPENT_WORDS: [&str; 2] = ["reached your specified", "credit balance is too low"];
/// What codes and messages say when a prompt does not fit.
const TOO_LONG: [&str; 6] = [
    "context_length_exceeded",
    "exceed_context_size",
    "prompt is too long",
    "maximum context length",
    "context window",
    "exceeds the available context size",
];
/// Longest message that is kept, in characters.
const KEPT: usize = 1_000;

/// The words of an error answer.
pub(super) struct Said {
    /// `error.type`, `error.code` and `error.details.error_code`, as far as they are there.
    codes: Vec<String>,
    /// `error.message`, or what else there is.
    pub(super) message: String,
}

/// Reads the words of an error answer.
pub(super) fn said(reply: &Reply) -> Said {
    let body = reply.value().unwrap_or(Value::Null);
    let error = body.get("error").unwrap_or(&body);
    let text = |path: &str| error.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let codes = ["/details/error_code", "/code", "/type"].iter().filter_map(|path| text(path)).collect();
    // Ollama says `{"error": "…"}`, vLLM of old `{"message": "…"}`, FastAPI `{"detail": …}`.
    let message = text("/message")
        .or_else(|| error.as_str().map(str::to_owned))
        .or_else(|| error.get("detail").map(ToString::to_string))
        .unwrap_or_else(|| String::from_utf8_lossy(&reply.body[..reply.body.len().min(KEPT)]).into_owned());
    Said { codes, message: message.chars().take(KEPT).collect() }
}

/// What an error answer means.
pub(super) fn meaning(reply: &Reply, said: &Said) -> AssistantError {
    let status = reply.status.as_u16();
    let message = said.message.to_lowercase();
    let has_code = |known: &[&str]| said.codes.iter().any(|code| known.contains(&code.as_str()));
    let says = |known: &[&str]| known.iter().any(|words| message.contains(words));
    match status {
        402 => AssistantError::SpendCap,
        400 | 403 | 429 if has_code(&SPENT) => AssistantError::SpendCap,
        400 if says(&SPENT_WORDS) => AssistantError::SpendCap,
        401 | 403 => AssistantError::Unauthorized,
        413 => AssistantError::TooLarge,
        400 | 422 | 500 if has_code(&TOO_LONG) || says(&TOO_LONG) => AssistantError::TooLarge,
        429 => AssistantError::RateLimited { after: reply.retry_after },
        408 | 504 => AssistantError::Unavailable { why: "it timed out itself", after: reply.retry_after },
        529 | 503 => AssistantError::Unavailable { why: "overloaded", after: reply.retry_after },
        409 | 425 | 500 | 502 | 505..=599 => {
            AssistantError::Unavailable { why: "an error of its own", after: reply.retry_after }
        }
        _ => AssistantError::BadRequest { code: code(said, status), message: said.message.clone().into() },
    }
}

/// What it means that no answer came.
pub(super) fn silence(fault: SendFault) -> AssistantError {
    match fault {
        SendFault::Timeout => AssistantError::Timeout,
        SendFault::Connect => AssistantError::Unavailable { why: "no connection", after: None },
        SendFault::Interrupted => AssistantError::Unavailable { why: "connection lost", after: None },
        // We cut it off ourselves: no limit on tokens lets that much through.
        SendFault::Oversized => AssistantError::Truncated,
    }
}

/// A code goes into logs: what looks like anything else than a code gives way to the status.
fn code(said: &Said, status: u16) -> String {
    let plain = |code: &&String| {
        code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    said.codes
        .iter()
        .find(plain)
        .map_or_else(|| format!("HTTP {status}"), |code| format!("HTTP {status}, {code}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: Some(Duration::from_secs(3)),
            json: true,
            body: body.as_bytes().to_vec(),
        }
    }

    fn code_of(status: u16, body: &str) -> &'static str {
        let reply = reply(status, body);
        meaning(&reply, &said(&reply)).code()
    }

    #[test]
    fn every_status_has_a_meaning() {
        for (status, code) in [
            (301, "bad_request"),
            (400, "bad_request"),
            (401, "unauthorized"),
            (402, "spend_cap"),
            (403, "unauthorized"),
            (404, "bad_request"),
            (408, "unavailable"),
            (413, "too_large"),
            (422, "bad_request"),
            (429, "rate_limited"),
            (500, "unavailable"),
            (501, "bad_request"),
            (502, "unavailable"),
            (503, "unavailable"),
            (504, "unavailable"),
            (529, "unavailable"),
        ] {
            let typed = r#"{"type":"error","error":{"type":"some_error","message":"words"}}"#;
            assert_eq!(code_of(status, typed), code, "{status}");
            assert_eq!(code_of(status, "<html>"), code, "{status}");
            assert_eq!(code_of(status, ""), code, "{status}");
        }
    }

    #[test]
    fn spent_money_is_told_apart_from_a_rate() {
        for (status, body) in [
            (
                429,
                r#"{"error":{"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
            ),
            (429, r#"{"error":{"type":"enforced_spend_limit_reached"}}"#),
            (429, r#"{"error":{"code":"insufficient_quota"}}"#),
            (400, r#"{"error":{"message":"You have reached your specified API usage limits."}}"#),
        ] {
            assert_eq!(code_of(status, body), "spend_cap", "{body}");
        }
    }

    #[test]
    fn a_prompt_that_does_not_fit_is_too_large_in_every_wording() {
        for (status, body) in [
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"Prompt is too long: 210000 tokens"}}"#,
            ),
            (400, r#"{"error":{"code":"context_length_exceeded"}}"#),
            (400, r#"{"object":"error","message":"This model's maximum context length is 4096 tokens."}"#),
            (
                400,
                r#"{"error":{"code":400,"type":"exceed_context_size_error","message":"the request exceeds the available context size"}}"#,
            ),
        ] {
            assert_eq!(code_of(status, body), "too_large", "{body}");
        }
    }

    #[test]
    fn nothing_but_a_code_reaches_the_message_of_an_error() {
        let body = r#"{"error":{"type":"Jane's password","code":"invalid_request_error","message":"Jane's password"}}"#;
        let reply = reply(400, body);
        let error = meaning(&reply, &said(&reply));
        assert!(!format!("{error} {error:?}").contains("Jane"), "{error:?}");
        assert!(error.to_string().contains("invalid_request_error"), "{error}");
    }
}
