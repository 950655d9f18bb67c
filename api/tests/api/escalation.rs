//! Handing a session from one to another, and what happens when nobody takes it (section 3, rules 2.11, 2.16, 11.3).

use api::workers::expire;
use domain::account::event::Quotas;
use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::course::wait_for_step;
use crate::play::{self, RIDDLE};
use crate::watching::Socket;
use crate::world::{World, eventually, new_key};

const REASON: &str = "Pumps are beyond me.";
const QUEUE: &str = "{ escalationQueue { nodes { id } totalCount } }";
const HANDLED: &str = "query($id: ID!) { session(id: $id) { status handler { id } } }";
const WATCH: &str = "subscription { escalationQueueUpdated { id status handler { id } \
    steps { kind text } escalation { pickUpContext pickedUpBy { id } } events(first: 100) { nodes { type } } } }";

async fn escalated(client: &Client, target: Option<&str>) -> play::Begun {
    let session = play::start(client, RIDDLE).await;
    escalate(client, &session.id, target).await;
    session
}

async fn escalate(client: &Client, session: &str, target: Option<&str>) -> Value {
    let input = json!({ "sessionId": session, "reason": REASON, "targetId": target });
    client.done("escalateSession", input, "session { id status } documentation { escalationReason }").await
}

async fn queue(client: &Client) -> Vec<String> {
    let mut queue = client.data(QUEUE, Value::Null).await["escalationQueue"].take();
    let ids = queue["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned());
    let ids: Vec<_> = ids.collect();
    assert_eq!(queue["totalCount"].take(), ids.len());
    ids
}

// Rule 3.3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_pick_up_at_the_same_moment_one_wins_and_the_other_hears_of_it() {
    let world = World::start().await;
    let firm = &world.firm;
    for round in 1..=100 {
        let session = escalated(&firm.engineer, None).await;
        let input = json!({ "sessionId": session.id });
        let (one, other) = tokio::join!(
            firm.engineer2.command("pickUpSession", input.clone(), ""),
            firm.admin.command("pickUpSession", input.clone(), ""),
        );
        let (winner, won, lost) = if one["userErrors"] == json!([]) {
            (&firm.engineer2, one, other)
        } else {
            (&firm.admin, other, one)
        };
        assert_eq!(won["userErrors"], json!([]), "round {round}: {won}");
        assert_eq!(lost["userErrors"][0]["code"], "ALREADY_PICKED_UP", "round {round}");
        assert_eq!(lost["position"], Value::Null);
        let data = firm.owner.data_at(position(&won), HANDLED, json!({ "id": session.id })).await;
        assert_eq!(data["session"]["handler"]["id"], winner.id.to_string());
        assert_eq!(data["session"]["status"], "ACTIVE");
    }
    let picked = "SELECT count(*) FROM events WHERE event_type = 'session.escalation_picked_up'";
    assert_eq!(world.count(picked).await, 100);
}

