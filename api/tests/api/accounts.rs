//! Accounts, teams and members through the API: who may change what, and what becomes of it (rules 4.5, 11.2, 11.6).

use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::play::{self, RIDDLE};
use crate::watching::Socket;
use crate::world::{World, eventually, new_key, token};

const ACCOUNT: &str = "{ account { version name timeZone businessHours { days start end } \
    quotas { assistantCallsPerDay stepLimit idleHours } teams { id name context } members { id active role teams { id } } } }";

async fn account(client: &Client, at: &Value) -> Value {
    client.data_at(position(at), ACCOUNT, Value::Null).await["account"].take()
}

fn named<'a>(list: &'a Value, id: &Value) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|it| it["id"] == *id);
    found.unwrap_or_else(|| panic!("no {id} in {list}"))
}

/// Every command on an account, with an input that would be right for the first firm.
fn commands(world: &World) -> Vec<(&'static str, Value)> {
    let (engineer, team) = (world.firm.engineer.id.to_string(), world.firm.team.to_string());
    vec![
        ("configureAccount", json!({ "name": "Northwind" })),
        ("createTeam", json!({ "name": "Second line" })),
        ("configureTeam", json!({ "teamId": team, "context": "Hosts begin with NW." })),
        (
            "addMember",
            json!({ "displayName": "Nora", "email": "nora@northwind.example", "role": "ENGINEER" }),
        ),
        ("changeMemberRole", json!({ "userId": engineer, "role": "ANALYST" })),
        ("removeMember", json!({ "userId": engineer })),
    ]
}

