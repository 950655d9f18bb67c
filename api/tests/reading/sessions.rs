//! Sessions as GraphQL shows them: one, as it stood at any moment, and the list.

use domain::access::By;
use domain::id::{EscalationId, IdSource as _, SystemIds};
use domain::session::command::SessionAct;
use serde_json::{Value, json};

use super::world::{INTAKE, World};

const SESSION: &str = "query ($id: ID!, $at: Instant) { session(id: $id, at: $at) {
    id version status assistant problemSummary problemDomain urgency keySymptoms confidenceScore confidenceTier
    openedBy { displayName } handler { displayName } team { name }
    intake { type text logContent attachments { id } redactions { kind } }
    match { flow { name status } flowVersion score keyword semantic policyVersion }
    steps { __typename ordinal kind text madeBy answer { option { label } answeredBy { displayName } }
        ... on QuestionStep { options { value } } ... on NoteStep { author { displayName } } }
    currentStep { id } stepCount stepLimit escalations { reason stepsTried { number description response } }
    documentation { markdown totalSteps } rating closedAt timeToResolve
} }";

#[tokio::test]
async fn a_session_shows_what_its_events_recorded() {
    let world = World::new().await;
    let (id, _) = world.diagnosed().await;
    let data = world.read(&world.engineer, SESSION, json!({ "id": id.to_string() })).await;
    let session = &data["session"];
    assert_eq!(session["version"], 8);
    assert_eq!((&session["status"], &session["assistant"]), (&json!("ACTIVE"), &json!("THINKING")));
    assert_eq!(session["problemSummary"], "Account locked out after a password change");
    assert_eq!(
        (&session["problemDomain"], &session["urgency"]),
        (&json!("ACTIVE_DIRECTORY"), &json!("HIGH"))
    );
    assert_eq!((&session["confidenceScore"], &session["confidenceTier"]), (&json!(0.9), &json!("GUIDED")));
    assert_eq!(session["handler"]["displayName"], "Ada Engineer");
    assert_eq!(session["team"]["name"], "Desk");
    assert_eq!(session["intake"]["text"], INTAKE);
    assert_eq!(session["intake"]["logContent"], Value::Null);
    assert_eq!((&session["match"]["score"], &session["match"]["flowVersion"]), (&json!(0.9), &json!(1)));
    assert_eq!(session["match"]["flow"]["status"], "PUBLISHED");
    assert_eq!((&session["stepCount"], &session["stepLimit"]), (&json!(1), &json!(30)));
    assert!(session["documentation"]["markdown"].as_str().unwrap().contains("Her phone"));

    let steps = session["steps"].as_array().unwrap();
    let kinds: Vec<_> = steps.iter().map(|step| step["__typename"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["NoteStep", "QuestionStep"]);
    assert_eq!((&steps[0]["madeBy"], &steps[0]["author"]), (&json!("flowpilot"), &Value::Null));
    assert_eq!(steps[1]["madeBy"], "playbook");
    assert_eq!(steps[1]["options"], json!([{ "value": "phone" }, { "value": "server" }]));
    assert_eq!(
        steps[1]["answer"],
        json!({ "option": { "label": "Her phone" }, "answeredBy": { "displayName": "Ada Engineer" } })
    );
}

/// Rule 11.4: an unknown session and a hidden one read the same.
#[tokio::test]
async fn a_session_of_others_is_null_and_left_out_of_lists() {
    let world = World::new().await;
    let (id, _) = world.start().await;
    for (who, sees) in
        [(&world.engineer, true), (&world.stranger, false), (&world.admin, true), (&world.analyst, true)]
    {
        let data = world
            .read(
                who,
                "query ($id: ID!) { session(id: $id) { id } sessions { nodes { id } totalCount } }",
                json!({ "id": id.to_string() }),
            )
            .await;
        assert_eq!(!data["session"].is_null(), sees, "{who:?}");
        assert_eq!(data["sessions"]["totalCount"], i32::from(sees), "{who:?}");
        assert_eq!(data["sessions"]["nodes"].as_array().unwrap().len(), usize::from(sees), "{who:?}");
    }
    for unknown in ["no id at all", "0195a3f2-7b1c-7000-8000-000000000000"] {
        let data = world
            .read(&world.engineer, "query ($id: ID!) { session(id: $id) { id } }", json!({ "id": unknown }))
            .await;
        assert_eq!(data["session"], Value::Null);
    }
}

#[tokio::test]
async fn an_escalation_lets_its_team_see_the_session_and_tells_what_was_tried() {
    let world = World::new().await;
    let (id, _) = world.diagnosed().await;
    let escalate = SessionAct::Escalate {
        escalation: EscalationId(SystemIds.next()),
        reason: "needs domain admin".into(),
        target: None,
        redactions: vec![],
    };
    world.act(id, By::Member(world.engineer.clone()), escalate).await;
    let query =
        "query ($id: ID!) { session(id: $id) { status escalation { reason insight target { id } pickedUpAt
        requestedBy { displayName } confidenceAtEscalation stepsTried { number kind response } } } }";
    let data = world.read(&world.engineer, query, json!({ "id": id.to_string() })).await;
    let escalation = &data["session"]["escalation"];
    assert_eq!(
        (&escalation["reason"], &escalation["insight"]),
        (&json!("needs domain admin"), &json!("PENDING"))
    );
    assert_eq!((&escalation["target"], &escalation["pickedUpAt"]), (&Value::Null, &Value::Null));
    assert_eq!(
        escalation["stepsTried"],
        json!([{ "number": 2, "kind": "QUESTION", "response": "Her phone" }])
    );
    let shown = world.read(&world.colleague, query, json!({ "id": id.to_string() })).await;
    assert_eq!(shown, data, "whoever may pick it up sees it");
    let hidden = world.read(&world.stranger, query, json!({ "id": id.to_string() })).await;
    assert_eq!(hidden["session"], Value::Null, "the session belongs to another team");
}