// Rules 3.2, 3.4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_picker_is_briefed_and_handles_the_session_and_the_old_handler_cannot_answer() {
    let world = World::start().await;
    let (old, new) = (&world.firm.engineer, &world.firm.engineer2);
    let session = play::start(old, RIDDLE).await;
    let answered =
        play::answer(old, &session.id, &session.step, json!({ "freeText": "It hums at night." })).await;
    let open = &answered["nextStep"];
    let payload = escalate(old, &session.id, None).await;
    assert_eq!(payload["session"]["status"], "REQUESTING_ESCALATION");
    assert_eq!(payload["documentation"]["escalationReason"], REASON);
    let early = play::answer(old, &session.id, open, json!({ "freeText": "It stopped." })).await;
    assert_eq!(early["userErrors"][0]["code"], "WRONG_STATUS");

    let fresh = json!({ "sessionId": session.id, "mode": "FRESH" });
    assert_eq!(new.refused("pickUpSession", fresh).await, "INVALID_INPUT", "FRESH needs context");
    let input = json!({ "sessionId": session.id, "context": "The key is password: Hunter2-Hunter2 here." });
    let selection = "session { status handler { id } steps { id kind text supersededAt } \
        escalation { pickedUpBy { id } pickUpMode pickUpContext stepsTried { response } } } nextStep { id }";
    let picked = new.done("pickUpSession", input, selection).await;
    assert_eq!(picked["session"]["handler"]["id"], new.id.to_string());
    assert_eq!(picked["session"]["status"], "ACTIVE");
    let escalation = &picked["session"]["escalation"];
    assert_eq!(escalation["pickedUpBy"]["id"], new.id.to_string());
    assert_eq!(escalation["pickUpMode"], "CONTINUE");
    assert_eq!(escalation["stepsTried"].as_array().unwrap().len(), 1);
    assert!(!picked.to_string().contains("Hunter2"), "what the picker brings is redacted too");
    let steps = picked["session"]["steps"].as_array().unwrap();
    let briefing = steps.iter().find(|step| step["kind"] == "BRIEFING").unwrap()["text"].as_str().unwrap();
    for told in [REASON, "It hums at night.", "[REDACTED:password:"] {
        assert!(briefing.contains(told), "{told} in {briefing}");
    }
    let superseded = steps.iter().find(|step| step["id"] == open["id"]).unwrap();
    assert!(superseded["supersededAt"].is_string());
    let next = &picked["nextStep"];
    assert!(next["id"].is_string(), "the next step came in time");

    let late = play::answer(old, &session.id, next, json!({ "freeText": "Mine." })).await;
    assert_eq!(late["userErrors"][0]["code"], "NOT_ENTITLED");
    let answered = play::answer(new, &session.id, next, json!({ "freeText": "The pump is loose." })).await;
    assert_eq!(answered["userErrors"], json!([]));
    let seen = old.data(HANDLED, json!({ "id": session.id })).await;
    assert_eq!(seen["session"]["handler"]["id"], new.id.to_string(), "rule 11.4: past handlers see it");
}

// Rules 3.1, 3.3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_named_target_alone_may_pick_up_and_has_to_be_a_colleague_who_handles_sessions() {
    let world = World::start().await;
    let (firm, rival) = (&world.firm, &world.rival);
    let session = play::start(&firm.engineer, RIDDLE).await;
    let to = |target: &str| json!({ "sessionId": session.id, "reason": REASON, "targetId": target });
    for stranger in [firm.analyst.id, firm.operator.id, rival.engineer.id] {
        let target = to(&stranger.to_string());
        assert_eq!(firm.engineer.refused("escalateSession", target.clone()).await, "UNKNOWN_TARGET");
        assert_eq!(firm.admin.refused("escalateSession", target.clone()).await, "NOT_ENTITLED");
        assert_eq!(firm.loner.refused("escalateSession", target).await, "NOT_FOUND", "nothing is told of it");
    }
    assert_eq!(firm.engineer.refused("escalateSession", to("no-id")).await, "UNKNOWN_TARGET");
    let oneself = to(&firm.engineer.id.to_string());
    assert_eq!(firm.engineer.refused("escalateSession", oneself).await, "SELF_ESCALATION");

    // The target need not be of the session's team.
    let mut input = to(&firm.loner.id.to_string());
    input["idempotencyKey"] = json!(new_key());
    let first = firm.engineer.done("escalateSession", input.clone(), "").await;
    let again = firm.engineer.done("escalateSession", input, "").await;
    assert_eq!(position(&first), position(&again), "the same key escalates once");
    assert_eq!(queue(&firm.loner).await, [session.id.as_str()]);
    let pick_up = json!({ "sessionId": session.id });
    for (person, code) in [
        (&firm.engineer, "NOT_ENTITLED"),
        (&firm.engineer2, "NOT_FOUND"),
        (&firm.admin, "NOT_ENTITLED"),
        (&firm.owner, "NOT_ENTITLED"),
        (&rival.engineer, "NOT_FOUND"),
        (&rival.owner, "NOT_FOUND"),
    ] {
        assert_eq!(person.refused("pickUpSession", pick_up.clone()).await, code, "{}", person.name);
        assert_eq!(queue(person).await, [""; 0], "{}", person.name);
        let sees = person.data(HANDLED, json!({ "id": session.id })).await["session"].is_object();
        assert_eq!(sees, code != "NOT_FOUND", "{}", person.name);
    }
    firm.loner.done("pickUpSession", pick_up, "").await;
}

