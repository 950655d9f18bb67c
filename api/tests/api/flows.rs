//! Flows as people keep them: drafted, published in versions, retired, each by those who may (rules 5.1, 5.5, 11.2).

use api::workers::library::template_id;
use serde_json::{Value, json};

use crate::client::{Client, command};
use crate::play::{self, LOCKOUT};
use crate::world::{World, new_key};

const FLOW: &str = "flow { id version publishedVersion name description kind problemDomain status origin keywords \
    tree { id parentId ordinal type label text scriptTemplateId } draft { id text } successRate matchedSessions \
    lastMatchedAt sourceSession { id } }";
const NAMED: &str = "query($id: ID!, $version: Int) { flow(id: $id, version: $version) { name publishedVersion status \
    version matchedSessions lastMatchedAt successRate tree { id text } draft { id } } }";

const MATCHES: &str =
    "query($text: String!) { matchFlows(text: $text) { flow { id name } flowVersion score } }";
const HUMMING: &str = "The aquarium pump hums and the fish look sad";

fn node(id: &str, parent: Option<&str>, kind: &str, text: &str) -> Value {
    let label = parent.map(|_| format!("It is {id}"));
    json!({ "id": id, "parentId": parent, "type": kind, "label": label, "text": text })
}

fn tree(question: &str) -> Vec<Value> {
    vec![
        node("root", None, "QUESTION", question),
        node("dry", Some("root"), "SOLUTION", "Top up the water."),
        node("worn", Some("root"), "SOLUTION", "Replace the impeller."),
    ]
}

fn aquarium(nodes: &[Value]) -> Value {
    json!({ "name": "Aquarium pump hums", "description": "The pump of the aquarium hums or stands still.",
        "keywords": ["aquarium", "pump hums", "fish look sad"], "nodes": nodes })
}

fn of(flow: &Value) -> Value {
    json!({ "flowId": flow["id"] })
}

fn with(mut input: Value, field: &str, value: impl Into<Value>) -> Value {
    input[field] = value.into();
    input
}

async fn drafted(client: &Client, nodes: &[Value]) -> Value {
    client.done("createFlow", aquarium(nodes), FLOW).await["flow"].take()
}

