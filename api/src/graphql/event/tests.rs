use domain::id::{AccountId, CommandId, CorrelationId};
use domain::metadata::{Actor, Metadata};
use domain::recorded_event::{Position as LogPosition, Unreadable};
use serde_json::Value;
use uuid::Uuid;

use super::*;

fn event(payload: std::result::Result<Value, Unreadable>) -> Recorded {
    Recorded {
        position: LogPosition(1),
        aggregate_type: SESSION.to_owned(),
        aggregate_id: Uuid::from_u128(9),
        version: 1,
        event_type: "session.flow_matched".to_owned(),
        event_version: "1.0".to_owned(),
        payload,
        metadata: Metadata {
            account: AccountId(Uuid::from_u128(5)),
            actor: Actor::System,
            command: CommandId(Uuid::from_u128(6)),
            correlation: CorrelationId(Uuid::from_u128(6)),
            causation: None,
            recorded_at: chrono::DateTime::UNIX_EPOCH,
        },
    }
}

/// Rule 11.5.
#[test]
fn match_candidates_are_for_those_who_see_whole_payloads() {
    let matched =
        event(Ok(json!({ "candidates": [{ "reason": { "$personal": "words" } }], "policy_version": 1 })));
    assert_eq!(shown(&matched, false, []), json!({ "policy_version": 1 }));
    assert_eq!(
        shown(&matched, true, []),
        json!({ "candidates": [{ "reason": "words" }], "policy_version": 1 })
    );
}

#[test]
fn an_event_that_cannot_be_read_says_so_and_is_never_null() {
    let unreadable = Unreadable {
        position: LogPosition(1),
        event_type: "session.started".to_owned(),
        event_version: "1.0".to_owned(),
        reason: "the key is gone".to_owned(),
    };
    assert_eq!(shown(&event(Err(unreadable)), true, []), json!({ "unreadable": "the key is gone" }));
}