// Rules 2.5, 2.7, 11.3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_escalated_takes_it_back_or_hands_it_off() {
    let world = World::start().await;
    let firm = &world.firm;
    let session = escalated(&firm.engineer, None).await;
    let command = json!({ "sessionId": session.id });
    let hand_off = json!({ "sessionId": session.id, "to": "The vendor, whose password is Hunter2-Hunter2" });
    for other in [&firm.engineer2, &firm.admin, &firm.owner] {
        for (mutation, input) in [("recallEscalation", &command), ("handOffSession", &hand_off)] {
            let code = other.refused(mutation, input.clone()).await;
            assert_eq!(code, "NOT_ENTITLED", "{mutation} by {}", other.name);
        }
    }
    let back = "session { status handler { id } currentStep { id } }";
    let recalled = firm.engineer.done("recallEscalation", command.clone(), back).await;
    assert_eq!(recalled["session"]["status"], "ACTIVE");
    assert_eq!(recalled["session"]["currentStep"]["id"], session.step["id"], "the open step is kept");
    assert_eq!(firm.engineer2.refused("pickUpSession", command.clone()).await, "WRONG_STATUS", "rule 3.3");
    assert_eq!(firm.engineer.refused("recallEscalation", command).await, "WRONG_STATUS");
    assert_eq!(firm.engineer.refused("handOffSession", hand_off.clone()).await, "WRONG_STATUS");

    escalate(&firm.engineer, &session.id, None).await;
    let closed = "session { status currentStep { id } closedAt } documentation { markdown }";
    let handed = firm.engineer.done("handOffSession", hand_off, closed).await;
    assert_eq!(handed["session"]["status"], "ESCALATED");
    assert!(handed["session"]["closedAt"].is_string());
    assert_eq!(handed["session"]["currentStep"], Value::Null);
    assert!(!handed.to_string().contains("Hunter2"));
    assert_eq!(queue(&firm.engineer2).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_shows_what_one_may_pick_up_longest_waiting_first_page_by_page() {
    let world = World::start().await;
    let firm = &world.firm;
    let begun = [
        play::start(&firm.engineer, RIDDLE).await.id,
        play::start(&firm.engineer, RIDDLE).await.id,
        play::start(&firm.loner, RIDDLE).await.id,
    ];
    // Escalated in another order than they were begun in; the loner's session belongs to no team.
    escalate(&firm.engineer, &begun[1], None).await;
    escalate(&firm.loner, &begun[2], None).await;
    escalate(&firm.engineer, &begun[0], None).await;
    let all = [begun[1].as_str(), &begun[2], &begun[0]];
    for person in [&firm.engineer2, &firm.admin] {
        assert_eq!(queue(person).await, all, "{}", person.name);
    }
    assert_eq!(queue(&firm.engineer).await, [begun[2].as_str()], "never one's own");
    assert_eq!(queue(&firm.owner).await, [begun[2].as_str()], "the team's are for the team");
    for person in [&firm.loner, &firm.analyst, &firm.operator, &world.rival.engineer, &world.rival.owner] {
        assert_eq!(queue(person).await, [""; 0], "{}", person.name);
    }
    let paged = "query($after: String) { escalationQueue(first: 1, after: $after) { nodes { id } \
        pageInfo { hasNextPage endCursor } } }";
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = firm.engineer2.data(paged, json!({ "after": after })).await["escalationQueue"].take();
        seen.push(page["nodes"][0]["id"].as_str().unwrap().to_owned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_watches_the_queue_sees_sessions_come_and_go_and_nothing_of_what_is_hidden_then() {
    let world = World::start().await;
    let firm = &world.firm;
    let session = play::start(&firm.engineer, RIDDLE).await;
    let mut colleague = watching(&firm.engineer2).await;
    let mut stranger = watching(&world.rival.engineer).await;
    let mut loner = watching(&firm.loner).await;
    escalate(&firm.engineer, &session.id, None).await;
    let came = colleague.item().await["escalationQueueUpdated"].take();
    assert_eq!((&came["id"], &came["status"]), (&json!(session.id), &json!("REQUESTING_ESCALATION")));
    firm.engineer.done("recallEscalation", json!({ "sessionId": session.id }), "").await;
    let went = colleague.item().await["escalationQueueUpdated"].take();
    assert_eq!((&went["id"], &went["status"]), (&json!(session.id), &json!("ACTIVE")));

    escalate(&firm.engineer, &session.id, None).await;
    assert_eq!(colleague.item().await["escalationQueueUpdated"]["status"], "REQUESTING_ESCALATION");
    let pick_up = json!({ "sessionId": session.id, "context": "For my eyes." });
    firm.admin.done("pickUpSession", pick_up, "").await;
    let went = colleague.item().await["escalationQueueUpdated"].take();
    assert_eq!((&went["id"], &went["status"]), (&json!(session.id), &json!("ACTIVE")));
    assert_eq!(went["handler"]["id"], firm.admin.id.to_string());
    assert_eq!(went["escalation"]["pickedUpBy"]["id"], firm.admin.id.to_string());
    for hidden in ["For my eyes.", "BRIEFING", "session.escalation_picked_up"] {
        assert!(!went.to_string().contains(hidden), "{hidden}: {went}");
    }
    // The next thing that the others hear of is the first that concerns them.
    let theirs = escalated(&world.rival.admin, None).await;
    assert_eq!(stranger.item().await["escalationQueueUpdated"]["id"], theirs.id);
    let theirs = escalated(&firm.engineer2, Some(&firm.loner.id.to_string())).await;
    assert_eq!(loner.item().await["escalationQueueUpdated"]["id"], theirs.id);
}

/// A socket on which the queue is watched already: what is asked after it on the same socket was answered.
async fn watching(client: &Client) -> Socket {
    let mut socket = Socket::following(client, WATCH, Value::Null).await;
    socket.subscribe("2", QUEUE, Value::Null).await;
    for expected in ["next", "complete"] {
        let message = socket.next().await.unwrap();
        assert_eq!((&message["id"], &message["type"]), (&json!("2"), &json!(expected)), "{message}");
    }
    socket
}

// Rule 2.11.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_without_steps_left_is_picked_up_all_the_same() {
    let world = World::with(Quotas { step_limit: 1, ..Quotas::default() }).await;
    let firm = &world.firm;
    let session = escalated(&firm.engineer, None).await;
    let input = json!({ "sessionId": session.id, "idempotencyKey": new_key() });
    for time in ["first", "again"] {
        let selection = "session { status handler { id } } nextStep { id }";
        let picked = firm.engineer2.command("pickUpSession", input.clone(), selection).await;
        assert_eq!(picked["userErrors"][0]["code"], "STEP_LIMIT_REACHED", "{time}: {picked}");
        assert!(picked["position"].is_string(), "{time}");
        assert_eq!(picked["session"]["handler"]["id"], firm.engineer2.id.to_string(), "{time}");
        assert_eq!(picked["nextStep"], Value::Null);
    }
    let resolve = json!({ "sessionId": session.id, "summary": "Switched the pump off." });
    firm.engineer2.done("resolveSession", resolve, "").await;
}

// Rule 2.16.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_nobody_touches_are_abandoned_and_escalations_that_nobody_takes_come_back() {
    let world = World::with(Quotas { idle_hours: 10, escalation_hours: 4, ..Quotas::default() }).await;
    let (firm, rival) = (&world.firm, &world.rival);
    let active = play::start(&firm.engineer, RIDDLE).await.id;
    let paused = play::start(&firm.engineer, RIDDLE).await.id;
    firm.engineer.done("pauseSession", json!({ "sessionId": paused }), "").await;
    let touched = play::start(&firm.engineer, RIDDLE).await.id;
    let waiting = escalated(&firm.engineer, None).await;
    let patient = play::start(&rival.engineer, RIDDLE).await.id;
    let expire = async || expire::once(&world.app).await.unwrap();
    let is = async |id: &str, status: &str| {
        let stored = "SELECT status FROM sessions WHERE id = $1::uuid";
        eventually(&format!("{id} is {status}"), async || {
            let now: String = sqlx::query_scalar(stored).bind(id).fetch_one(&world.pool).await.unwrap();
            now == status
        })
        .await;
    };
    let abandoned = "SELECT count(*) FROM events WHERE event_type = 'session.abandoned'";
    let expired = "SELECT count(*) FROM events WHERE event_type = 'session.escalation_expired'";

    world.clock.pass(chrono::Duration::minutes(4 * 60 - 5));
    expire().await;
    assert_eq!(world.count(expired).await, 0, "not yet");
    world.clock.pass(chrono::Duration::minutes(6));
    // A note is no pick-up.
    firm.engineer.done("addNote", json!({ "sessionId": waiting.id, "text": "Anybody?" }), "").await;
    expire().await;
    expire().await;
    is(&waiting.id, "ACTIVE").await;
    assert_eq!(world.count(expired).await, 1);
    let back = firm.engineer.data(HANDLED, json!({ "id": waiting.id })).await;
    assert_eq!(back["session"]["handler"]["id"], firm.engineer.id.to_string());
    assert_eq!(queue(&firm.engineer2).await, [""; 0]);

    world.clock.pass(chrono::Duration::minutes(6 * 60 - 6));
    let noted =
        firm.engineer.done("addNote", json!({ "sessionId": touched, "text": "Still on it." }), "").await;
    firm.engineer.data_at(position(&noted), HANDLED, json!({ "id": touched })).await;
    expire().await;
    assert_eq!(world.count(abandoned).await, 0, "not yet");
    world.clock.pass(chrono::Duration::minutes(6));
    tokio::join!(expire(), expire());
    expire().await;
    is(&active, "ABANDONED").await;
    is(&paused, "ABANDONED").await;
    is(&touched, "ACTIVE").await;
    is(&waiting.id, "ACTIVE").await;
    is(&patient, "ACTIVE").await;
    assert_eq!(world.count(abandoned).await, 2);
    firm.engineer.done("reopenSession", json!({ "sessionId": active, "reason": "It hums again." }), "").await;
    // Else the step would come after all those hours, which is something that happens.
    wait_for_step(&firm.engineer, &active).await;
    world.clock.pass(chrono::Duration::hours(11));
    expire().await;
    is(&active, "ABANDONED").await;
    is(&touched, "ABANDONED").await;
    is(&patient, "ACTIVE").await;
}

// Rule 2.2: a secret that no rule knew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_found_late_is_masked_everywhere_and_at_all_times() {
    const SECRET: &str = "blue-heron-42";
    let world = World::start().await;
    let firm = &world.firm;
    let text = format!("The aquarium hums and its door opens with {SECRET}, as all know.");
    let session = play::start(&firm.engineer, &text).await;
    let answer = json!({ "freeText": format!("I tried {SECRET} at the door.") });
    play::answer(&firm.engineer, &session.id, &session.step, answer).await;
    escalate(&firm.engineer, &session.id, None).await;
    let whole = "query($id: ID!, $at: Instant) { session(id: $id, at: $at) { problemSummary keySymptoms \
        intake { text } steps { text answer { freeText } } documentation { markdown } \
        events(first: 100) { nodes { type payload } } } }";
    let before = firm.owner.data(whole, json!({ "id": session.id })).await.to_string();
    assert!(before.contains(SECRET));

    let reason = format!("{SECRET} is the code of the door.");
    let input = json!({ "sessionId": session.id, "text": SECRET, "reason": reason });
    assert_eq!(firm.engineer2.refused("redactSession", input.clone()).await, "NOT_ENTITLED");
    assert_eq!(firm.loner.refused("redactSession", input.clone()).await, "NOT_FOUND");
    let short = json!({ "sessionId": session.id, "text": "the", "reason": "Too short." });
    assert_eq!(firm.engineer.refused("redactSession", short).await, "INVALID_INPUT");
    let masked = firm.engineer.done("redactSession", input.clone(), "session { intake { text } }").await;
    assert!(masked["session"]["intake"]["text"].as_str().unwrap().contains("opens with [REDACTED:manual:"));
    // Again, and by somebody who administers the team: nothing is left to do.
    firm.admin.done("redactSession", input, "").await;

    let picked = firm.engineer2.done("pickUpSession", json!({ "sessionId": session.id }), "").await;
    let at = position(&picked);
    let first = json!({ "version": 1 });
    let then = json!({ "position": session.position.to_string() });
    for at_once in [Value::Null, first, then] {
        for person in [&firm.engineer, &firm.engineer2, &firm.owner] {
            let seen =
                person.data_at(at, whole, json!({ "id": session.id, "at": at_once })).await.to_string();
            assert!(!seen.contains(SECRET), "{at_once} by {}: {seen}", person.name);
            assert!(seen.contains("[REDACTED:manual:"), "{at_once}: {seen}");
        }
    }
    let log = "query($id: ID!) { events(first: 100, filter: { aggregateId: $id }) { nodes { payload } } }";
    let log = firm.owner.data(log, json!({ "id": session.id })).await.to_string();
    assert!(!log.contains(SECRET), "{log}");
    let found = "query($words: String!) { sessions(filter: { search: $words }) { nodes { id } } }";
    let found = firm.owner.data(found, json!({ "words": "heron" })).await;
    assert_eq!(found["sessions"]["nodes"], json!([]), "nobody finds it by the secret");
}

