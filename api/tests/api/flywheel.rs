//! What resolved sessions teach: proposals, support for those that there are, paths that held (rules 6.1 to 6.7).

mod three_hundred;

use domain::access::By;
use domain::analysis::Analysis;
use domain::analysis::command::{AnalysisAct, AnalysisCommand};
use domain::id::{CommandId, SessionId};
use domain::metadata::Actor;
use domain::session::step::Tokens;
use event_store::executor::CommandContext;
use serde_json::{Value, json};

use crate::client::Client;
use crate::play::{self, LOCKOUT, answer};
use crate::world::{World, eventually};

const QUEUE: &str = "query($filter: ProposalFilter) { proposals(filter: $filter) { totalCount nodes { id version type \
    status title description problemDomain confidenceScore supportingSessionCount supportingSessions { id } \
    sourceSession { id } targetFlow { id } targetBaseVersion keywords nodes { id parentId type label text } \
    diff { summary addedNodeIds modifiedNodeIds removedNodeIds } createdAt } } }";

/// Problems that no flow fits, and what solved them: the first three are one problem in different words.
pub(crate) const BLANK: [(&str, &str); 3] = [
    (
        "The label printer at the packing station prints blank labels since the ribbon was changed.",
        "The ribbon was threaded the wrong way round; turned it over.",
    ),
    (
        "Blank labels from the label printer at the packing station after somebody changed the ribbon.",
        "Ribbon threaded the wrong way round; turned the ribbon over.",
    ),
    (
        "Packing station: since the ribbon change the label printer only prints blank labels.",
        "Turned the ribbon over, it was threaded the wrong way.",
    ),
];
pub(crate) const LANDSCAPE: (&str, &str) = (
    "Prints of invoices come out in landscape on the office printer in accounting.",
    "The printer driver's default orientation was changed; set it back to portrait.",
);

/// What stands in an account's review queue.
pub(crate) async fn queue(client: &Client, filter: Value) -> Vec<Value> {
    let mut data = client.data(QUEUE, json!({ "filter": filter })).await;
    data["proposals"]["nodes"].as_array_mut().unwrap().drain(..).collect()
}

/// Leads a session that no flow fits to its resolution; gives its id.
pub(crate) async fn solved(client: &Client, (text, solution): (&str, &str)) -> String {
    let begun = play::start(client, text).await;
    let mut step = begun.step.clone();
    for _ in 0..3 {
        let given = match step["kind"].as_str() {
            Some("QUESTION") => json!({ "option": step["options"][0]["value"] }),
            _ => json!({ "freeText": "It was looked up, and noted." }),
        };
        let mut payload = answer(client, &begun.id, &step, given).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        step = payload["nextStep"].take();
    }
    resolve(client, &begun.id, solution).await;
    begun.id
}

/// Resolves a session.
pub(crate) async fn resolve(client: &Client, session: &str, solution: &str) {
    client.done("resolveSession", json!({ "sessionId": session, "summary": solution }), "").await;
}