/// Time travel is the same fold over fewer events.
#[tokio::test]
async fn a_session_is_shown_as_it_was_after_any_of_its_events() {
    let world = World::new().await;
    let (id, _) = world.diagnosed().await;
    let at = |at: Value| json!({ "id": id.to_string(), "at": at });
    let then = world.read(&world.engineer, SESSION, at(json!({ "version": 2 }))).await["session"].clone();
    assert_eq!((&then["version"], &then["problemSummary"]), (&json!(2), &Value::Null));
    assert_eq!((&then["intake"]["text"], &then["steps"]), (&json!(INTAKE), &json!([])));
    assert_eq!(then["documentation"], Value::Null);

    let now = world.read(&world.engineer, SESSION, json!({ "id": id.to_string() })).await["session"].clone();
    let last = world.read(&world.engineer, SESSION, at(json!({ "version": 8 }))).await["session"].clone();
    assert_eq!(now, last, "the fold of all events is the read model");
    let beyond = world.read(&world.engineer, SESSION, at(json!({ "time": "2999-01-01T00:00:00Z" }))).await;
    assert_eq!(beyond["session"], now);
    for before in
        [json!({ "version": 0 }), json!({ "position": "0" }), json!({ "time": "2020-01-01T00:00:00Z" })]
    {
        let data = world.read(&world.engineer, SESSION, at(before.clone())).await;
        assert_eq!(data["session"], Value::Null, "{before}");
    }
    let hidden = world.read(&world.stranger, SESSION, at(json!({ "version": 2 }))).await;
    assert_eq!(hidden["session"], Value::Null);
}

#[tokio::test]
async fn a_text_that_was_masked_late_is_masked_in_the_past_and_in_events_too() {
    let world = World::new().await;
    let (id, _) = world.diagnosed().await;
    let redact = SessionAct::Redact {
        text: "every twenty minutes".into(),
        placeholder: "[masked]".to_owned(),
        reason: "says too much".into(),
    };
    world.act(id, By::Member(world.engineer.clone()), redact).await;
    let query =
        "query ($id: ID!) { now: session(id: $id) { intake { text } events { nodes { type payload } } }
        then: session(id: $id, at: { version: 1 }) { intake { text } events { nodes { payload } } } }";
    let data = world.read(&world.engineer, query, json!({ "id": id.to_string() })).await;
    assert!(data["now"]["intake"]["text"].as_str().unwrap().contains("password, [masked]"));
    assert!(data["then"]["intake"]["text"].as_str().unwrap().contains("password, [masked]"));
    assert!(!data.to_string().contains("every twenty minutes"), "{data}");
    let whole =
        world.read(&world.analyst, "{ events(first: 100) { nodes { type payload } } }", json!({})).await;
    assert!(whole.to_string().contains("content_redacted"));
    assert!(!whole.to_string().contains("every twenty minutes"), "not even in full");
}

#[tokio::test]
async fn pages_of_sessions_follow_each_other_without_gap_or_repetition() {
    let world = World::new().await;
    let mut started = Vec::new();
    for _ in 0..5 {
        started.push(world.start().await.0.to_string());
    }
    let query = "query ($after: String, $order: SessionOrder, $filter: SessionFilter) {
        sessions(first: 2, after: $after, orderBy: $order, filter: $filter) {
            nodes { id } edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }";
    for (order, newest_first) in [(json!("NEWEST"), true), (json!("OLDEST"), false), (Value::Null, true)] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables =
                json!({ "after": after, "order": order, "filter": { "status": [], "mine": null } });
            let page = world.read(&world.engineer, query, variables).await["sessions"].clone();
            seen.extend(
                page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()),
            );
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let mut expected = started.clone();
        if newest_first {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
    let closed = json!({ "filter": { "status": ["RESOLVED", "ABANDONED"] } });
    assert_eq!(world.read(&world.engineer, query, closed).await["sessions"]["nodes"], json!([]));
    let found = json!({ "filter": { "search": "lock twenty" } });
    assert_eq!(
        world.read(&world.engineer, query, found).await["sessions"]["nodes"].as_array().unwrap().len(),
        2
    );
    let (_, errors) = world.ask(&world.engineer, query, json!({ "after": "what" })).await;
    assert_eq!(errors, ["GRAPHQL_VALIDATION_FAILED"]);
}