async fn matched(client: &Client, text: &str) -> Vec<Value> {
    client.data(MATCHES, json!({ "text": text })).await["matchFlows"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_is_drafted_by_an_engineer_published_by_an_admin_and_each_version_stays_readable() {
    let world = World::start().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let flow = drafted(engineer, &tree("Is there water?")).await;
    assert_eq!((&flow["status"], &flow["origin"]), (&json!("DRAFT"), &json!("MANUAL")));
    assert_eq!((&flow["publishedVersion"], &flow["kind"]), (&Value::Null, &json!("TROUBLESHOOTING")));
    assert_eq!(flow["draft"].as_array().unwrap().len(), 3);
    assert_eq!(matched(engineer, HUMMING).await, Vec::<Value>::new(), "a draft is not matched");

    let published =
        admin.done("publishFlow", with(of(&flow), "expectedVersion", 1), FLOW).await["flow"].take();
    assert_eq!((&published["publishedVersion"], &published["draft"]), (&json!(1), &Value::Null));
    assert_eq!(matched(engineer, HUMMING).await[0]["flow"]["id"], flow["id"]);

    let change = with(of(&flow), "nodes", tree("Is the pump under water?"));
    let change = with(with(change, "name", "Aquarium pump is loud"), "problemDomain", "HARDWARE");
    let saved = engineer.done("saveFlowDraft", change, FLOW).await["flow"].take();
    assert_eq!(saved["draft"][0]["text"], "Is the pump under water?");
    assert_eq!(
        saved["tree"][0]["text"], "Is there water?",
        "what is published stays until it is published anew"
    );
    let second = admin.done("publishFlow", of(&flow), FLOW).await["flow"].take();
    assert_eq!((&second["publishedVersion"], &second["version"]), (&json!(2), &json!(4)));
    assert_eq!(
        (&second["name"], &second["problemDomain"]),
        (&json!("Aquarium pump is loud"), &json!("HARDWARE"))
    );
    assert_eq!(second["description"], flow["description"], "what was null stayed as it was");

    for (version, question) in [
        (json!(1), "Is there water?"),
        (json!(2), "Is the pump under water?"),
        (Value::Null, "Is the pump under water?"),
    ] {
        let named = engineer.data(NAMED, json!({ "id": flow["id"], "version": version })).await;
        assert_eq!(named["flow"]["tree"][0]["text"], question, "{version}");
    }
    let third = engineer.data(NAMED, json!({ "id": flow["id"], "version": 3 })).await;
    assert_eq!(third["flow"], Value::Null);
    assert_eq!(admin.refused("publishFlow", of(&flow)).await, "WRONG_STATUS", "nothing changed since");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_tree_is_an_error_of_its_own_that_names_its_node() {
    let world = World::start().await;
    let nodes = [
        node("root", None, "QUESTION", "Which light is on?"),
        node("red", Some("root"), "ACTION", "Pull the plug."),
        node("lost", Some("nowhere"), "SOLUTION", "Nobody comes here."),
        node("empty", Some("red"), "SOLUTION", " "),
    ];
    let flow = drafted(&world.firm.engineer, &nodes).await;
    let payload = world.firm.owner.command("publishFlow", of(&flow), FLOW).await;
    assert_eq!((&payload["flow"], &payload["position"]), (&Value::Null, &Value::Null));
    let errors = payload["userErrors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["code"] == "INVALID_TREE"), "{payload}");
    let named: Vec<_> =
        errors.iter().map(|error| (&error["path"], error["message"].as_str().unwrap())).collect();
    for (path, says) in [
        (json!(["nodes", "root"]), "two to five children"),
        (json!(["nodes", "lost"]), "\"nowhere\" does not exist"),
        (json!(["nodes", "empty"]), "text"),
    ] {
        assert!(
            named.iter().any(|(at, message)| **at == path && message.contains(says)),
            "{path}: {payload}"
        );
    }
    assert_eq!(errors.len(), 3, "{payload}");
    let none = drafted(&world.firm.engineer, &[]).await;
    let payload = world.firm.owner.command("publishFlow", of(&none), "").await;
    assert_eq!(payload["userErrors"][0]["path"], json!(["nodes"]), "the tree as a whole: {payload}");
    let step = node("only", None, "SOLUTION", "Done.");
    let procedure = with(with(aquarium(&[]), "kind", "PROCEDURE"), "nodes", tree("Any questions?"));
    let asks = world.firm.engineer.done("createFlow", procedure, FLOW).await["flow"].take();
    assert_eq!(world.firm.owner.refused("publishFlow", of(&asks)).await, "INVALID_TREE");
    let straight = with(of(&asks), "nodes", json!([step]));
    world.firm.engineer.done("saveFlowDraft", straight, "").await;
    world.firm.owner.done("publishFlow", of(&asks), "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retired_flow_is_matched_no_more_and_its_sessions_go_on_in_their_version() {
    let world = World::start().await;
    let (engineer, owner) = (&world.firm.engineer, &world.firm.owner);
    let flow = drafted(engineer, &tree("Is there water?")).await;
    owner.done("publishFlow", of(&flow), FLOW).await;
    let session = play::start(engineer, HUMMING).await;
    assert_eq!(session.step["text"], "Is there water?");
    let change = with(of(&flow), "nodes", tree("Something else?"));
    engineer.done("saveFlowDraft", change, "").await;
    owner.done("publishFlow", of(&flow), FLOW).await;
    let retired = owner.done("retireFlow", of(&flow), FLOW).await["flow"].take();
    assert_eq!(retired["status"], "RETIRED");
    assert_eq!(matched(engineer, HUMMING).await, Vec::<Value>::new());
    let answered = play::answer(engineer, &session.id, &session.step, json!({ "option": "It is dry" })).await;
    assert_eq!(answered["nextStep"]["resolutionSummary"], "Top up the water.", "{answered}");
    let followed =
        "query($id: ID!) { session(id: $id) { match { flowVersion flow { publishedVersion status } } } }";
    let followed = engineer.data(followed, json!({ "id": session.id })).await;
    let version = &followed["session"]["match"];
    assert_eq!((&version["flowVersion"], &version["flow"]["publishedVersion"]), (&json!(1), &json!(1)));
    let fresh = engineer.data(NAMED, json!({ "id": flow["id"] })).await;
    assert_eq!(fresh["flow"]["matchedSessions"], 1);
    assert!(fresh["flow"]["lastMatchedAt"].is_string() && fresh["flow"]["successRate"].is_null(), "{fresh}");
    for refused in ["publishFlow", "retireFlow"] {
        assert_eq!(owner.refused(refused, of(&flow)).await, "WRONG_STATUS");
    }
    assert_eq!(engineer.refused("saveFlowDraft", with(of(&flow), "name", "Again")).await, "WRONG_STATUS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_draft_and_who_may_publish_is_a_matter_of_the_role() {
    let world = World::start().await;
    let firm = &world.firm;
    let flow = drafted(&firm.engineer, &tree("Is there water?")).await;
    let people = [
        (&firm.engineer, true, false),
        (&firm.admin, true, true),
        (&firm.analyst, false, false),
        (&firm.owner, true, true),
        (&firm.operator, false, false),
    ];
    for (person, drafts, publishes) in people {
        for (mutation, input, may) in [
            ("createFlow", aquarium(&[]), drafts),
            ("saveFlowDraft", with(of(&flow), "name", "Another name"), drafts),
            ("publishFlow", with(of(&flow), "expectedVersion", 77), publishes),
            ("retireFlow", with(of(&flow), "expectedVersion", 77), publishes),
        ] {
            let answer = person.graphql(&command(mutation, ""), json!({ "input": input })).await;
            let forbidden = answer.body["errors"][0]["extensions"]["code"] == "FORBIDDEN";
            assert_eq!(forbidden, !may, "{mutation} by {}: {}", person.name, answer.text);
        }
    }
    for mutation in ["saveFlowDraft", "publishFlow", "retireFlow"] {
        assert_eq!(world.rival.owner.refused(mutation, of(&flow)).await, "NOT_FOUND", "another account's");
        assert_eq!(firm.owner.refused(mutation, json!({ "flowId": "x" })).await, "NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_begins_one_flow_and_a_version_seen_is_held_against_the_present_one() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let input = with(aquarium(&tree("Is there water?")), "idempotencyKey", new_key());
    let first = engineer.done("createFlow", input.clone(), FLOW).await;
    let again = engineer.done("createFlow", input.clone(), FLOW).await;
    assert_eq!((&first["flow"]["id"], &first["position"]), (&again["flow"]["id"], &again["position"]));
    assert_eq!(engineer.refused("createFlow", with(input, "name", "Other")).await, "IDEMPOTENCY_KEY_REUSED");
    let stale = with(with(of(&first["flow"]), "name", "Late"), "expectedVersion", 0);
    let refused = engineer.command("saveFlowDraft", stale, "").await;
    assert_eq!(refused["userErrors"][0]["code"], "VERSION_CONFLICT");
    assert_eq!(refused["userErrors"][0]["currentVersion"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_is_refused_with_its_place() {
    let world = World::stocked().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let refusal = async |input: Value| engineer.command("createFlow", input, "").await["userErrors"].take();
    let proposal = refusal(with(aquarium(&[]), "fromProposalId", new_key())).await;
    assert_eq!(
        (&proposal[0]["code"], &proposal[0]["path"]),
        (&json!("NOT_FOUND"), &json!(["fromProposalId"]))
    );
    let nameless = refusal(with(aquarium(&[]), "name", " ")).await;
    assert_eq!((&nameless[0]["code"], &nameless[0]["path"]), (&json!("INVALID_INPUT"), &json!(["name"])));

    let script = |id: &str| with(node("root", None, "SOLUTION", "Run it."), "scriptTemplateId", id);
    let theirs = template_id(world.rival.account, "clear-print-queue").to_string();
    for unknown in ["x", &new_key(), &theirs] {
        let errors = refusal(aquarium(&[script(unknown)])).await;
        assert_eq!(errors[0]["code"], "UNKNOWN_TEMPLATE", "{errors}");
        assert_eq!(errors[0]["path"], json!(["nodes", "root", "scriptTemplateId"]));
    }
    let ours = template_id(world.firm.account, "clear-print-queue").to_string();
    let flow = drafted(engineer, &[script(&ours)]).await;
    assert_eq!(flow["tree"][0]["scriptTemplateId"], ours);

    let secret = with(node("root", None, "SOLUTION", "Sign in."), "details", "password: Tr0ub4dor&3");
    let kept = drafted(admin, &[secret]).await;
    admin.done("publishFlow", of(&kept), FLOW).await;
    let stored = "SELECT count(*) FROM events WHERE payload::text LIKE '%Tr0ub4dor%'";
    assert_eq!(world.count(stored).await, 0, "a secret in a flow is replaced before it is stored");
    let masked = "SELECT count(*) FROM events WHERE payload::text LIKE '%[REDACTED:password:%'";
    assert_eq!(world.count(masked).await, 2);
    assert_eq!(matched(engineer, LOCKOUT).await[0]["flow"]["name"], "Account keeps locking out");
}
