//! What is left of payloads.

use serde_json::json;

use super::*;
use crate::session::sample::{matched, presented, question, realistic, redacted};

fn payload(event: &crate::session::event::SessionEvent) -> Value {
    serde_json::to_value(event).unwrap()
}

#[test]
fn engineers_see_a_step_without_its_reasoning() {
    // Rule 11.5.
    let event = presented(0, question("When?", &["Now", "Later"]), 0.5, true);
    let shown = public_payload(event.stored_type(), payload(&event));
    assert_eq!(shown["step"]["content"]["text"], "When?");
    assert_eq!(shown["step"]["content"]["options"][0]["label"], "Now");
    assert!(shown["step"].get("reasoning").is_none());
    assert_eq!(full_payload(payload(&event))["step"]["reasoning"], "Reasons that engineers don't see.");
}

#[test]
fn engineers_see_the_chosen_flow_but_not_the_candidates() {
    // Rule 11.5.
    let shown = public_payload("session.flow_matched", payload(&matched()));
    assert!(shown.get("candidates").is_none());
    assert_eq!(shown["chosen"]["version"], 3);
    assert_eq!(full_payload(payload(&matched()))["candidates"][0]["name"], "Account lockout source");
}

#[test]
fn a_secret_that_was_found_late_is_shown_to_nobody() {
    for shown in [
        public_payload("session.content_redacted", payload(&redacted("hunter2"))),
        full_payload(payload(&redacted("hunter2"))),
    ] {
        assert_eq!(shown["text"], "[REDACTED:password:0badcafe]");
    }
}

#[test]
fn no_mark_of_personal_content_is_left_in_any_event() {
    for recorded in realistic().events {
        let payload = recorded.payload.unwrap();
        assert!(!public_payload(&recorded.event_type, payload.clone()).to_string().contains(PERSONAL_MARK));
        assert!(!full_payload(payload).to_string().contains(PERSONAL_MARK));
    }
}

#[test]
fn prompts_and_raw_output_are_private_wherever_they_stand() {
    let payload =
        json!({"type": "proposal.raised", "made": [{"prompt": "p", "raw_output": {"a": 1}, "kept": 1}]});
    let shown = public_payload("proposal.raised", payload);
    assert_eq!(shown, json!({"type": "proposal.raised", "made": [{"kept": 1}]}));
}

#[test]
fn what_is_inside_personal_content_stays_as_it_is() {
    let payload = json!({"prefilled": {"$personal": {"prompt": "C:\\>", "nested": {"$personal": 1}}}});
    let content = json!({"prompt": "C:\\>", "nested": {"$personal": 1}});
    assert_eq!(public_payload("session.step_presented", payload), json!({"prefilled": content}));
}