/// Waits until everything that was resolved in any account has been analysed.
pub(crate) async fn analysed(world: &World) {
    let behind = async |projection: &str| {
        let behind = format!(
            "SELECT max(position) - (SELECT position FROM projection_checkpoints WHERE name = '{projection}') FROM events"
        );
        world.count(&behind).await > 0
    };
    let open =
        "SELECT count(*) FROM work_items WHERE kind IN ('analyse', 'outdate_proposals') AND state <> 'done'";
    eventually("every analysis is done", async || {
        // In this order: what was asked for is queued, what is queued is done, what was done is shown.
        !behind("work_requests").await && world.count(open).await == 0 && !behind("proposals").await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_problem_in_other_words_is_one_proposal_and_another_problem_of_the_same_area_is_a_second() {
    let world = World::start().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let mut sessions = Vec::new();
    for problem in BLANK {
        sessions.push(solved(engineer, problem).await);
    }
    solved(engineer, LANDSCAPE).await;
    analysed(&world).await;

    let proposals = queue(admin, json!({})).await;
    let titles: Vec<_> = proposals.iter().map(|it| (&it["title"], &it["supportingSessionCount"])).collect();
    assert_eq!(proposals.len(), 2, "{titles:?}");
    let (second, first) = (&proposals[0], &proposals[1]);
    assert_eq!((&first["type"], &first["status"]), (&json!("NEW_FLOW"), &json!("PENDING")));
    assert_eq!((&first["supportingSessionCount"], &second["supportingSessionCount"]), (&json!(3), &json!(1)));
    assert_eq!(first["problemDomain"], second["problemDomain"]);
    assert_eq!(first["sourceSession"]["id"], sessions[0]);
    let supporting: Vec<_> =
        first["supportingSessions"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(supporting, sessions.iter().collect::<Vec<_>>());
    assert!(first["confidenceScore"].as_f64() > second["confidenceScore"].as_f64());
    let nodes = first["nodes"].as_array().unwrap();
    assert_eq!(nodes.last().unwrap()["text"], BLANK[0].1, "the resolution is the solution");
    assert!(first["diff"].is_null());

    // Somebody who sees none of the sessions sees that there are three.
    let loner = queue(&world.firm.loner, json!({})).await;
    assert_eq!(loner[1]["supportingSessionCount"], 3);
    assert_eq!((&loner[1]["supportingSessions"], &loner[1]["sourceSession"]), (&json!([]), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proposals_come_in_three_orders_page_by_page() {
    let world = World::start().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    solved(engineer, BLANK[0]).await;
    solved(engineer, BLANK[1]).await;
    solved(engineer, LANDSCAPE).await;
    analysed(&world).await;
    let query = "query($by: ProposalOrder, $after: String) { proposals(orderBy: $by, first: 1, after: $after) { \
        totalCount nodes { supportingSessionCount } pageInfo { hasNextPage endCursor } } }";
    for (order, expected) in [("NEWEST", [1, 2]), ("MOST_SUPPORT", [2, 1]), ("HIGHEST_CONFIDENCE", [2, 1])] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = admin.data(query, json!({ "by": order, "after": after })).await["proposals"].take();
            assert_eq!(page["totalCount"], 2);
            seen.push(page["nodes"][0]["supportingSessionCount"].clone());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, expected, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reopened_session_supports_nothing_and_a_proposal_that_is_left_alone_is_withdrawn() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let first = solved(engineer, BLANK[0]).await;
    let second = solved(engineer, BLANK[1]).await;
    analysed(&world).await;
    let reopen = async |session: &str| {
        let input = json!({ "sessionId": session, "reason": "It came back." });
        engineer.done("reopenSession", input, "").await;
        analysed(&world).await;
    };
    reopen(&first).await;
    let left = queue(engineer, json!({})).await;
    assert_eq!((&left[0]["supportingSessionCount"], &left[0]["status"]), (&json!(1), &json!("PENDING")));
    let nodes = left[0]["nodes"].to_string();
    assert!(
        nodes.contains(BLANK[1].1) && !nodes.contains(BLANK[0].1),
        "what held for nobody is told no more: {nodes}"
    );
    reopen(&second).await;
    let gone = queue(engineer, json!({})).await;
    assert_eq!((&gone[0]["supportingSessionCount"], &gone[0]["status"]), (&json!(0), &json!("WITHDRAWN")));

    // The next resolution is analysed anew.
    resolve(engineer, &second, BLANK[1].1).await;
    analysed(&world).await;
    let pending = queue(engineer, json!({ "status": ["PENDING"] })).await;
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0]["sourceSession"]["id"], second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_held_is_recorded_once_and_listed_only_when_asked_for() {
    let world = World::stocked().await;
    let engineer = &world.firm.engineer;
    let begun = play::start(engineer, LOCKOUT).await;
    play::to_solution(engineer, &begun).await;
    resolve(engineer, &begun.id, "Removed the stored credential.").await;
    analysed(&world).await;
    assert_eq!(queue(engineer, json!({})).await, Vec::<Value>::new());
    for filter in [json!({ "type": ["REINFORCEMENT"] }), json!({ "status": ["AUTO_REINFORCED"] })] {
        let held = queue(engineer, filter).await;
        assert_eq!(held.len(), 1);
        assert_eq!(held[0]["sourceSession"]["id"], begun.id);
        assert_eq!((&held[0]["targetBaseVersion"], &held[0]["nodes"]), (&json!(1), &json!([])));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_without_an_answer_teaches_nothing() {
    let world = World::start().await;
    let engineer = &world.firm.engineer;
    let begun = play::start(engineer, BLANK[0].0).await;
    resolve(engineer, &begun.id, "It went away by itself.").await;
    analysed(&world).await;
    let everything = json!({ "type": ["NEW_FLOW", "ENHANCEMENT", "BRANCH_ADDITION", "REINFORCEMENT"] });
    assert_eq!(queue(engineer, everything).await, Vec::<Value>::new());
    let reason = "SELECT count(*) FROM session_analyses WHERE finding ->> 'reason' = 'no_path'";
    assert_eq!(world.count(reason).await, 1, "the reason is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_in_two_accounts_stay_two() {
    let world = World::start().await;
    solved(&world.firm.engineer, BLANK[0]).await;
    solved(&world.rival.engineer, BLANK[1]).await;
    analysed(&world).await;
    let (ours, theirs) =
        (queue(&world.firm.admin, json!({})).await, queue(&world.rival.admin, json!({})).await);
    assert_eq!((ours.len(), theirs.len()), (1, 1));
    assert_eq!(ours[0]["supportingSessionCount"], 1);
    let named = "query($id: ID!) { proposal(id: $id) { id } }";
    let foreign = world.rival.admin.data(named, json!({ "id": ours[0]["id"] })).await;
    assert_eq!(foreign["proposal"], Value::Null);
    let input = json!({ "proposalId": ours[0]["id"] });
    assert_eq!(world.rival.admin.refused("approveProposal", input).await, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_analysis_that_was_given_up_is_done_when_a_team_admin_asks_for_it_again() {
    let world = World::start().await;
    let (engineer, admin) = (&world.firm.engineer, &world.firm.admin);
    let session = solved(engineer, BLANK[0]).await;
    analysed(&world).await;
    let far = async || {
        let query = "query($id: ID!) { session(id: $id) { analysis } }";
        admin.data(query, json!({ "id": session })).await["session"]["analysis"].take()
    };
    assert_eq!(far().await, "COMPLETED");
    let retry = json!({ "sessionId": session });
    assert_eq!(admin.refused("retryAnalysis", retry.clone()).await, "WRONG_STATUS");
    give_up(&world, session.parse().unwrap()).await;
    analysed(&world).await;
    assert_eq!(far().await, "FAILED");
    let forbidden = "mutation($input: SessionCommandInput!) { retryAnalysis(input: $input) { position } }";
    assert_eq!(engineer.graphql(forbidden, json!({ "input": retry })).await.code(), "FORBIDDEN");
    admin.done("retryAnalysis", retry, "").await;
    analysed(&world).await;
    assert_eq!(far().await, "COMPLETED");
    assert_eq!(queue(admin, json!({})).await.len(), 1, "it is raised once");
}

/// Records what a worker does that could not do its work however often it tried.
async fn give_up(world: &World, session: SessionId) {
    let reason = "The database was away.".to_owned();
    let act = AnalysisAct::Fail { resolution: 1, reason, tokens: Tokens::default() };
    let command = AnalysisCommand { by: By::System, session, act };
    let context = CommandContext::new(
        world.firm.account,
        Actor::System,
        CommandId::derived(session.0, "give up"),
        [0; 32],
    );
    let id = Analysis::id_of(session);
    world.app.store.execute::<Analysis>(id.0, command, context).await.unwrap();
}
