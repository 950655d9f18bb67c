//! Who sees a session, whatever became of it, and on every way to it alike (rules 3.3 and 11.3–11.5).

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::attachments;
use crate::firm::Person;
use crate::play::RIDDLE;
use crate::watching::Socket;
use crate::world::World;

/// What happens to a session, in order.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Somebody starts it.
    Start(Who),
    /// Its handler asks for anybody, or for somebody.
    Escalate(Who, Option<Who>),
    /// Somebody takes it.
    PickUp(Who),
    /// Who escalated it takes it back.
    Recall(Who),
    /// Who escalated it gives it to somebody outside.
    HandOff(Who),
    /// Its handler gives it up.
    Abandon(Who),
}

#[derive(Debug, Clone, Copy)]
enum Who {
    /// Of the team.
    Edda,
    /// Of the team.
    Emil,
    /// Of no team.
    Lona,
}

use Act::{Abandon, Escalate, HandOff, PickUp, Recall, Start};
use Who::{Edda, Emil, Lona};

/// What happened, and who sees the session then: Edda, Emil (of the same team), Lona (of none). Who reads everything in the
/// account always does, nobody of another account ever.
const TABLE: &[(&[Act], [bool; 3])] = &[
    (&[Start(Edda)], [true, false, false]),
    (&[Start(Lona)], [false, false, true]),
    (&[Start(Edda), Abandon(Edda)], [true, false, false]),
    // While it waits, those who may take it: of its team, or of the account where it has none.
    (&[Start(Edda), Escalate(Edda, None)], [true, true, false]),
    (&[Start(Lona), Escalate(Lona, None)], [true, true, true]),
    (&[Start(Edda), Escalate(Edda, Some(Lona))], [true, false, true]),
    (&[Start(Lona), Escalate(Lona, Some(Emil))], [false, true, true]),
    // Then no longer, save the one who was named.
    (&[Start(Edda), Escalate(Edda, None), Recall(Edda)], [true, false, false]),
    (&[Start(Edda), Escalate(Edda, Some(Lona)), Recall(Edda)], [true, false, true]),
    (&[Start(Edda), Escalate(Edda, None), HandOff(Edda)], [true, false, false]),
    // Handlers past and present, and the opener.
    (&[Start(Edda), Escalate(Edda, None), PickUp(Emil)], [true, true, false]),
    (&[Start(Lona), Escalate(Lona, None), PickUp(Emil)], [false, true, true]),
    (
        &[Start(Edda), Escalate(Edda, Some(Lona)), PickUp(Lona), Escalate(Lona, Some(Emil))],
        [true, true, true],
    ),
    (
        &[
            Start(Edda),
            Escalate(Edda, None),
            PickUp(Emil),
            Escalate(Emil, Some(Lona)),
            PickUp(Lona),
            Abandon(Lona),
        ],
        [true, true, true],
    ),
    // The target of an earlier escalation who never took it is none any more.
    (
        &[Start(Edda), Escalate(Edda, Some(Lona)), Recall(Edda), Escalate(Edda, None), Recall(Edda)],
        [true, false, false],
    ),
];

impl Who {
    fn of(self, world: &World) -> &Person {
        match self {
            Edda => &world.firm.engineer,
            Emil => &world.firm.engineer2,
            Lona => &world.firm.loner,
        }
    }
}

/// A session to which this has happened, and its attachment.
async fn after(world: &World, acts: &[Act]) -> (String, Value) {
    let (mut session, mut attachment) = (String::new(), Value::Null);
    for act in acts {
        let on_it = json!({ "sessionId": session });
        match *act {
            Start(who) => {
                let who = who.of(world);
                attachment = attachments::upload(who, "aquarium.png", &attachments::png(1, 300)).await;
                let input =
                    json!({ "intakeType": "COMBINED", "text": RIDDLE, "attachmentIds": [attachment["id"]] });
                let started = who.done("startSession", input, "session { id } firstStep { id }").await;
                started["session"]["id"].as_str().unwrap().clone_into(&mut session);
            }
            Escalate(who, target) => {
                let target = target.map(|target| target.of(world).id.to_string());
                let input =
                    json!({ "sessionId": session, "reason": "Pumps are beyond me.", "targetId": target });
                who.of(world).done("escalateSession", input, "session { version }").await;
            }
            PickUp(who) => drop(who.of(world).done("pickUpSession", on_it, "").await),
            Recall(who) => drop(who.of(world).done("recallEscalation", on_it, "").await),
            HandOff(who) => {
                let input = json!({ "sessionId": session, "to": "The vendor of the pump." });
                who.of(world).done("handOffSession", input, "session { version }").await;
            }
            Abandon(who) => drop(who.of(world).done("abandonSession", on_it, "").await),
        }
    }
    (session, attachment)
}

