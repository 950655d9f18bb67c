//! The review queue: who decides, once, and what becomes of it (rules 7.1 to 7.3).

use std::sync::Arc;

use domain::access::{By, Caller, Role};
use domain::flow::library::starter_flows;
use domain::id::{CommandId, ProposalId};
use domain::metadata::Actor;
use domain::proposal::Proposal;
use domain::proposal::command::{ProposalAct, ProposalCommand, Review};
use event_store::executor::CommandContext;
use integrations::embedding::embedders::Embedders;
use integrations::embedding::hashing::Hashing;
use serde_json::{Value, json};

use crate::client::{Client, position};
use crate::exports::export;
use crate::flywheel::{analysed, queue, resolve, solved};
use crate::play::{self, answer};
use crate::watching::Socket;
use crate::world::{World, eventually, new_key};

const BLANK: (&str, &str) = (
    "The label printer at the packing station prints blank labels since the ribbon was changed.",
    "The ribbon was threaded the wrong way round; turned it over.",
);
const VENDING: (&str, &str) = (
    "The vending machine in the canteen keeps the coins and gives no chocolate since Tuesday.",
    "A bent coin sat in front of its sensor; took the coin out.",
);
const DECIDED: &str = "proposal { id version status reviewedBy { id } reviewedAt reviewerNotes \
    publishedFlow { id publishedVersion } } flow { id name publishedVersion origin status sourceProposal { id } \
    sourceSession { id } }";
const SESSION: &str = "query($id: ID!) { session(id: $id) { confidenceTier match { flow { id } flowVersion score semantic } \
    currentStep { text } } }";
const STATS: &str = "{ proposalStats { pending approvedThisWeek modifiedThisWeek rejectedThisWeek dismissedThisWeek \
    reinforcedThisWeek topDomains { problemDomain count } } }";

/// A world in which one novel problem was solved, and the proposal that came of it.
async fn proposed() -> (World, Value) {
    let world = World::start().await;
    solved(&world.firm.engineer, BLANK).await;
    analysed(&world).await;
    let proposal = queue(&world.firm.admin, json!({})).await.remove(0);
    (world, proposal)
}

