//! Matching by meaning: embedded in the background, compared in time or not at all, never across accounts (rules 5.2, 5.3).

use std::sync::Arc;

use domain::embedding::{Embedder, Embedding, ModelId, Usage};
use integrations::embedding::embedders::Embedders;
use integrations::embedding::hashing::Hashing;
use projections::flow_vectors::{signs, vectors};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::client::Client;
use crate::firm::Firm;
use crate::play;
use crate::world::{World, eventually};

const MATCHES: &str = "query($text: String!) { matchFlows(text: $text) { flow { id name } score semantic keyword recency \
    reason policyVersion } }";
const HUMMING: &str = "The aquarium pump hums and the fish look sad";

/// Hashing under another name, which lets documents and queries pass only as it is told.
struct Gated {
    id: ModelId,
    hashing: Hashing,
    documents: Semaphore,
    answers: bool,
}

impl Gated {
    fn new(documents: usize, answers: bool) -> Arc<Self> {
        let documents = Semaphore::new(documents);
        Arc::new(Self { id: ModelId::new("test/gated"), hashing: Hashing::default(), documents, answers })
    }
}

impl Embedder for Gated {
    fn embed<'a>(&'a self, usage: Usage, texts: &'a [String]) -> Embedding<'a> {
        Box::pin(async move {
            match usage {
                Usage::Document => drop(self.documents.acquire().await.unwrap()),
                Usage::Query if self.answers => {}
                Usage::Query => std::future::pending().await,
            }
            self.hashing.embed(usage, texts).await
        })
    }

    fn model(&self) -> &ModelId {
        &self.id
    }
}

/// A flow about aquarium pumps.
pub(crate) async fn publish(firm: &Firm, name: &str) -> String {
    let solution = json!({ "id": "root", "type": "SOLUTION", "text": "Clean the impeller." });
    let flow = json!({ "name": name, "description": "The pump of an aquarium hums or stands still.",
        "keywords": ["aquarium", "pump hums", "fish look sad"], "nodes": [solution] });
    let flow = firm.owner.done("createFlow", flow, "flow { id }").await["flow"]["id"].clone();
    firm.owner.done("publishFlow", json!({ "flowId": flow }), "").await;
    flow.as_str().unwrap().to_owned()
}

async fn matches(client: &Client, text: &str) -> Vec<Value> {
    client.data(MATCHES, json!({ "text": text })).await["matchFlows"].as_array().unwrap().clone()
}

async fn under_policy(client: &Client, version: i64) -> bool {
    matches(client, HUMMING).await.first().is_some_and(|best| best["policyVersion"] == version)
}

