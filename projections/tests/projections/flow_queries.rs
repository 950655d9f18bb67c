//! Flows as they are read: drafts, versions for ever, filters, and what matching is offered.

use domain::access::By;
use domain::flow::command::{DraftChange, FlowAct, FlowCommand, NewFlow};
use domain::flow::event::{FlowHead, FlowKind, FlowOrigin};
use domain::flow::tree::{FlowNode, FlowNodeType};
use domain::flow::{Flow, FlowStatus};
use domain::id::FlowId;
use domain::problem::ProblemDomain;
use projections::flows::queries::{self, FlowFilter};

use crate::by_hand::ByHand;
use crate::msp::Msp;
use crate::world::{World, new_id};

/// A procedure of one step, which is valid.
fn tree(text: &str) -> Vec<FlowNode> {
    let node = |id: &str, parent: Option<&str>, kind| FlowNode {
        id: id.to_owned(),
        parent_id: parent.map(str::to_owned),
        kind,
        label: None,
        text: text.to_owned(),
        details: None,
        script_template_id: None,
    };
    vec![node("root", None, FlowNodeType::Action), node("end", Some("root"), FlowNodeType::Solution)]
}

fn new_flow(name: &str, text: &str) -> NewFlow {
    NewFlow {
        head: FlowHead {
            name: name.to_owned(),
            description: Some(format!("What to do about {name}")),
            kind: FlowKind::Procedure,
            domain: Some(ProblemDomain::Printing),
            keywords: vec!["Paper Jam".to_owned(), "100%".to_owned()],
        },
        nodes: tree(text),
        origin: FlowOrigin::Manual,
        from_proposal: None,
    }
}

async fn tell(world: &World, msp: &Msp, flow: FlowId, act: FlowAct) {
    world.tell::<Flow>(msp.account, flow.0, FlowCommand { by: By::System, act }).await.unwrap();
}

async fn create(world: &World, msp: &Msp, new: NewFlow) -> FlowId {
    let flow = FlowId(new_id());
    tell(world, msp, flow, FlowAct::Create(new)).await;
    flow
}

fn draft(text: &str) -> FlowAct {
    FlowAct::SaveDraft(DraftChange { nodes: Some(tree(text)), ..DraftChange::default() })
}

#[tokio::test]
async fn a_flow_shows_its_draft_its_newest_version_and_any_version_named() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let mut live = ByHand::new();
    let flow = create(&world, &msp, new_flow("Paper", "one")).await;
    live.fold(&world).await;
    let one = async |version| queries::one(&world.pool, msp.account, flow, version).await.unwrap();

    let begun = one(None).await.unwrap();
    assert_eq!((begun.status, begun.published_version, begun.version), (FlowStatus::Draft, None, 1));
    assert_eq!((&begun.tree, &begun.draft), (&tree("one"), &Some(tree("one"))));
    assert!(one(Some(1)).await.is_none());
    assert!(queries::published(&world.pool, msp.account).await.unwrap().is_empty());

    tell(&world, &msp, flow, FlowAct::Publish).await;
    tell(&world, &msp, flow, draft("two")).await;
    live.fold(&world).await;
    let edited = one(None).await.unwrap();
    assert_eq!((edited.status, edited.published_version), (FlowStatus::Published, Some(1)));
    assert_eq!((&edited.tree, &edited.draft), (&tree("one"), &Some(tree("two"))));

    tell(&world, &msp, flow, FlowAct::Publish).await;
    live.fold(&world).await;
    let newest = one(None).await.unwrap();
    assert_eq!((newest.published_version, &newest.tree, &newest.draft), (Some(2), &tree("two"), &None));
    let first = one(Some(1)).await.unwrap();
    assert_eq!((first.published_version, first.tree), (Some(1), tree("one")));
    assert!(one(Some(3)).await.is_none());
    let offered = queries::published(&world.pool, msp.account).await.unwrap();
    assert_eq!((offered[0].id, offered[0].version, &offered[0].nodes), (flow, 2, &tree("two")));

    tell(&world, &msp, flow, FlowAct::Retire).await;
    live.fold(&world).await;
    assert_eq!(one(None).await.unwrap().status, FlowStatus::Retired);
    assert_eq!(one(Some(1)).await.unwrap().tree, tree("one"), "versions stand for ever");
    assert!(queries::published(&world.pool, msp.account).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_flows_come_each_in_the_version_wanted_and_unknown_ones_are_left_out() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let (one, two) =
        (create(&world, &msp, new_flow("One", "a")).await, create(&world, &msp, new_flow("Two", "b")).await);
    for act in [FlowAct::Publish, draft("c"), FlowAct::Publish] {
        tell(&world, &msp, one, act).await;
    }
    ByHand::new().fold(&world).await;
    let wanted = [
        (one, Some(1)),
        (one, None),
        (two, None),
        (two, Some(1)),
        (FlowId(new_id()), None),
        (one, Some(u32::MAX)),
    ];
    let rows = queries::many(&world.pool, msp.account, &wanted).await.unwrap();
    let mut found: Vec<_> = rows.iter().map(|row| (row.id, row.published_version)).collect();
    found.sort();
    assert_eq!(found, [(one, Some(1)), (one, Some(2)), (two, None)]);
}

