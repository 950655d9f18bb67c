//! Subscriptions: what a session's listener hears, from where, and until when.

use std::time::Duration;

use domain::access::By;
use domain::id::{EscalationId, IdSource as _, RequestId, SystemIds};
use domain::session::command::SessionAct;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::world::World;

/// Far more than anything here takes; only a stream that hangs comes near it.
const LIMIT: Duration = Duration::from_secs(30);

type Items = BoxStream<'static, (Value, Vec<String>)>;

async fn next(items: &mut Items) -> Option<(Value, Vec<String>)> {
    timeout(LIMIT, items.next()).await.expect("the stream goes on")
}

const EVENTS: &str =
    "subscription ($id: ID!, $after: Position) { sessionEvents(sessionId: $id, after: $after) {
    position version type } }";

async fn versions(items: &mut Items, count: usize) -> Vec<i64> {
    let mut versions = Vec::new();
    for _ in 0..count {
        let (data, errors) = next(items).await.unwrap();
        assert!(errors.is_empty(), "{errors:?}");
        versions.push(data["sessionEvents"]["version"].as_i64().unwrap());
    }
    versions
}

#[tokio::test]
async fn a_sessions_events_are_replayed_and_then_followed_without_gap_or_repetition() {
    let world = World::new().await;
    let (id, _) = world.diagnosed().await;
    let mut items = world.listen(&world.engineer, EVENTS, json!({ "id": id.to_string() })).await;
    assert_eq!(versions(&mut items, 8).await, [1, 2, 3, 4, 5, 6, 7, 8]);
    let engineer = || By::Member(world.engineer.clone());
    let paused = world.act(id, engineer(), SessionAct::Pause).await;
    assert_eq!(versions(&mut items, 1).await, [9]);
    world.start().await;
    world.act(id, engineer(), SessionAct::Abandon).await;
    assert_eq!(versions(&mut items, 1).await, [10], "events of other sessions don't come");

    let after = json!({ "id": id.to_string(), "after": paused.position.to_string() });
    let mut resumed = world.listen(&world.engineer, EVENTS, after).await;
    assert_eq!(versions(&mut resumed, 1).await, [10]);
    world.app.stop.cancel();
    assert!(next(&mut items).await.is_none(), "streams end when the server does");
}

#[tokio::test]
async fn a_session_that_one_may_not_see_can_not_be_followed() {
    let world = World::new().await;
    let (id, _) = world.start().await;
    let updated = "subscription ($id: ID!) { sessionUpdated(id: $id) { version } }";
    for query in [EVENTS, updated] {
        for id in [id.to_string(), "nonsense".to_owned()] {
            let mut items = world.listen(&world.stranger, query, json!({ "id": id })).await;
            let (data, errors) = next(&mut items).await.unwrap();
            assert_eq!((data, errors), (Value::Null, vec!["NOT_FOUND".to_owned()]));
            assert!(next(&mut items).await.is_none());
        }
    }
}

#[tokio::test]
async fn a_session_is_sent_at_once_and_again_after_it_changed() {
    let world = World::new().await;
    let (id, _) = world.start().await;
    let query =
        "subscription ($id: ID!) { sessionUpdated(id: $id) { version status handler { displayName } } }";
    let mut items = world.listen(&world.engineer, query, json!({ "id": id.to_string() })).await;
    let (data, _) = next(&mut items).await.unwrap();
    assert_eq!(
        data["sessionUpdated"],
        json!({ "version": 2, "status": "ACTIVE", "handler": { "displayName": "Ada Engineer" } })
    );
    let engineer = || By::Member(world.engineer.clone());
    world.act(id, engineer(), SessionAct::Pause).await;
    let (data, _) = next(&mut items).await.unwrap();
    assert_eq!(
        (&data["sessionUpdated"]["status"], &data["sessionUpdated"]["version"]),
        (&json!("PAUSED"), &json!(3))
    );
    world.start().await;
    world.act(id, engineer(), SessionAct::Abandon).await;
    let (data, _) = next(&mut items).await.unwrap();
    assert_eq!(data["sessionUpdated"]["status"], "ABANDONED", "other sessions change nothing here");
}

/// Rule 11.4: an escalation shows a session to its team, and taking it back hides it.
#[tokio::test]
async fn a_stream_ends_when_the_session_is_hidden_from_its_listener() {
    let world = World::new().await;
    let (id, _) = world.start().await;
    let escalate = SessionAct::Escalate {
        escalation: EscalationId(SystemIds.next()),
        reason: "needs domain admin".into(),
        target: None,
        redactions: vec![],
    };
    world.act(id, By::Member(world.engineer.clone()), escalate).await;
    let updated = "subscription ($id: ID!) { sessionUpdated(id: $id) { status } }";
    let mut sessions = world.listen(&world.colleague, updated, json!({ "id": id.to_string() })).await;
    let mut events = world.listen(&world.colleague, EVENTS, json!({ "id": id.to_string() })).await;
    let (data, _) = next(&mut sessions).await.unwrap();
    assert_eq!(data["sessionUpdated"]["status"], "REQUESTING_ESCALATION");
    assert_eq!(versions(&mut events, 3).await, [1, 2, 3]);

    let recall = SessionAct::RecallEscalation { request: RequestId(SystemIds.next()) };
    world.act(id, By::Member(world.engineer.clone()), recall).await;
    assert!(next(&mut sessions).await.is_none());
    assert!(next(&mut events).await.is_none());
}