/// How many texts went to embedders, in all tests of this process.
async fn sent(world: &World, usage: &str) -> u64 {
    let metrics = world.nobody.get("/metrics").await.text().await.unwrap();
    let name = format!("flowpilot_embedding_texts_total{{usage=\"{usage}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_to_an_embedder_is_counted() {
    let world = World::embedding(Embedders::new(Arc::new(Hashing::default()), [])).await;
    let before = [sent(&world, "document").await, sent(&world, "query").await];
    publish(&world.firm, "Aquarium pump hums").await;
    eventually("meanings are compared", async || under_policy(&world.firm.engineer, 6).await).await;
    let after = [sent(&world, "document").await, sent(&world, "query").await];
    assert!(after[0] > before[0] && after[1] > before[1], "{before:?} {after:?}");
    let metrics = world.nobody.get("/metrics").await.text().await.unwrap();
    let calls = "flowpilot_embedding_call_seconds_count{usage=\"query\",fault=\"none\"}";
    assert!(metrics.contains(calls), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_published_flow_is_embedded_and_then_found_by_its_meaning_too() {
    let world = World::embedding(Embedders::new(Arc::new(Hashing::default()), [])).await;
    let (firm, rival) = (&world.firm, &world.rival);
    let flow = publish(firm, "Aquarium pump hums").await;
    let twin = publish(rival, "Aquarium pump hums").await;
    eventually("meanings are compared", async || under_policy(&firm.engineer, 6).await).await;
    eventually("theirs as well", async || under_policy(&rival.engineer, 6).await).await;
    for (client, own) in [(&firm.engineer, &flow), (&rival.engineer, &twin)] {
        let found = matches(client, HUMMING).await;
        assert_eq!(found.len(), 1, "the twin is another account's: {found:?}");
        assert_eq!(found[0]["flow"]["id"], **own);
        assert!(found[0]["semantic"].as_f64().unwrap() > 0.5, "{found:?}");
        assert!(found[0]["keyword"].is_number() && found[0]["recency"].is_null(), "{found:?}");
        let reason = found[0]["reason"].as_str().unwrap();
        assert!(reason.contains("close in meaning") && reason.contains("'pump hums'"), "{reason}");
    }
    let crossed = "SELECT count(*) FROM embeddings e WHERE NOT EXISTS
        (SELECT 1 FROM flow_documents d WHERE d.account = e.account AND d.hash = e.hash)";
    assert_eq!(world.count(crossed).await, 0, "every vector belongs to a document of its own account");

    let session = play::start(&firm.engineer, HUMMING).await;
    let view = "query($id: ID!) { session(id: $id) { match { semantic policyVersion flow { id } } } }";
    let view = firm.engineer.data(view, json!({ "id": session.id })).await;
    let matched = &view["session"]["match"];
    assert_eq!((&matched["policyVersion"], &matched["flow"]["id"]), (&json!(6), &json!(flow)));
    assert!(matched["semantic"].is_number(), "{view}");

    let resolve = json!({ "sessionId": session.id, "summary": "The impeller was dirty." });
    firm.engineer.done("resolveSession", resolve, "").await;
    let found = matches(&firm.engineer, HUMMING).await;
    assert!(found[0]["recency"].as_f64().unwrap() > 0.9, "it helped just now: {found:?}");
    firm.owner.done("retireFlow", json!({ "flowId": flow }), "flow { id }").await;
    assert_eq!(matches(&firm.engineer, HUMMING).await, Vec::<Value>::new());
    let left = format!("SELECT count(*) FROM flow_documents WHERE flow = '{flow}'");
    eventually("its documents are gone", async || world.count(&left).await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedder_that_does_not_answer_costs_the_meaning_and_not_the_session() {
    let world = World::embedding(Embedders::new(Gated::new(1_000, false), [])).await;
    publish(&world.firm, "Aquarium pump hums").await;
    let made = "SELECT count(*) FROM embeddings WHERE model = 'test/gated'";
    eventually("it is embedded", async || world.count(made).await > 0).await;
    let session = play::start(&world.firm.engineer, HUMMING).await;
    let view = "query($id: ID!) { session(id: $id) { match { semantic keyword policyVersion } } }";
    let view = world.firm.engineer.data(view, json!({ "id": session.id })).await;
    let matched = &view["session"]["match"];
    assert_eq!((&matched["semantic"], &matched["policyVersion"]), (&Value::Null, &json!(5)));
    assert!(matched["keyword"].as_f64().unwrap() > 0.5, "{view}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_embedder_made_serves_until_the_new_one_has_made_its_own() {
    let (gated, hashing) = (Gated::new(0, true), Arc::new(Hashing::default()));
    let world = World::embedding(Embedders::new(gated.clone(), [hashing.clone() as Arc<dyn Embedder>])).await;
    publish(&world.firm, "Aquarium pump hums").await;
    let account = world.firm.account;
    eventually("its documents are there", async || {
        world.count("SELECT count(*) FROM flow_documents").await > 0
    })
    .await;
    assert!(under_policy(&world.firm.engineer, 5).await, "nothing is embedded: words alone");
    let wanting = vectors::wanting(&world.pool, account, hashing.model(), 100).await.unwrap();
    let made: Vec<_> = wanting.into_iter().map(|it| (it.hash, hashing.vector(&it.content))).collect();
    vectors::keep(&world.pool, account, hashing.model(), &made).await.unwrap();
    signs::follow(&world.pool, account).await.unwrap();
    assert!(under_policy(&world.firm.engineer, 6).await, "what is there serves");
    gated.documents.add_permits(1_000);
    eventually("the new one serves", async || under_policy(&world.firm.engineer, 8).await).await;
}
