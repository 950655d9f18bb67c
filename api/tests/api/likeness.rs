//! Sessions of the same problem find each other by meaning, and by words where no embedder answers (rule 6.4).

use std::sync::Arc;

use domain::embedding::{EmbedError, Embedder, Embedding, ModelId, Usage};
use domain::matching::likeness::Means;
use domain::proposal::event::ProposalEvent;
use event_store::log::Until;
use integrations::embedding::embedders::Embedders;
use integrations::embedding::hashing::Hashing;
use serde_json::json;

use crate::embedding::publish;
use crate::flywheel::{BLANK, LANDSCAPE, analysed, queue, solved};
use crate::world::{World, eventually};

/// By what each session was found to be of the same problem as the proposal.
async fn means(world: &World, proposal: &str) -> Vec<Means> {
    let (log, id) = (world.app.store.log(), proposal.parse().unwrap());
    let events = log.stream_of(world.firm.account, "proposal", id, Until::Now).await.unwrap();
    let by = events.iter().filter_map(|event| match event.decode().unwrap() {
        ProposalEvent::Supported(supported) => Some(supported.by),
        _ => None,
    });
    by.collect()
}

/// Three sessions of one problem and one of another: two proposals, found by these means.
async fn two_proposals(embedder: Arc<dyn Embedder>, expected: &Means) -> World {
    let world = World::embedding(Embedders::new(embedder, [])).await;
    for problem in BLANK.into_iter().chain([LANDSCAPE]) {
        solved(&world.firm.engineer, problem).await;
    }
    analysed(&world).await;
    let proposals = queue(&world.firm.admin, json!({})).await;
    let counts: Vec<_> = proposals.iter().map(|it| &it["supportingSessionCount"]).collect();
    assert_eq!(counts, [&json!(1), &json!(3)]);
    let by = means(&world, proposals[1]["id"].as_str().unwrap()).await;
    assert_eq!(by, [expected.clone(), expected.clone()]);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedder_tells_what_is_the_same_problem_and_each_text_is_embedded_once_an_account() {
    let hashing = Hashing::default();
    let meaning = Means::Meaning(hashing.model().to_string());
    let world = two_proposals(Arc::new(hashing), &meaning).await;
    let kept = "SELECT count(*) FROM embeddings WHERE NOT EXISTS
        (SELECT FROM flow_documents AS document WHERE document.hash = embeddings.hash)";
    assert_eq!(world.count(kept).await, 4);
    let rival = &world.rival;
    solved(&rival.engineer, BLANK[0]).await;
    analysed(&world).await;
    let theirs = queue(&rival.admin, json!({})).await;
    assert_eq!(theirs.len(), 1, "what another account was taught is no support: {theirs:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vectors_of_what_was_masked_are_forgotten_and_what_is_still_told_finds_its_likes() {
    let world = World::embedding(Embedders::new(Arc::new(Hashing::default()), [])).await;
    let engineer = &world.firm.engineer;
    let masked = solved(engineer, BLANK[0]).await;
    analysed(&world).await;
    solved(engineer, BLANK[1]).await;
    for same in &BLANK[..2] {
        solved(&world.rival.engineer, *same).await;
        analysed(&world).await;
    }
    publish(&world.firm, "Aquarium pump").await;
    let kept = async |account| {
        let texts = format!(
            "SELECT count(*) FROM embeddings AS known WHERE account = '{account}' AND NOT EXISTS
                (SELECT FROM flow_documents AS document WHERE document.hash = known.hash)"
        );
        world.count(&texts).await
    };
    let of_flows = "SELECT count(DISTINCT (known.account, known.hash)) FROM embeddings AS known
        JOIN flow_documents AS document ON document.account = known.account AND document.hash = known.hash";
    eventually("a flow is embedded", async || world.count(of_flows).await > 0).await;
    let flows = world.count(of_flows).await;
    assert_eq!(kept(world.firm.account).await, 2);
    let theirs = kept(world.rival.account).await;
    assert_eq!(theirs, 2, "the same texts there");

    let redact = json!({ "sessionId": masked, "text": "packing station", "reason": "A secret place." });
    engineer.done("redactSession", redact, "").await;
    eventually("their vectors are forgotten", async || kept(world.firm.account).await == 0).await;
    assert_eq!(kept(world.rival.account).await, theirs, "nothing was masked there");
    assert_eq!(world.count(of_flows).await, flows, "flows are found as before");

    solved(engineer, BLANK[2]).await;
    analysed(&world).await;
    let proposals = queue(&world.firm.admin, json!({})).await;
    let support: Vec<_> = proposals.iter().map(|it| &it["supportingSessionCount"]).collect();
    assert_eq!(support, [&json!(3)], "what is masked is compared as it reads now");
}

/// An embedder that is down.
struct Down(ModelId);

impl Embedder for Down {
    fn embed<'a>(&'a self, _usage: Usage, _texts: &'a [String]) -> Embedding<'a> {
        Box::pin(async { Err(EmbedError::Unavailable { why: "no connection", after: None }) })
    }

    fn model(&self) -> &ModelId {
        &self.0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_embedder_is_down_words_tell_and_the_event_says_so() {
    two_proposals(Arc::new(Down(ModelId::new("test/down"))), &Means::Words).await;
}

/// Where `make run` puts the local model.
#[cfg(feature = "local-model")]
const FETCHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.models/all-MiniLM-L6-v2");

#[cfg(feature = "local-model")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_sessions_of_one_problem_in_different_words_are_one_proposal_by_the_fetched_model() {
    use integrations::embedding::local::Local;
    use serde_json::Value;

    let folder = std::path::Path::new(FETCHED);
    if !Local::is_in(folder) {
        return;
    }
    let world = World::embedding(Embedders::new(Arc::new(Local::new(folder).unwrap()), [])).await;
    let lines = include_str!("../../../domain/evaluation/proposals.jsonl").lines();
    let worded: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    for problem in ["dock-usb", "monitor-flicker"] {
        for one in worded.iter().filter(|it| it["problem"] == problem) {
            let said = (one["intake"].as_str().unwrap(), one["solution"].as_str().unwrap());
            solved(&world.firm.engineer, said).await;
        }
    }
    analysed(&world).await;
    let proposals = queue(&world.firm.admin, json!({})).await;
    let told: Vec<_> =
        proposals.iter().map(|it| (&it["supportingSessionCount"], &it["problemDomain"])).collect();
    assert_eq!(told, [(&json!(3), &json!("HARDWARE")), (&json!(20), &json!("HARDWARE"))]);
}