fn of(proposal: &Value) -> Value {
    json!({ "proposalId": proposal["id"] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_novel_session_taught_guides_the_next_one_once_it_was_approved() {
    let (world, proposal) = proposed().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let input = json!({ "proposalId": proposal["id"], "notes": "Well found.", "idempotencyKey": new_key() });
    let approved = admin.done("approveProposal", input.clone(), DECIDED).await;
    let (flow, decided) = (&approved["flow"], &approved["proposal"]);
    assert_eq!((&decided["status"], &decided["reviewerNotes"]), (&json!("APPROVED"), &json!("Well found.")));
    assert_eq!(decided["reviewedBy"]["id"], admin.id.to_string());
    assert_eq!(decided["publishedFlow"], json!({ "id": flow["id"], "publishedVersion": 1 }));
    assert_eq!((&flow["origin"], &flow["status"]), (&json!("AI_GENERATED"), &json!("PUBLISHED")));
    assert_eq!(flow["sourceProposal"]["id"], proposal["id"]);
    assert_eq!(flow["sourceSession"]["id"], proposal["sourceSession"]["id"]);

    let again = admin.done("approveProposal", input, DECIDED).await;
    assert_eq!(
        (position(&again), &again["flow"]["id"]),
        (position(&approved), &flow["id"]),
        "the same key again"
    );

    let begun = play::start(
        engineer,
        "Since somebody changed the ribbon the label printer at the packing station prints blank labels.",
    )
    .await;
    let next = engineer.data(SESSION, json!({ "id": begun.id })).await["session"].take();
    assert_eq!(next["match"]["flow"]["id"], flow["id"], "{next}");
    assert_eq!(next["confidenceTier"], "GUIDED", "{next}");
    assert_eq!(next["currentStep"]["text"], proposal["nodes"][0]["text"], "it begins where the flow begins");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_the_starter_flows_and_by_meaning_too_what_was_taught_guides_the_next_session() {
    let world = World::stocked_embedding(Embedders::new(Arc::new(Hashing::default()), [])).await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let embedded = async |flows: usize| {
        let flows = i64::try_from(flows).unwrap();
        let wanting = "SELECT count(*) FROM flow_documents AS document
            WHERE NOT EXISTS (SELECT FROM embeddings AS known
                WHERE known.account = document.account AND known.hash = document.hash)";
        eventually("all flows are embedded", async || {
            world.count("SELECT count(DISTINCT flow) FROM flow_documents").await == flows
                && world.count(wanting).await == 0
        })
        .await;
    };
    embedded(2 * starter_flows().len()).await;
    let taught = solved(engineer, VENDING).await;
    let matched = engineer.data(SESSION, json!({ "id": taught })).await["session"]["match"].take();
    assert!(matched["flow"].is_null(), "{matched}");
    analysed(&world).await;
    let proposal = queue(admin, json!({})).await.remove(0);
    let approved = admin.done("approveProposal", of(&proposal), DECIDED).await;
    embedded(2 * starter_flows().len() + 1).await;

    let intake =
        "Since Tuesday there is no chocolate from the machine in the canteen, but it keeps the coins.";
    let begun = play::start(engineer, intake).await;
    let next = engineer.data(SESSION, json!({ "id": begun.id })).await["session"].take();
    assert_eq!(next["match"]["flow"]["id"], approved["flow"]["id"], "{next}");
    assert!(next["match"]["semantic"].as_f64().is_some_and(|near| near > 0.3), "{next}");
    assert_eq!(next["currentStep"]["text"], proposal["nodes"][0]["text"], "it begins where the flow begins");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_decided_and_not_published_is_published_once() {
    let (world, proposal) = proposed().await;
    let id: ProposalId = proposal["id"].as_str().unwrap().parse().unwrap();
    let admin = Caller { user: world.firm.admin.id, role: Role::TeamAdmin, teams: vec![] };
    let command = ProposalCommand { by: By::Member(admin), act: ProposalAct::Approve(Review::default()) };
    let command_id = CommandId::derived(id.0, "a request that died");
    let context = CommandContext::new(world.firm.account, Actor::System, command_id, [0; 32]);
    world.app.store.execute::<Proposal>(id.0, command, context).await.unwrap();
    eventually("the flow is published", async || {
        world.count("SELECT count(*) FROM proposals WHERE published_version = 1").await == 1
    })
    .await;
    // Flows are a projection of their own, which may come later.
    let versions = "SELECT count(*) FROM flow_versions";
    eventually("the flow can be read", async || world.count(versions).await > 0).await;
    assert_eq!(world.count(versions).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_found_late_is_shown_in_no_proposal_and_published_in_no_flow() {
    let (world, proposal) = proposed().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    assert!(proposal.to_string().contains("turned it over"));
    let session = &proposal["sourceSession"]["id"];
    let input =
        json!({ "sessionId": session, "text": "turned it over", "reason": "It is nobody's business." });
    let redacted = engineer.done("redactSession", input, "").await;
    let nodes = "query($id: ID!) { proposal(id: $id) { title description nodes { text details } } }";
    let shown = admin.data_at(position(&redacted), nodes, json!({ "id": proposal["id"] })).await;
    assert!(!shown.to_string().contains("turned it over"), "{shown}");
    assert!(shown.to_string().contains("REDACTED"), "{shown}");
    let log = "query($id: ID!) { events(first: 100, filter: { aggregateId: $id }) { nodes { payload } } }";
    let owner = &world.firm.owner;
    let told = owner.data_at(position(&redacted), log, json!({ "id": proposal["id"] })).await.to_string();
    let exported = serde_json::to_string(&export(owner, "").await).unwrap();
    for events in [told, exported] {
        assert!(!events.contains("turned it over") && events.contains("[REDACTED:manual:"), "{events}");
    }
    let selection = "flow { name description keywords tree { text label details } }";
    let approved = admin.done("approveProposal", of(&proposal), selection).await;
    assert!(!approved.to_string().contains("turned it over"), "{approved}");
    assert!(approved["flow"].to_string().contains("REDACTED"), "{approved}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_reviewers_at_once_one_decides() {
    let (world, proposal) = proposed().await;
    let decide =
        async |client: &Client, mutation: &str| client.command(mutation, of(&proposal), DECIDED).await;
    let (one, two) = tokio::join!(
        decide(&world.firm.admin, "approveProposal"),
        decide(&world.firm.owner, "rejectProposal")
    );
    let refused: Vec<_> = [&one, &two].into_iter().filter(|it| it["userErrors"] != json!([])).collect();
    assert_eq!(refused.len(), 1, "{one} {two}");
    assert_eq!(refused[0]["userErrors"][0]["code"], "ALREADY_DECIDED");
    let flows = "SELECT count(*) FROM flows";
    let approved = i64::from(one["userErrors"] == json!([]));
    assert_eq!(world.count(flows).await, approved, "what was rejected is not published");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engineers_and_analysts_read_and_do_not_decide() {
    let (world, proposal) = proposed().await;
    let firm = &world.firm;
    for reader in [&firm.engineer, &firm.analyst, &firm.operator] {
        assert_eq!(queue(reader, json!({})).await.len(), 1);
        for mutation in ["approveProposal", "rejectProposal", "dismissProposal"] {
            let document = format!(
                "mutation($input: ReviewProposalInput!) {{ {mutation}(input: $input) {{ position }} }}"
            );
            let answered = reader.graphql(&document, json!({ "input": of(&proposal) })).await;
            assert_eq!(answered.code(), "FORBIDDEN", "{mutation}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dismissed_proposal_comes_back_with_three_more_sessions_and_a_rejected_one_never() {
    let (world, proposal) = proposed().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    admin.done("dismissProposal", of(&proposal), DECIDED).await;
    for _ in 0..3 {
        assert_eq!(queue(admin, json!({ "status": ["DISMISSED"] })).await.len(), 1);
        solved(engineer, BLANK).await;
        analysed(&world).await;
    }
    let back = queue(admin, json!({ "status": ["PENDING"] })).await;
    assert_eq!((&back[0]["id"], &back[0]["supportingSessionCount"]), (&proposal["id"], &json!(4)));
    admin.done("rejectProposal", of(&proposal), DECIDED).await;
    solved(engineer, BLANK).await;
    analysed(&world).await;
    assert_eq!(queue(admin, json!({})).await.len(), 1, "a rejected one's twin is not raised");

    let stats = admin.data(STATS, json!({})).await["proposalStats"].take();
    assert_eq!((&stats["pending"], &stats["rejectedThisWeek"]), (&json!(0), &json!(1)), "{stats}");
    assert_eq!((&stats["approvedThisWeek"], &stats["topDomains"]), (&json!(0), &json!([])), "{stats}");
}

const PUMP: &str = "The aquarium pump hums since Friday. Reception called about the noise, the cleaners moved it to another socket.";
const HEATER: &str =
    "Aquarium pump hums. In the canteen the temperature display shows 31 degrees and the heater stays warm.";

/// A session that answers the only question of the flow about aquarium pumps in words of its own, and is solved otherwise.
async fn strayed(engineer: &Client, intake: &str, words: &str, solution: &str) {
    let begun = play::start(engineer, intake).await;
    assert_eq!(begun.step["text"], "Is there water?");
    let payload = answer(engineer, &begun.id, &begun.step, json!({ "freeText": words })).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    resolve(engineer, &begun.id, solution).await;
}

async fn strayed_to_the_relay(engineer: &Client) {
    strayed(engineer, HEATER, "It boils nearly.", "The heater's relay was welded shut; replaced the relay.")
        .await;
}

/// A flow, and the two changes of it that two sessions taught.
async fn changed(world: &World) -> (Value, [Value; 2]) {
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let nodes = json!([
        { "id": "root", "type": "QUESTION", "text": "Is there water?" },
        { "id": "dry", "parentId": "root", "type": "SOLUTION", "label": "No", "text": "Top up the water." },
        { "id": "worn", "parentId": "root", "type": "SOLUTION", "label": "Yes", "text": "Replace the impeller." },
    ]);
    let flow = json!({ "name": "Aquarium pump hums", "keywords": ["aquarium", "pump hums"], "nodes": nodes });
    let mut drafted = engineer.done("createFlow", flow, "flow { id }").await;
    admin.done("publishFlow", json!({ "flowId": drafted["flow"]["id"] }), "flow { id }").await;
    let solution = "A timer in the socket halved the voltage; took the timer out.";
    strayed(engineer, PUMP, "There is, but it runs at half speed.", solution).await;
    strayed_to_the_relay(engineer).await;
    analysed(world).await;
    let changes = queue(admin, json!({})).await;
    let [relay, timer]: [Value; 2] = changes.try_into().unwrap();
    (drafted["flow"]["id"].take(), [timer, relay])
}

/// The proposal's own nodes, as an edit of this version of its target.
fn edit_of(change: &Value, base: &Value) -> Value {
    json!({ "proposalId": change["id"], "baseVersion": base, "nodes": change["nodes"] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_flow_is_edited_against_the_version_that_it_has_and_published_as_the_next() {
    let world = World::start().await;
    let admin = &world.firm.admin;
    let (_, [change, other]) = &changed(&world).await;
    assert_eq!((&change["type"], &change["targetBaseVersion"]), (&json!("BRANCH_ADDITION"), &json!(1)));
    assert_eq!(change["diff"]["addedNodeIds"].as_array().unwrap().len(), 1);
    assert_eq!(change["diff"]["summary"].as_array().unwrap().len(), 1);
    assert_eq!(admin.refused("approveProposal", of(change)).await, "NEEDS_EDIT");

    let edit = |base: Value| edit_of(change, &base);
    assert_eq!(admin.refused("modifyProposal", edit(json!(7))).await, "STALE_BASE_VERSION");
    assert_eq!(admin.refused("modifyProposal", edit(Value::Null)).await, "INVALID_INPUT");
    let mut broken = edit(json!(1));
    broken["nodes"] = json!([change["nodes"][0]]);
    assert_eq!(admin.refused("modifyProposal", broken).await, "INVALID_TREE");
    let mut unstorable = edit(json!(1));
    unstorable["nodes"][0]["text"] = json!("Look\u{0}");
    assert_eq!(admin.refused("modifyProposal", unstorable).await, "INVALID_INPUT");
    let modified = admin.done("modifyProposal", edit(json!(1)), DECIDED).await;
    assert_eq!(modified["proposal"]["status"], "MODIFIED");
    let flow = &modified["flow"];
    assert_eq!((&flow["publishedVersion"], &flow["origin"]), (&json!(2), &json!("AI_ENHANCED")));
    assert_eq!(flow["id"], change["targetFlow"]["id"]);

    // What the other one was made from is not published any more.
    analysed(&world).await;
    let stale = queue(admin, json!({ "status": ["STALE"] })).await;
    assert_eq!(stale.len(), 1);
    assert_eq!(stale[0]["id"], other["id"]);
    assert_eq!(admin.refused("approveProposal", of(other)).await, "NEEDS_EDIT");
    admin.done("rejectProposal", of(other), DECIDED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_a_flow_that_is_retired_are_stale_and_can_only_be_dropped() {
    let world = World::start().await;
    let admin = &world.firm.admin;
    let (flow, [change, other]) = &changed(&world).await;
    admin.done("retireFlow", json!({ "flowId": flow }), "flow { id }").await;
    analysed(&world).await;
    assert_eq!(queue(admin, json!({ "status": ["STALE"] })).await.len(), 2);
    let refused = admin.command("modifyProposal", edit_of(change, &json!(1)), DECIDED).await;
    assert_eq!(refused["userErrors"][0]["code"], "WRONG_STATUS", "{refused}");
    assert_eq!(admin.refused("modifyProposal", edit_of(change, &json!(1))).await, "WRONG_STATUS", "again");
    admin.done("rejectProposal", of(change), DECIDED).await;
    admin.done("dismissProposal", of(other), DECIDED).await;
    assert_eq!(queue(admin, json!({ "status": ["STALE"] })).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dismissed_change_that_comes_back_is_stale_where_its_flow_has_moved_on() {
    let world = World::start().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let (_, [change, other]) = &changed(&world).await;
    admin.done("dismissProposal", of(other), DECIDED).await;
    admin.done("modifyProposal", edit_of(change, &json!(1)), DECIDED).await;
    for _ in 0..3 {
        assert_eq!(queue(admin, json!({ "status": ["DISMISSED"] })).await.len(), 1);
        strayed_to_the_relay(engineer).await;
        analysed(&world).await;
    }
    let back = queue(admin, json!({ "status": ["STALE"] })).await;
    assert_eq!(back.len(), 1, "{back:?}");
    assert_eq!((&back[0]["id"], &back[0]["supportingSessionCount"]), (&other["id"], &json!(4)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_published_is_learnt_anew_once_its_flow_is_retired() {
    let (world, proposal) = proposed().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let approved = admin.done("approveProposal", of(&proposal), DECIDED).await;
    admin.done("retireFlow", json!({ "flowId": approved["flow"]["id"] }), "flow { id }").await;
    solved(engineer, BLANK).await;
    analysed(&world).await;
    let anew = queue(admin, json!({ "status": ["PENDING"] })).await;
    assert_eq!(anew.len(), 1, "{anew:?}");
    assert_ne!(anew[0]["id"], proposal["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_copied_from_a_proposal_links_to_it_and_decides_nothing() {
    let (world, proposal) = proposed().await;
    let engineer = &world.firm.engineer;
    let nodes: Vec<Value> = proposal["nodes"].as_array().unwrap().clone();
    let copy = |id: &Value| json!({ "name": "Blank labels", "nodes": nodes, "fromProposalId": id });
    let selection = "flow { id status origin sourceProposal { id } }";
    let copied = engineer.done("createFlow", copy(&proposal["id"]), selection).await;
    assert_eq!((&copied["flow"]["status"], &copied["flow"]["origin"]), (&json!("DRAFT"), &json!("MANUAL")));
    assert_eq!(copied["flow"]["sourceProposal"]["id"], proposal["id"]);
    assert_eq!(queue(engineer, json!({ "status": ["PENDING"] })).await.len(), 1);
    assert_eq!(engineer.refused("createFlow", copy(&json!(new_key()))).await, "NOT_FOUND");
    assert_eq!(world.rival.engineer.refused("createFlow", copy(&proposal["id"])).await, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_review_queue_is_followed_live_by_its_own_account() {
    let world = World::start().await;
    let followed = "subscription { reviewQueueUpdated { id status supportingSessionCount } }";
    let mut ours = Socket::following(&world.firm.engineer2, followed, json!({})).await;
    let mut theirs = Socket::following(&world.rival.admin, followed, json!({})).await;
    solved(&world.firm.engineer, BLANK).await;
    let raised = ours.item().await["reviewQueueUpdated"].take();
    assert_eq!((&raised["status"], &raised["supportingSessionCount"]), (&json!("PENDING"), &json!(1)));
    world.firm.admin.done("dismissProposal", of(&json!({ "id": raised["id"] })), DECIDED).await;
    let dismissed = ours.item().await["reviewQueueUpdated"].take();
    assert_eq!((&dismissed["id"], &dismissed["status"]), (&raised["id"], &json!("DISMISSED")));

    solved(&world.rival.engineer, BLANK).await;
    let other = theirs.item().await["reviewQueueUpdated"].take();
    assert_ne!(other["id"], raised["id"], "the first that the rival hears is their own");
}