/// Every way to a session, and whether it leads there.
async fn ways(person: &Person, session: &str, attachment: &Value) -> Vec<(&'static str, bool)> {
    let query = "query($id: ID!) { session(id: $id) { id documentation { markdown } } \
        first: session(id: $id, at: { version: 1 }) { id } sessions(first: 100) { nodes { id } } }";
    let data = person.data(query, json!({ "id": session })).await;
    let listed = data["sessions"]["nodes"].as_array().unwrap().iter().any(|node| node["id"] == session);
    let mut ways = vec![
        ("session", data["session"]["documentation"]["markdown"].is_string()),
        ("session at its first event", data["first"].is_object()),
        ("sessions", listed),
        ("its attachment", attachments::status(person, attachment).await == 200),
    ];
    for (way, subscription) in [
        ("sessionUpdated", "subscription($id: ID!) { sessionUpdated(id: $id) { id } }"),
        ("sessionEvents", "subscription($id: ID!) { sessionEvents(sessionId: $id) { type } }"),
    ] {
        let mut socket = Socket::following(person, subscription, json!({ "id": session })).await;
        let message = socket.next().await.unwrap();
        ways.push((way, message["type"] == "next" && message["payload"]["errors"].is_null()));
    }
    ways
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_became_of_a_session_the_same_people_see_it_on_every_way_to_it() {
    let world = World::start().await;
    let (firm, rival) = (&world.firm, &world.rival);
    let mut wrong = Vec::new();
    for (acts, [edda, emil, lona]) in TABLE {
        let (session, attachment) = after(&world, acts).await;
        let columns = [
            (&firm.engineer, *edda),
            (&firm.engineer2, *emil),
            (&firm.loner, *lona),
            (&firm.admin, true),
            (&firm.analyst, true),
            (&firm.owner, true),
            (&firm.operator, true),
            (&rival.engineer, false),
            (&rival.admin, false),
            (&rival.owner, false),
            (&rival.operator, false),
        ];
        let seen = columns.map(|(person, _)| ways(person, &session, &attachment));
        for ((person, may), ways) in columns.into_iter().zip(join_all(seen).await) {
            let other = ways.into_iter().filter(|(_, leads)| *leads != may);
            wrong.extend(other.map(|(way, _)| format!("{acts:?}: {} by {way}, who may: {may}", person.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// Rule 3.3: the queue holds what one may take, which is less than what one sees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_shows_each_what_they_may_take() {
    let world = World::start().await;
    let firm = &world.firm;
    let (team, _) = after(&world, &[Start(Edda), Escalate(Edda, None)]).await;
    let (anybody, _) = after(&world, &[Start(Lona), Escalate(Lona, None)]).await;
    let (named, _) = after(&world, &[Start(Edda), Escalate(Edda, Some(Lona))]).await;
    for (person, expected) in [
        (&firm.engineer, vec![&anybody]),
        (&firm.engineer2, vec![&team, &anybody]),
        (&firm.loner, vec![&named]),
        (&firm.admin, vec![&team, &anybody]),
        (&firm.owner, vec![&anybody]),
        (&firm.analyst, vec![]),
        (&firm.operator, vec![]),
        (&world.rival.engineer, vec![]),
        (&world.rival.owner, vec![]),
    ] {
        let queue = person.data("{ escalationQueue { nodes { id } } }", Value::Null).await;
        let nodes = queue["escalationQueue"]["nodes"].as_array().unwrap();
        let ids: Vec<_> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{}", person.name);
        for id in [&team, &anybody, &named] {
            let sees = person.data("query($id: ID!) { session(id: $id) { id } }", json!({ "id": id })).await;
            assert!(
                !expected.contains(&id) || sees["session"].is_object(),
                "{} takes what they see",
                person.name
            );
        }
    }
}

/// Payloads of events on every way to them.
async fn payloads(person: &Person, session: &str, with_log: bool) -> Vec<Value> {
    let one = "query($id: ID!) { session(id: $id) { events(first: 100) { nodes { type payload } } } }";
    let mut ways =
        vec![person.data(one, json!({ "id": session })).await["session"]["events"]["nodes"].take()];
    if with_log {
        let log =
            "query($id: ID!) { events(first: 100, filter: { aggregateId: $id }) { nodes { type payload } } }";
        ways.push(person.data(log, json!({ "id": session })).await["events"]["nodes"].take());
    }
    let follow = "subscription($id: ID!) { sessionEvents(sessionId: $id) { type payload } }";
    let mut socket = Socket::following(person, follow, json!({ "id": session })).await;
    let count = ways[0].as_array().unwrap().len();
    let mut followed = Vec::new();
    for _ in 0..count {
        followed.push(socket.item().await["sessionEvents"].take());
    }
    ways.push(followed.into());
    ways
}

// Rule 11.5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_whole_for_those_who_study_them_and_public_for_those_who_see_the_session() {
    let world = World::start().await;
    let firm = &world.firm;
    let (session, _) = after(&world, &[Start(Edda), Escalate(Edda, None)]).await;
    for (person, reads_log, whole) in [
        (&firm.engineer, false, false),
        (&firm.engineer2, false, false),
        (&firm.admin, true, false),
        (&firm.analyst, true, true),
        (&firm.owner, true, true),
        (&firm.operator, true, true),
    ] {
        for way in payloads(person, &session, reads_log).await {
            let events = way.as_array().unwrap();
            let matched = events.iter().find(|event| event["type"] == "session.flow_matched").unwrap();
            assert_eq!(matched["payload"].get("candidates").is_some(), whole, "{}: {matched}", person.name);
            assert!(matched["payload"]["policy_version"].is_number(), "the rest is there for all");
        }
    }
}
