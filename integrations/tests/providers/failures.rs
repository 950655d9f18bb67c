//! Everything that goes wrong on the way, with both wire formats: each ends in an answer, a counted retry or a named failure.

use std::time::Duration;

use domain::assistant::checked::generate_checked;
use domain::assistant::port::{AssistantError, Size, Worth, spent};
use integrations::http::{BreakerSettings, Patience};
use serde_json::{Value, json};

use crate::stand_in::{Answer, StandIn, json, nobody, resetting};
use crate::world::{BOTH, GOOD, Wire, calling, code, deep, faults, prompt};

fn page(status: u16, kind: &str, body: impl Into<String>) -> Answer {
    Answer::Http(status, vec![("content-type", kind.to_owned())], body.into().into())
}

#[tokio::test]
async fn fenced_and_wrapped_answers_are_taken() {
    for wire in BOTH {
        for text in ["```json\n{\"ok\": true}\n```", "Here it is:\n{\"ok\": true}\nGood luck!"] {
            let stand_in = StandIn::new([wire.says(text)]).await;
            assert_eq!(deep(&*wire.at(&stand_in.url)).await.unwrap().json, json!({ "ok": true }), "{wire:?}");
        }
    }
}

#[tokio::test]
async fn answers_that_correcting_may_mend_come_back_at_once_with_their_cost() {
    for wire in BOTH {
        let cut = match wire {
            Wire::Anthropic => "max_tokens",
            Wire::OpenAi => "length",
        };
        for (answer, expected) in [
            (wire.says("{\"ok\": tru"), "invalid"),
            (wire.says(""), "invalid"),
            (wire.says("Try the tray."), "invalid"),
            (wire.ends("{\"ok\": tr", cut), "truncated"),
        ] {
            let stand_in = StandIn::new([answer]).await;
            let failed = deep(&*wire.at(&stand_in.url)).await.unwrap_err();
            assert_eq!((failed.error.code(), failed.error.retry()), (expected, Worth::Corrected), "{wire:?}");
            assert_eq!(failed.calls.len(), 1);
            assert_eq!(spent(&failed.calls).output, 50, "a call that failed costs all the same");
        }
    }
}

