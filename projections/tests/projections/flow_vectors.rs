//! What flows are found by in meaning: documents that follow the versions, vectors that are kept, and the nearest flows.

use domain::access::By;
use domain::embedding::{ModelId, Vector};
use domain::flow::Flow;
use domain::flow::command::{FlowAct, FlowCommand, NewFlow};
use domain::flow::event::{FlowHead, FlowKind, FlowOrigin};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::id::{AccountId, FlowId};
use projections::flow_vectors::nearest::{EXACT_UP_TO, Search, nearest};
use projections::flow_vectors::signs::{Coverage, accounts_to_embed, coverage, follow};
use projections::flow_vectors::vectors::{keep, keep_of_texts, wanting};

use crate::by_hand::ByHand;
use crate::msp::Msp;
use crate::tables;
use crate::world::{World, new_id};

/// What most small models have.
const DIMENSION: u16 = 384;

async fn tell(world: &World, account: AccountId, flow: FlowId, act: FlowAct) {
    world.tell::<Flow>(account, flow.0, FlowCommand { by: By::System, act }).await.unwrap();
}

async fn publish(world: &World, account: AccountId, name: &str) -> FlowId {
    let solution = FlowNode {
        id: "root".to_owned(),
        parent_id: None,
        kind: FlowNodeType::Solution,
        label: None,
        text: "Done.".to_owned(),
        details: None,
        script_template_id: None,
    };
    let head = FlowHead {
        name: name.to_owned(),
        description: None,
        kind: FlowKind::Troubleshooting,
        domain: None,
        keywords: ["one", "two", "three", "four", "five"].map(|word| format!("{name} {word}")).to_vec(),
    };
    let (nodes, origin) = (vec![solution], FlowOrigin::Starter);
    let flow = FlowId(new_id());
    tell(
        world,
        account,
        flow,
        FlowAct::CreateAndPublish(NewFlow { head, nodes, origin, from_proposal: None }),
    )
    .await;
    flow
}

/// Some direction, always the same for the same number.
fn direction(seed: u16) -> Vector {
    let numbers = (0..DIMENSION).map(|place| {
        f32::from(seed.wrapping_mul(31).wrapping_add(place.wrapping_mul(seed | 1)) % 1_009) - 504.0
    });
    Vector::towards(numbers.collect()).unwrap()
}

fn model() -> ModelId {
    ModelId::new("test/model")
}

/// Gives every document that lacks one a direction.
async fn embed(world: &World, account: AccountId, seed: u16) {
    let wanting = wanting(&world.pool, account, &model(), 1_000).await.unwrap();
    let made: Vec<_> = (seed..).zip(wanting).map(|(seed, it)| (it.hash, direction(seed))).collect();
    keep(&world.pool, account, &model(), &made).await.unwrap();
    follow(&world.pool, account).await.unwrap();
}

/// Accounts that are still to be looked at.
async fn behind(world: &World) -> Vec<AccountId> {
    accounts_to_embed(&world.pool, &model(), None, 10).await.unwrap()
}

#[tokio::test]
async fn documents_follow_the_versions_and_what_is_embedded_is_not_asked_for_again() {
    let world = World::new().await;
    let (msp, rival) = (Msp::open(&world, "UTC").await, Msp::open(&world, "UTC").await);
    let mut live = ByHand::new();
    let flow = publish(&world, msp.account, "Paper").await;
    publish(&world, rival.account, "Paper").await;
    live.fold(&world).await;
    let both = behind(&world).await;
    let after = async |account| accounts_to_embed(&world.pool, &model(), Some(account), 10).await.unwrap();
    assert_eq!(
        (after(both[0]).await, after(both[1]).await),
        (vec![both[1]], vec![]),
        "the others have their turn"
    );
    let lacking = async |account| wanting(&world.pool, account, &model(), 100).await.unwrap();
    let texts: Vec<_> = lacking(msp.account).await.into_iter().map(|it| it.content).collect();
    assert_eq!(texts.len(), 3, "what it is for, and its symptoms by fours: {texts:?}");
    assert!(texts.contains(&"Paper five".to_owned()), "{texts:?}");
    assert_eq!(wanting(&world.pool, msp.account, &model(), 2).await.unwrap().len(), 2, "bounded");
    embed(&world, msp.account, 1).await;
    assert!(lacking(msp.account).await.is_empty());
    assert_eq!(lacking(rival.account).await.len(), 3, "the same texts of another account are its own");
    let known = coverage(&world.pool, msp.account, &[ModelId::new("none"), model()]).await.unwrap();
    assert_eq!(known[0], Coverage { model: ModelId::new("none"), embedded: 0, documents: 0 });
    assert_eq!((known[1].embedded, known[1].documents), (3, 3));

    // Folded anew, nothing is to be embedded.
    tables::forget(&world.pool).await;
    ByHand::new().fold(&world).await;
    assert!(lacking(msp.account).await.is_empty());
    assert_eq!(lacking(rival.account).await.len(), 3);
    let mut live = ByHand::new();
    tell(&world, msp.account, flow, FlowAct::Retire).await;
    tables::forget(&world.pool).await;
    live.fold(&world).await;
    assert!(behind(&world).await.contains(&msp.account), "signs of what is no document any more");
    follow(&world.pool, msp.account).await.unwrap();
    assert_eq!(behind(&world).await, [rival.account]);
    let known = coverage(&world.pool, msp.account, &[model()]).await.unwrap();
    assert_eq!(known[0].documents, 0, "a retired flow is found by nothing");
}