// Rule 2.16.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_named_target_leaves_or_handles_sessions_no_more_the_session_opens_to_its_team() {
    let world = World::start().await;
    let firm = &world.firm;
    let target = firm.engineer2.id.to_string();
    for (mutation, input) in [
        ("changeMemberRole", json!({ "userId": target, "role": "ANALYST" })),
        ("removeMember", json!({ "userId": target })),
    ] {
        let restored = json!({ "userId": target, "role": "ENGINEER" });
        firm.owner.done("changeMemberRole", restored, "").await;
        let session = escalated(&firm.engineer, Some(&target)).await;
        let waiting = async || {
            let queue = firm.admin.data("{ escalationQueue { nodes { id } } }", Value::Null).await;
            queue.to_string().contains(&session.id)
        };
        assert!(!waiting().await, "it is for the target alone");
        firm.owner.done(mutation, input, "").await;
        eventually("the session is open to its team", waiting).await;
        let picked = firm.admin.done("pickUpSession", json!({ "sessionId": session.id }), "").await;
        assert!(position(&picked) > session.position);
    }
    let released = "SELECT count(*) FROM events WHERE event_type = 'session.escalation_target_released'";
    assert_eq!(world.count(released).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_cannot_be_read_holds_up_the_timers_of_no_other() {
    let world = World::with(Quotas { idle_hours: 10, ..Quotas::default() }).await;
    let firm = &world.firm;
    let idle = play::start(&firm.engineer, RIDDLE).await.id;
    let target = firm.engineer2.id.to_string();
    let sick = escalated(&firm.engineer, Some(&target)).await.id;
    crate::poison::append(&world, &sick, "session.note_added", "1.0", json!({ "garbage": true })).await;
    firm.owner.done("removeMember", json!({ "userId": target }), "").await;
    world.clock.pass(chrono::Duration::hours(11));
    expire::once(&world.app).await.unwrap();
    let abandoned = format!(
        "SELECT count(*) FROM events WHERE event_type = 'session.abandoned' AND aggregate_id = '{idle}'"
    );
    assert_eq!(world.count(&abandoned).await, 1);
    let released = "SELECT count(*) FROM events WHERE event_type = 'session.escalation_target_released'";
    assert_eq!(world.count(released).await, 0, "it waits until it can be read");
}
