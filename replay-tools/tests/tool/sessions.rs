//! `flowpilot-replay session show|timeline|state-at|diff`.

use domain::id::{IdSource, RequestId, SessionId, SystemIds};
use domain::session::command::{Resolve, SessionAct};
use domain::session::view::SessionView;
use event_store::Until;
use serde_json::Value;

use crate::world::World;

/// Started, paused, resumed, a note, resolved and rated: seven events.
async fn a_session(world: &World) -> SessionId {
    let session = world.start("Locked out").await;
    world.ask(session, SessionAct::Pause).await;
    world.ask(session, SessionAct::Resume { request: RequestId(SystemIds.next()) }).await;
    world.note(session, "Seen before").await;
    let resolve = Resolve {
        summary: "An old phone.".into(),
        action: None,
        rating: Some(5),
        feedback: None,
        redactions: vec![],
    };
    world.ask(session, SessionAct::Resolve(resolve)).await;
    session
}

#[tokio::test]
async fn a_session_is_shown_as_the_servers_fold_has_it() {
    let world = World::new().await;
    let session = a_session(&world).await;
    let events = world.store.log().stream_of(world.account, "session", session.0, Until::Now).await.unwrap();
    let folded = SessionView::fold(&events).unwrap().unwrap();
    let shown = world.run(&["session", "show", &session.to_string()]).well().lines();
    assert_eq!(shown, [serde_json::to_value(&folded).unwrap()]);
    let told = world.run(&["session", "show", &session.to_string(), "-o", "table"]).well().said;
    assert!(told.contains("RESOLVED") && told.contains("An old phone"), "{told}");
}

#[tokio::test]
async fn a_session_is_shown_at_a_version_a_position_and_a_time() {
    let world = World::new().await;
    let session = a_session(&world).await;
    let id = session.to_string();
    let at =
        |point: &str| -> Value { world.run(&["session", "state-at", &id, point]).well().lines().remove(0) };
    assert_eq!(at("version:3")["status"], "PAUSED");
    assert_eq!(at("now")["status"], "RESOLVED");
    let timeline = world.run(&["session", "timeline", &id]).well().lines();
    let paused = &timeline[2];
    assert_eq!(at(&format!("position:{}", paused["position"]))["status"], "PAUSED");
    assert_eq!(at(paused["recordedAt"].as_str().unwrap())["status"], "PAUSED");
    let early = world.run(&["session", "state-at", &id, "2001-01-01T00:00:00Z"]);
    assert_eq!(early.code, 3, "{}", early.complained);
    let newest = timeline.len();
    let never = world.run(&["session", "state-at", &id, &format!("version:{}", newest + 1)]);
    let told = format!("has come to version {newest}, not to {}", newest + 1);
    assert_eq!((never.code, never.complained.contains(&told)), (3, true), "{}", never.complained);
}

#[tokio::test]
async fn a_difference_names_each_field_and_holds_both_values() {
    let world = World::new().await;
    let session = a_session(&world).await;
    let id = session.to_string();
    let changes = world.run(&["session", "diff", &id, "version:3", "version:4"]).well().lines();
    let status = changes.iter().find(|change| change["path"] == "status").unwrap();
    assert_eq!((&status["before"], &status["after"]), (&"PAUSED".into(), &"ACTIVE".into()));
    assert!(changes.iter().all(|change| change["path"] != "id"), "what did not change is not told");
    let told = world.run(&["session", "diff", &id, "version:3", "-o", "table"]).well().said;
    assert!(told.contains("~ status: \"PAUSED\" → \"RESOLVED\""), "{told}");
    let nothing = world.run(&["session", "diff", &id, "now", "now"]).well();
    assert_eq!(nothing.said, "");
}

#[tokio::test]
async fn a_timeline_says_what_each_event_changed() {
    let world = World::new().await;
    let session = a_session(&world).await;
    let lines = world.run(&["session", "timeline", &session.to_string()]).well().lines();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0]["type"], "session.started");
    let note = lines.iter().find(|line| line["type"] == "session.note_added").unwrap();
    assert!(note["changed"].as_str().unwrap().contains("steps"), "{note}");
    let resolved = lines.iter().find(|line| line["type"] == "session.resolved").unwrap();
    assert!(resolved["changed"].as_str().unwrap().contains("resolution"), "{resolved}");
}

#[tokio::test]
async fn a_secret_that_was_masked_late_is_shown_at_no_point() {
    let world = World::new().await;
    let session = world.start("The word is opensesame").await;
    let redact = SessionAct::Redact {
        text: "opensesame".into(),
        placeholder: "[REDACTED:password:0badcafe]".to_owned(),
        reason: "A password was pasted".into(),
    };
    world.ask(session, redact).await;
    let id = session.to_string();
    for arguments in [
        &["session", "state-at", &id, "version:1"][..],
        &["session", "timeline", &id],
        &["session", "show", &id],
    ] {
        let said = world.run(arguments).well().said;
        assert!(!said.contains("opensesame") && said.contains("0badcafe"), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn a_session_that_is_not_there_is_not_found() {
    let world = World::new().await;
    let missing = world.run(&["session", "show", &SystemIds.next().to_string()]);
    assert_eq!((missing.code, missing.said.as_str()), (3, ""));
}