#[tokio::test]
async fn pages_filters_and_counts_agree_also_where_flows_began_at_the_same_instant() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let mut flows = Vec::new();
    for number in 0..7 {
        flows.push(create(&world, &msp, new_flow(&format!("Flow {number}"), "a")).await);
    }
    for flow in &flows[..3] {
        tell(&world, &msp, *flow, FlowAct::Publish).await;
    }
    let starter = FlowId(new_id());
    let new = NewFlow { origin: FlowOrigin::Starter, ..new_flow("Starter", "a") };
    tell(&world, &msp, starter, FlowAct::CreateAndPublish(new)).await;
    flows.push(starter);
    tell(&world, &msp, flows[0], FlowAct::Retire).await;
    ByHand::new().fold(&world).await;
    flows.sort();
    flows.reverse();

    let none = FlowFilter::default;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = queries::page(&world.pool, msp.account, &none(), after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.created_at, last.id));
        seen.extend(page.iter().map(|row| row.id));
    }
    assert_eq!(seen, flows);

    for (filter, expected) in [
        (none(), 8),
        (FlowFilter { status: vec![FlowStatus::Published], ..none() }, 3),
        (FlowFilter { status: vec![FlowStatus::Draft, FlowStatus::Retired], ..none() }, 5),
        (FlowFilter { origin: vec![FlowOrigin::Starter], ..none() }, 1),
        (FlowFilter { domain: vec![ProblemDomain::Printing], ..none() }, 8),
        (FlowFilter { domain: vec![ProblemDomain::Email], ..none() }, 0),
        (FlowFilter { search: Some("paper JAM".to_owned()), ..none() }, 8),
        (FlowFilter { search: Some("about starter".to_owned()), ..none() }, 1),
        (FlowFilter { search: Some("100%".to_owned()), ..none() }, 8),
        (FlowFilter { search: Some("10%".to_owned()), ..none() }, 0),
    ] {
        let page = queries::page(&world.pool, msp.account, &filter, None, 100).await.unwrap();
        assert_eq!(page.len(), expected, "{filter:?}");
        let count = queries::count(&world.pool, msp.account, &filter).await.unwrap();
        assert_eq!(count, i64::try_from(expected).unwrap(), "{filter:?}");
    }
}

#[tokio::test]
async fn the_mark_of_what_an_account_offers_changes_with_every_publication_and_with_no_draft() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let other = Msp::open(&world, "UTC").await;
    let mut live = ByHand::new();
    let stays = create(&world, &msp, new_flow("Ink", "one")).await;
    let flow = create(&world, &msp, new_flow("Paper", "one")).await;
    tell(&world, &msp, stays, FlowAct::Publish).await;
    live.fold(&world).await;
    let mark = async || queries::published_mark(&world.pool, msp.account).await.unwrap();
    let unpublished = mark().await;
    let mut published = Vec::new();
    for text in ["one", "two", "three"] {
        tell(&world, &msp, flow, draft(text)).await;
        live.fold(&world).await;
        assert_eq!(mark().await, published.last().copied().unwrap_or(unpublished), "a draft is not offered");
        world.clock.advance(chrono::TimeDelta::seconds(-1));
        tell(&world, &msp, flow, FlowAct::Publish).await;
        live.fold(&world).await;
        let now = mark().await;
        assert!(now != unpublished && !published.contains(&now));
        published.push(now);
    }
    tell(&world, &msp, flow, FlowAct::Retire).await;
    live.fold(&world).await;
    assert_eq!(mark().await, unpublished, "what is offered is what was offered before");
    create(&world, &other, new_flow("Paper", "one")).await;
    live.fold(&world).await;
    assert_eq!(mark().await, unpublished);
}

#[tokio::test]
async fn all_that_is_offered_is_matched_however_many_flows_it_is() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let flow = create(&world, &msp, new_flow("Paper", "one")).await;
    tell(&world, &msp, flow, FlowAct::Publish).await;
    ByHand::new().fold(&world).await;
    for more in [
        "INSERT INTO flows SELECT (jsonb_populate_record(flow, jsonb_build_object('id', gen_random_uuid()))).*
         FROM flows AS flow, generate_series(1, 10000)",
        "INSERT INTO flow_versions SELECT (jsonb_populate_record(shown, jsonb_build_object('flow', flow.id))).*
         FROM flows AS flow, flow_versions AS shown WHERE flow.id <> shown.flow",
    ] {
        assert_eq!(sqlx::query(more).execute(&world.pool).await.unwrap().rows_affected(), 10_000);
    }
    let offered = queries::published(&world.pool, msp.account).await.unwrap();
    assert_eq!(offered.len(), 10_001);
    assert!(offered.is_sorted_by(|one, next| one.id < next.id), "each of them once");
}