// Rule 11.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_is_administered_by_owners_and_super_admins_and_a_context_by_team_admins_too() {
    let world = World::start().await;
    let firm = &world.firm;
    let events = "SELECT count(*) FROM events WHERE aggregate_type = 'account'";
    let before = world.count(events).await;
    for person in [&firm.engineer, &firm.loner, &firm.analyst, &firm.admin, &firm.operator] {
        for (mutation, input) in commands(&world) {
            let is_admin = person.id == firm.admin.id && mutation == "configureTeam";
            let administers = person.id == firm.operator.id && mutation != "configureTeam";
            if is_admin || administers {
                continue;
            }
            let query = crate::client::command(mutation, "");
            let answer = person.graphql(&query, json!({ "input": input })).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{mutation} by {}", person.name);
        }
    }
    assert_eq!(world.count(events).await, before);
    for person in [&firm.owner, &firm.operator] {
        let name = json!({ "name": format!("Of {}", person.name) });
        person.done("configureAccount", name, "").await;
    }
    let renamed = json!({ "teamId": firm.team.to_string(), "name": "Desk" });
    let payload = firm.operator.done("configureTeam", renamed, "team { name }").await;
    assert_eq!(payload["team"]["name"], "Desk");
    // Rule 11.1: nothing of another account is there.
    let owner = &world.rival.owner;
    for (mutation, input) in commands(&world).split_off(4) {
        assert_eq!(owner.refused(mutation, input).await, "NOT_FOUND", "{mutation}");
    }
    let foreign = json!({ "teamId": firm.team.to_string(), "context": "x" });
    assert_eq!(owner.refused("configureTeam", foreign).await, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_configured_and_reads_as_it_was_set() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    let set = json!({
        "name": "Northwind", "timeZone": "Asia/Tokyo", "businessDays": [5, 1, 2], "businessStart": "08:30",
        "businessEnd": "17:00", "assistantCallsPerDay": 7, "stepLimit": 12,
    });
    let done = owner.done("configureAccount", set, "").await;
    let shown = account(owner, &done).await;
    assert_eq!((&shown["name"], &shown["timeZone"]), (&json!("Northwind"), &json!("Asia/Tokyo")));
    assert_eq!(shown["businessHours"], json!({ "days": [1, 2, 5], "start": "08:30", "end": "17:00" }));
    assert_eq!(shown["quotas"], json!({ "assistantCallsPerDay": 7, "stepLimit": 12, "idleHours": 72 }));
    for (input, path) in [
        (json!({ "timeZone": "Europe/Atlantis" }), "timeZone"),
        (json!({ "businessDays": [8] }), "businessDays"),
        (json!({ "businessEnd": "08:00" }), "businessEnd"),
        (json!({ "stepLimit": 0 }), "stepLimit"),
        (json!({ "expectedVersion": -1 }), "expectedVersion"),
    ] {
        let refused = owner.command("configureAccount", input, "").await;
        let error = &refused["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("INVALID_INPUT"), &json!([path])));
    }
    let started = play::start(&world.firm.engineer, RIDDLE).await;
    let query = "query($id: ID!) { session(id: $id) { stepLimit } }";
    let session = owner.data(query, json!({ "id": started.id })).await;
    assert_eq!(session["session"]["stepLimit"], 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_on_an_account_keep_to_versions_and_keys() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    let version = owner.data(ACCOUNT, Value::Null).await["account"]["version"].clone();
    let key = new_key();
    let input = json!({ "name": "Northwind", "expectedVersion": version, "idempotencyKey": key });
    let done = owner.done("configureAccount", input.clone(), "").await;
    assert_eq!(owner.done("configureAccount", input, "").await["position"], done["position"]);
    let stale = json!({ "name": "Southwind", "expectedVersion": version });
    let refused = owner.command("configureAccount", stale, "").await;
    assert_eq!(refused["userErrors"][0]["code"], "VERSION_CONFLICT");
    assert_eq!(refused["userErrors"][0]["currentVersion"], version.as_i64().unwrap() + 1);
    let another = json!({ "name": "Eastwind", "idempotencyKey": key });
    assert_eq!(owner.refused("configureAccount", another).await, "IDEMPOTENCY_KEY_REUSED");
    let team = json!({ "name": "Second line", "idempotencyKey": new_key() });
    let one = owner.done("createTeam", team.clone(), "team { id name }").await;
    assert_eq!(one["team"]["name"], "Second line");
    assert_eq!(owner.done("createTeam", team, "team { id name }").await, one);
    assert_eq!(owner.refused("createTeam", json!({ "name": "second LINE" })).await, "INVALID_INPUT");
}

// Rules 2.2, 4.5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_s_context_is_kept_without_its_secrets_and_sealed_in_the_log() {
    let world = World::start().await;
    let (admin, team) = (&world.firm.admin, world.firm.team.to_string());
    let text = "Hosts are named NW-*. The local admin's password: Hunter2-Hunter2 everywhere.";
    let input = json!({ "teamId": team, "context": text });
    let done = admin.done("configureTeam", input, "team { id context }").await;
    let context = done["team"]["context"].as_str().unwrap();
    assert!(context.contains("NW-*") && context.contains("[REDACTED:password:"), "{context}");
    let kept = "SELECT count(*) FROM events WHERE event_type = 'account.team_configured' AND payload::text LIKE '%NW-%'";
    assert_eq!(world.count(kept).await, 0, "it may name people, hence it is sealed");
    let again = json!({ "teamId": team, "name": "First line, renamed" });
    let renamed = admin.done("configureTeam", again, "team { context name }").await;
    assert_eq!(renamed["team"]["context"], context, "what is not given stays");
    let other = world.firm.owner.done("createTeam", json!({ "name": "Projects" }), "team { id }").await;
    let foreign = json!({ "teamId": other["team"]["id"], "context": "Not mine." });
    assert_eq!(admin.refused("configureTeam", foreign).await, "NOT_ENTITLED");
    let gone = json!({ "teamId": team, "context": " " });
    let gone = admin.done("configureTeam", gone, "team { context }").await;
    assert_eq!(gone["team"]["context"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_joins_is_let_in_changes_their_role_and_is_kept_out_once_they_left() {
    let world = World::start().await;
    let (owner, team) = (&world.firm.owner, world.firm.team.to_string());
    let nora = json!({ "displayName": "Nora", "email": "Nora@Northwind.example", "role": "ENGINEER", "teamIds": [team] });
    let user = "user { id displayName email role active teams { id } }";
    let joined = owner.done("addMember", nora.clone(), user).await["user"].take();
    assert_eq!(joined["email"], "nora@northwind.example");
    assert_eq!((&joined["role"], &joined["active"]), (&json!("ENGINEER"), &json!(true)));
    assert_eq!(joined["teams"], json!([{ "id": team }]));
    let twice = owner.command("addMember", nora, "").await;
    assert_eq!(twice["userErrors"][0]["path"], json!(["email"]));
    let client = world.nobody.with_token(token(joined["id"].as_str().unwrap()));
    client.data("{ viewer { role } }", Value::Null).await;

    let analyst = json!({ "userId": joined["id"], "role": "ANALYST", "teamIds": [] });
    let changed = owner.done("changeMemberRole", analyst, user).await["user"].take();
    assert_eq!((&changed["role"], &changed["teams"]), (&json!("ANALYST"), &json!([])));
    eventually("the new role counts", async || {
        client.data("{ viewer { role } }", Value::Null).await["viewer"]["role"] == "ANALYST"
    })
    .await;

    let done = owner.done("removeMember", json!({ "userId": joined["id"] }), user).await;
    assert_eq!((&done["user"]["active"], &done["user"]["displayName"]), (&json!(false), &json!("Nora")));
    eventually("the token opens nothing any more", async || {
        client.graphql("{ viewer { role } }", Value::Null).await.status == 401
    })
    .await;
    assert_eq!(owner.refused("removeMember", json!({ "userId": joined["id"] })).await, "NOT_FOUND");
    let members = account(owner, &done).await["members"].take();
    assert_eq!(named(&members, &joined["id"])["active"], false);
}

// Rule 11.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_more_than_they_are_and_the_last_owner_stays() {
    let world = World::start().await;
    let firm = &world.firm;
    let (owner, operator) = (&firm.owner, &firm.operator);
    let promote = |id: String, role: &str| json!({ "userId": id, "role": role });
    let engineer = firm.engineer.id.to_string();
    assert_eq!(
        owner.refused("changeMemberRole", promote(engineer.clone(), "SUPER_ADMIN")).await,
        "NOT_ENTITLED"
    );
    let super_admin = json!({ "userId": operator.id.to_string() });
    assert_eq!(owner.refused("removeMember", super_admin).await, "NOT_ENTITLED");
    let last = json!({ "userId": owner.id.to_string() });
    for (mutation, input) in
        [("removeMember", last.clone()), ("changeMemberRole", promote(owner.id.to_string(), "ENGINEER"))]
    {
        let refused = operator.command(mutation, input, "").await;
        let error = &refused["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("INVALID_INPUT"), &json!(["userId"])));
    }
    let unknown =
        json!({ "userId": engineer, "role": "ENGINEER", "teamIds": [world.rival.team.to_string()] });
    assert_eq!(owner.refused("changeMemberRole", unknown).await, "INVALID_INPUT");
    owner.done("changeMemberRole", promote(engineer, "OWNER"), "").await;
    operator.done("removeMember", last, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_left_hears_nothing_more_over_connections_that_are_open() {
    let world = World::start().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let session = play::start(engineer, RIDDLE).await;
    let note = |text: &str| json!({ "sessionId": session.id, "text": text });
    let follow =
        "subscription($id: ID!, $at: Position) { sessionEvents(sessionId: $id, after: $at) { type } }";
    let noted = engineer.done("addNote", note("Before."), "").await;
    let from = json!({ "id": session.id, "at": (position(&noted) - 1).to_string() });
    let mut stream = Socket::following(admin, follow, from).await;
    assert_eq!(stream.item().await["sessionEvents"]["type"], "session.note_added");
    let mut socket = Socket::greeted(admin).await;

    world.firm.owner.done("removeMember", json!({ "userId": admin.id.to_string() }), "").await;
    eventually("the token opens nothing any more", async || {
        admin.graphql("{ viewer { role } }", Value::Null).await.status == 401
    })
    .await;
    engineer.done("addNote", note("Not for them."), "").await;
    assert_eq!(stream.next().await.unwrap()["type"], "complete");
    socket.subscribe("2", "{ viewer { role } }", Value::Null).await;
    let answer = socket.next().await.unwrap();
    assert!(answer.to_string().contains("UNAUTHENTICATED"), "{answer}");
}

const PEOPLE: &str =
    "{ account { teams { name members { id displayName } } members { id teams { name } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_team_shows_who_belongs_to_it_by_name_and_nobody_else() {
    let world = World::start().await;
    let (firm, owner) = (&world.firm, &world.firm.owner);
    owner.done("createTeam", json!({ "name": "Nobody's" }), "").await;
    let second =
        owner.done("createTeam", json!({ "name": "Second line" }), "team { id members { id } }").await;
    assert_eq!(second["team"]["members"], json!([]));
    let both = json!([firm.team.to_string(), second["team"]["id"]]);
    for person in [&firm.engineer, &firm.loner] {
        let change = json!({ "userId": person.id.to_string(), "role": "ENGINEER", "teamIds": both });
        owner.done("changeMemberRole", change, "").await;
    }
    owner.done("removeMember", json!({ "userId": firm.engineer2.id.to_string() }), "").await;

    let shown = firm.analyst.data(PEOPLE, Value::Null).await["account"].take();
    let members: Vec<Value> =
        shown["teams"].as_array().unwrap().iter().map(|it| it["members"].clone()).collect();
    let of = |which: usize| -> Vec<&str> {
        members[which].as_array().unwrap().iter().map(|it| it["displayName"].as_str().unwrap()).collect()
    };
    let (adam, edda, lona) =
        (firm.admin.name.as_str(), firm.engineer.name.as_str(), firm.loner.name.as_str());
    assert_eq!((of(0), of(1), of(2)), (vec![adam, edda, lona], vec![], vec![edda, lona]));
    for member in shown["members"].as_array().unwrap() {
        let names: Vec<_> = shown["teams"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|team| team["members"].as_array().unwrap().iter().any(|it| it["id"] == member["id"]))
            .map(|team| json!({ "name": team["name"] }))
            .collect();
        assert_eq!(member["teams"], json!(names), "both ways they say the same");
    }
}

// Without the cost of any one of the four lists, one of these would do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teams_and_members_within_each_other_cost_what_they_multiply_to() {
    let world = World::start().await;
    for nested in [
        "{ account { teams { members { teams { members { id } } } } } }",
        "{ account { members { teams { members { id } } } } }",
        "{ viewer { user { teams { members { teams { members { id } } } } } } }",
    ] {
        let answer = world.firm.engineer.graphql(nested, Value::Null).await;
        assert_eq!((answer.status, answer.code()), (400, "COST_EXCEEDED"), "{nested}");
    }
    world.firm.engineer.data(PEOPLE, Value::Null).await;
}