#[tokio::test]
async fn a_faulty_answer_is_corrected_once_over_the_wire() {
    for wire in BOTH {
        let stand_in = StandIn::new([wire.says("Try the tray."), wire.says(r#"{"ok":true}"#)]).await;
        let check = |value: &Value| value["ok"].as_bool().ok_or_else(|| "ok is missing".to_owned());
        let assistant = wire.at(&stand_in.url);
        let checked = generate_checked(&*assistant, Size::Deep, &prompt(), check).await.unwrap();
        assert!(checked.value && checked.calls.len() == 2, "{wire:?}");
        let turns = stand_in.asked()[1].body["messages"].to_string();
        assert!(turns.contains("Try the tray.") && turns.contains("no complete JSON object"), "{turns}");

        let stand_in = StandIn::new([wire.says("{}")]).await;
        let assistant = wire.at(&stand_in.url);
        let failed = generate_checked(&*assistant, Size::Deep, &prompt(), check).await.unwrap_err();
        assert_eq!((failed.error.code(), failed.calls.len(), stand_in.asked().len()), ("invalid", 2, 2));
        assert!(stand_in.asked()[1].body["messages"].to_string().contains("ok is missing"));
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let stand_in = StandIn::new([Wire::Anthropic.ends("", "refusal")]).await;
    let failed = deep(&*Wire::Anthropic.at(&stand_in.url)).await.unwrap_err();
    assert_eq!((failed.error, failed.calls.len()), (AssistantError::Refused, 1));
}

#[tokio::test]
async fn what_passes_is_tried_again_and_every_try_is_counted() {
    for wire in BOTH {
        for (status, kind) in
            [(500, "api_error"), (502, "x"), (503, "x"), (504, "timeout_error"), (529, "overloaded_error")]
        {
            let stand_in = StandIn::new([wire.error(status, kind, "Overloaded"), wire.says(GOOD)]).await;
            let result = deep(&*wire.at(&stand_in.url)).await;
            assert_eq!(faults(&result), [Some("unavailable"), None], "{wire:?} {status}");
        }
        let stand_in = StandIn::new([wire.error(529, "overloaded_error", "Overloaded")]).await;
        let result = deep(&*wire.at(&stand_in.url)).await;
        assert_eq!((code(&result), faults(&result).len()), ("unavailable", 3), "{wire:?}");
        assert_eq!(stand_in.asked().len(), 3);
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_when_the_wait_is_short() {
    for wire in BOTH {
        let limited = || wire.error(429, "rate_limit_error", "Slow down");
        let stand_in = StandIn::new([limited().with("retry-after", "0"), limited(), wire.says(GOOD)]).await;
        let result = deep(&*wire.at(&stand_in.url)).await;
        assert_eq!(faults(&result), [Some("rate_limited"), Some("rate_limited"), None], "{wire:?}");

        let stand_in = StandIn::new([limited().with("retry-after", "61")]).await;
        let failed = deep(&*wire.at(&stand_in.url)).await.unwrap_err();
        let after = Some(Duration::from_secs(61));
        assert_eq!((failed.error, failed.calls.len()), (AssistantError::RateLimited { after }, 1));
    }
}

#[tokio::test]
async fn an_asked_for_pause_is_kept() {
    // The time for all tries ends before the pause would: the call must end instead of asking too early.
    let mut calling = calling();
    calling.deep = Patience { all: Duration::from_secs(5), ..calling.deep };
    let wire = Wire::Anthropic;
    let stand_in =
        StandIn::new([wire.error(429, "rate_limit_error", "Slow down").with("retry-after", "30")]).await;
    let failed = deep(&*wire.calling(&stand_in.url, calling)).await.unwrap_err();
    assert_eq!(failed.error.retry(), Worth::Later(Some(Duration::from_secs(30))));
    assert_eq!(stand_in.asked().len(), 1);
}

#[tokio::test]
async fn spent_money_is_never_asked_for_again() {
    let capped = json!({ "type": "error", "error": {
        "type": "rate_limit_error", "message": "Monthly limit",
        "details": { "error_code": "enforced_spend_limit_reached" },
    }});
    let quota = Wire::OpenAi.error(429, "insufficient_quota", "You exceeded your current quota");
    let bill = Wire::Anthropic.error(402, "billing_error", "Pay");
    for (wire, answer) in
        [(Wire::Anthropic, json(429, &capped)), (Wire::OpenAi, quota), (Wire::Anthropic, bill)]
    {
        let stand_in = StandIn::new([answer]).await;
        let failed = deep(&*wire.at(&stand_in.url)).await.unwrap_err();
        assert_eq!((failed.error.retry(), stand_in.asked().len()), (Worth::Nothing, 1), "{wire:?}");
        assert_eq!(failed.error, AssistantError::SpendCap);
    }
}

#[tokio::test]
async fn errors_that_stay_are_named_and_not_repeated() {
    for wire in BOTH {
        for (status, kind, expected) in [
            (401, "authentication_error", "unauthorized"),
            (403, "permission_error", "unauthorized"),
            (404, "not_found_error", "bad_request"),
            (413, "request_too_large", "too_large"),
        ] {
            let stand_in = StandIn::new([wire.error(status, kind, "No")]).await;
            let result = deep(&*wire.at(&stand_in.url)).await;
            assert_eq!((code(&result), stand_in.asked().len()), (expected, 1), "{wire:?} {status}");
        }
    }
    let stand_in =
        StandIn::new([Wire::Anthropic.error(400, "invalid_request_error", "max_tokens: too high")]).await;
    let result = deep(&*Wire::Anthropic.at(&stand_in.url)).await;
    assert_eq!((code(&result), stand_in.asked().len()), ("bad_request", 1));
}

#[tokio::test]
async fn a_slow_answer_ends_at_the_deadline() {
    let mut calling = calling();
    for wire in BOTH {
        calling.deep.one = Duration::from_secs(1);
        let stand_in = StandIn::new([Answer::Silence, wire.says(GOOD)]).await;
        assert_eq!(faults(&deep(&*wire.calling(&stand_in.url, calling)).await), [Some("timeout"), None]);
        calling.deep.one = Duration::from_millis(20);
        let stand_in = StandIn::new([Answer::Silence]).await;
        let result = deep(&*wire.calling(&stand_in.url, calling)).await;
        assert_eq!((code(&result), faults(&result).len()), ("timeout", 3));
    }
}

#[tokio::test]
async fn a_lost_connection_is_tried_again() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"choices\"";
    for wire in BOTH {
        for url in [resetting("").await, resetting(cut).await, nobody().await] {
            let result = deep(&*wire.at(&url)).await;
            assert_eq!((code(&result), faults(&result).len()), ("unavailable", 3), "{wire:?}");
        }
    }
}

#[tokio::test]
async fn where_no_tls_is_spoken_none_is_done_without() {
    for wire in BOTH {
        let stand_in = StandIn::new([wire.says(GOOD)]).await;
        let result = deep(&*wire.at(&stand_in.url.replace("http:", "https:"))).await;
        assert_eq!((code(&result), stand_in.asked().len()), ("unavailable", 0), "{wire:?}");
    }
}

#[tokio::test]
async fn two_hundred_calls_at_once_all_end_well() {
    for wire in BOTH {
        let stand_in = StandIn::new([wire.says(GOOD)]).await;
        let assistant = wire.at(&stand_in.url);
        let calls: Vec<_> = (0..200)
            .map(|_| {
                let assistant = assistant.clone();
                tokio::spawn(async move { deep(&*assistant).await })
            })
            .collect();
        for call in calls {
            assert_eq!(faults(&call.await.unwrap()), [None], "{wire:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_not_read_to_its_end() {
    for wire in BOTH {
        let stand_in = StandIn::new([wire.says(&"x".repeat(10 << 20))]).await;
        let result = deep(&*wire.at(&stand_in.url)).await;
        assert_eq!((code(&result), stand_in.asked().len()), ("truncated", 1), "{wire:?}");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_the_api_is_tried_again() {
    let pages = [
        page(200, "text/html", "<html>Sign in to the guest network</html>"),
        page(200, "application/json", "{\"choices\": [{\"mess"),
        page(200, "application/json", ""),
        page(200, "application/json", "{}"),
        page(200, "application/json", r#"{"content": 1, "choices": []}"#),
        page(503, "text/html", "<html>Bad gateway</html>"),
    ];
    for wire in BOTH {
        for (index, answer) in pages.iter().enumerate() {
            let stand_in = StandIn::new([answer.clone(), wire.says(GOOD)]).await;
            let result = deep(&*wire.at(&stand_in.url)).await;
            assert_eq!(faults(&result), [Some("unavailable"), None], "{wire:?} {index}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for wire in BOTH {
        let elsewhere = StandIn::new([wire.says(GOOD)]).await;
        let stand_in = StandIn::new([page(307, "text/html", "").with("location", &elsewhere.url)]).await;
        assert_eq!(code(&deep(&*wire.at(&stand_in.url)).await), "bad_request");
        assert!(elsewhere.asked().is_empty(), "the key stays here");
    }
}

#[tokio::test]
async fn a_dead_provider_is_given_a_rest_and_tried_again_after_it() {
    let mut calling = calling();
    calling.breaker = BreakerSettings { failures: 3, rest: Duration::from_secs(2) };
    let wire = Wire::Anthropic;
    let stand_in = StandIn::new([wire.error(500, "api_error", "Broken")]).await;
    let assistant = wire.calling(&stand_in.url, calling);
    assert_eq!(code(&deep(&*assistant).await), "unavailable");
    let failed = deep(&*assistant).await.unwrap_err();
    assert!(matches!(failed.error, AssistantError::Unavailable { why: "given a rest", after: Some(_) }));
    assert_eq!((failed.calls.len(), stand_in.asked().len()), (0, 3));
    stand_in.answers(wire.says(GOOD));
    while deep(&*assistant).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(stand_in.asked().len(), 4);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let mut calling = calling();
    calling.breaker = BreakerSettings { failures: 1, rest: Duration::from_millis(1) };
    let wire = Wire::OpenAi;
    let stand_in = StandIn::new([wire.error(500, "x", "Broken")]).await;
    let assistant = wire.calling(&stand_in.url, calling);
    deep(&*assistant).await.unwrap_err();
    stand_in.answers(Answer::Silence);
    let asked = stand_in.asked().len();
    while stand_in.asked().len() == asked {
        let _ = tokio::time::timeout(Duration::from_millis(50), deep(&*assistant)).await;
    }
    stand_in.answers(wire.says(GOOD));
    deep(&*assistant).await.unwrap();
}
