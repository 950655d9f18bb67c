//! Idempotency keys are an account's own: what one account made under a key stands in nobody's way, and what was made comes
//! first when the key comes again.

use api::commands::digest;
use domain::access::{By, Caller, Role};
use domain::account::Account;
use domain::account::command::{AccountAct, AccountCommand, AddMember};
use domain::id::{CommandId, TeamId, UserId};
use domain::metadata::Actor;
use event_store::executor::CommandContext;
use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::play::{RIDDLE, begun, start_selection};
use crate::world::{World, eventually, new_key, token};

/// Everything that makes something new, with what is made of it.
fn making() -> [(&'static str, Value, &'static str); 4] {
    let nodes = json!([
        { "id": "root", "type": "ACTION", "text": "Look at the pump." },
        { "id": "end", "parentId": "root", "type": "SOLUTION", "text": "Top up the water." },
    ]);
    let member = json!({ "displayName": "Nora", "email": "nora@both.example", "role": "ENGINEER" });
    let template = json!({ "name": "Say it", "body": "Write-Output 1", "parameters": [] });
    [
        ("createTeam", json!({ "name": "Second line" }), "team"),
        ("addMember", member, "user"),
        ("createFlow", json!({ "name": "Humming", "nodes": nodes }), "flow"),
        ("publishScriptTemplate", template, "template"),
    ]
}

async fn made(client: &Client, mutation: &str, input: &Value, what: &str) -> Value {
    let mut payload = client.done(mutation, input.clone(), &format!("{what} {{ id }}")).await;
    let id = payload[what]["id"].take();
    assert!(id.is_string(), "{mutation}: {payload}");
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_accounts_make_under_one_key_is_two_things_and_both_accounts_go_on() {
    let world = World::start().await;
    let (ours, theirs) = (&world.firm.owner, &world.rival.owner);
    let mut members = Vec::new();
    for (mutation, mut input, what) in making() {
        input["idempotencyKey"] = json!(new_key());
        let (first, second) =
            (made(ours, mutation, &input, what).await, made(theirs, mutation, &input, what).await);
        assert_ne!(first, second, "{mutation}");
        assert_eq!(made(ours, mutation, &input, what).await, first, "{mutation} again");
        assert_eq!(made(theirs, mutation, &input, what).await, second, "{mutation} again");
        if mutation == "addMember" {
            members = vec![(ours, first), (theirs, second)];
        }
    }
    assert_eq!(world.count("SELECT count(*) FROM quarantined_streams").await, 0);
    // Whoever is removed is kept out in both.
    for (owner, member) in members {
        let client = world.nobody.with_token(token(member.as_str().unwrap()));
        client.data("{ viewer { role } }", Value::Null).await;
        owner.done("removeMember", json!({ "userId": member }), "").await;
        eventually("the token opens nothing any more", async || {
            client.graphql("{ viewer { role } }", Value::Null).await.status == 401
        })
        .await;
    }
}

/// Has the owner give a command under a key as it was given when ids followed from the key alone.
async fn given_before(world: &World, key: &str, mutation: &str, input: &str, act: AccountAct) -> i64 {
    let (account, user) = (world.firm.account, world.firm.owner.id);
    let hash = digest(&[mutation, &user.to_string(), input]);
    let command = CommandId(key.parse().unwrap());
    let context = CommandContext::new(account, Actor::User(user), command, hash);
    let by = By::Member(Caller { user, role: Role::Owner, teams: Vec::new() });
    let command = AccountCommand { by, act };
    world.app.store.execute::<Account>(account.0, command, context).await.unwrap().position.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_from_when_ids_followed_from_keys_alone_gives_what_was_made_then() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    let key = new_key();
    let id = TeamId::derived(key.parse().unwrap(), "team");
    let text = format!("{{name: \"Second line\", idempotencyKey: \"{key}\"}}");
    let act = AccountAct::CreateTeam { team: id, name: "Second line".to_owned() };
    let at = given_before(&world, &key, "createTeam", &text, act).await;
    // Whether or not the same would be refused by now.
    for rename in [None, Some("Third line")] {
        if let Some(name) = rename {
            owner.done("configureTeam", json!({ "teamId": id.to_string(), "name": name }), "").await;
        }
        let input = json!({ "name": "Second line", "idempotencyKey": key });
        let again = owner.done("createTeam", input, "team { id name }").await;
        assert_eq!(position(&again), at);
        assert_eq!(again["team"], json!({ "id": id.to_string(), "name": rename.unwrap_or("Second line") }));
    }

    let key = new_key();
    let id = UserId::derived(key.parse().unwrap(), "member");
    let text = format!(
        "{{displayName: \"Nora\", email: \"nora@northwind.example\", role: ENGINEER, teamIds: null, \
         idempotencyKey: \"{key}\"}}"
    );
    let act = AccountAct::AddMember(AddMember {
        user: id,
        display_name: "Nora".to_owned().into(),
        email: "nora@northwind.example".to_owned().into(),
        role: Role::Engineer,
        teams: Vec::new(),
    });
    let at = given_before(&world, &key, "addMember", &text, act).await;
    let input = json!({ "displayName": "Nora", "email": "nora@northwind.example", "role": "ENGINEER",
        "idempotencyKey": key });
    let again = owner.done("addMember", input, "user { id displayName }").await;
    assert_eq!(position(&again), at);
    assert_eq!(again["user"], json!({ "id": id.to_string(), "displayName": "Nora" }));
    assert_eq!(world.count("SELECT count(*) FROM quarantined_streams").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_nothing_and_is_sent_again_is_still_about_whom_it_was() {
    let world = World::start().await;
    let owner = &world.firm.owner;
    let nora = json!({ "displayName": "Nora", "email": "nora@northwind.example", "role": "ENGINEER" });
    owner.done("addMember", nora, "user { id }").await;
    let analyst = world.firm.analyst.id.to_string();
    let same = json!({ "userId": analyst, "role": "ANALYST", "idempotencyKey": new_key() });
    for time in ["first", "again"] {
        let changed = owner.done("changeMemberRole", same.clone(), "user { id } team { id }").await;
        assert_eq!(changed["user"]["id"], analyst, "{time}");
        assert_eq!(changed["team"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_is_sent_again_gives_the_first_session_though_the_caller_has_other_teams_since() {
    let world = World::start().await;
    let (owner, engineer) = (&world.firm.owner, &world.firm.engineer);
    let key = new_key();
    let input = json!({ "text": RIDDLE, "idempotencyKey": key });
    let first = begun(engineer.done("startSession", input.clone(), &start_selection()).await);
    let second = owner.done("createTeam", json!({ "name": "Second line" }), "team { id }").await;
    let teams = json!([world.firm.team.to_string(), second["team"]["id"]]);
    let change = json!({ "userId": engineer.id.to_string(), "role": "ENGINEER", "teamIds": teams });
    owner.done("changeMemberRole", change, "").await;
    eventually("they have to say for which team a session is", async || {
        let teams = "{ viewer { user { teams { id } } } }";
        engineer.data(teams, Value::Null).await["viewer"]["user"]["teams"].as_array().unwrap().len() == 2
            && engineer.command("startSession", json!({ "text": RIDDLE }), "").await["userErrors"][0]["code"]
                == "INVALID_INPUT"
    })
    .await;
    let again = begun(engineer.done("startSession", input, &start_selection()).await);
    assert_eq!((&again.id, again.position), (&first.id, first.position));
    let other = json!({ "text": "Something else.", "idempotencyKey": key });
    assert_eq!(engineer.refused("startSession", other).await, "IDEMPOTENCY_KEY_REUSED");
}