#[tokio::test]
async fn a_text_whose_vector_was_there_before_it_became_a_document_is_found_once_signs_have_followed() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let texts = ["Paper", "Paper one, Paper two, Paper three, Paper four", "Paper five"];
    let made: Vec<_> = (1..).zip(texts).map(|(seed, text)| (text.to_owned(), direction(seed))).collect();
    keep_of_texts(&world.pool, msp.account, &model(), &made).await.unwrap();
    assert!(behind(&world).await.is_empty(), "texts that are no documents need no signs");
    let flow = publish(&world, msp.account, "Paper").await;
    ByHand::new().fold(&world).await;
    assert!(wanting(&world.pool, msp.account, &model(), 10).await.unwrap().is_empty());
    assert_eq!(behind(&world).await, [msp.account]);
    follow(&world.pool, msp.account).await.unwrap();
    assert!(behind(&world).await.is_empty());
    let known = coverage(&world.pool, msp.account, &[model()]).await.unwrap();
    assert_eq!((known[0].embedded, known[0].documents), (3, 3));
    let search = Search { model: &model(), vector: &direction(2), documents: 3, exact_up_to: 0 };
    let near = nearest(&world.pool, msp.account, search).await.unwrap();
    assert!((near[&flow][0] - 1.0).abs() < 1e-5 && near[&flow].len() == 3, "{near:?}");
}

#[tokio::test]
async fn like_signs_find_what_comparing_every_document_finds_and_nothing_of_another_account() {
    let world = World::new().await;
    let (msp, rival) = (Msp::open(&world, "UTC").await, Msp::open(&world, "UTC").await);
    let mut own = Vec::new();
    for number in 0..25 {
        own.push(publish(&world, msp.account, &format!("Ours {number}")).await);
        publish(&world, rival.account, &format!("Theirs {number}")).await;
    }
    ByHand::new().fold(&world).await;
    embed(&world, msp.account, 1).await;
    // The rival's documents are as near as ours: the same directions.
    embed(&world, rival.account, 1).await;
    let (name, vector) = (model(), direction(7));
    let search = |exact_up_to| Search { model: &name, vector: &vector, documents: 75, exact_up_to };
    let ranked = async |exact_up_to| {
        let near = nearest(&world.pool, msp.account, search(exact_up_to)).await.unwrap();
        let mut flows: Vec<_> = near.into_iter().map(|(flow, cosines)| (cosines, flow)).collect();
        flows.sort_by(|a, b| b.0[0].total_cmp(&a.0[0]).then(a.1.cmp(&b.1)));
        flows
    };
    let (exact, by_signs) = (ranked(EXACT_UP_TO).await, ranked(0).await);
    assert_eq!(exact.len(), 25);
    assert!((exact[0].0[0] - 1.0).abs() < 1e-5, "the document of that very direction: {:?}", exact[0]);
    assert!(by_signs.iter().all(|(_, flow)| own.contains(flow)), "nothing of another account");
    assert_eq!(exact, by_signs, "so few documents are all among the nearest");
    let other = Vector::towards(vec![1.0, 2.0]).unwrap();
    for way in [EXACT_UP_TO, 0] {
        let search = Search { vector: &other, ..search(way) };
        assert!(nearest(&world.pool, msp.account, search).await.unwrap().is_empty(), "of another dimension");
    }
}
