//! What the assistant costs, on the account's own days: across midnight and daylight saving, and only what costs.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::account::command::{AccountAct, Configure};
use domain::id::{RequestId, StepId};
use domain::problem::{Classification, ProblemDomain, Urgency};
use domain::session::command::{DraftStep, FailStep, SessionAct};
use domain::session::event::{GenerationFailure, IntakeClassified};
use domain::session::status::Confidence;
use domain::session::step::{ActionContent, MadeBy, StepContent, Tokens};
use projections::usage::{self, Spent};

use crate::by_hand::ByHand;
use crate::msp::{ANNA, Msp};
use crate::world::{World, new_id};

fn model() -> MadeBy {
    MadeBy::Model { provider: "openai".to_owned(), model: "local".to_owned() }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn present(request: RequestId, made_by: MadeBy, tokens: Tokens) -> SessionAct {
    let content = StepContent::InfoRequest(ActionContent {
        text: "Which computer?".into(),
        context_message: None,
        expected_outcome: None,
        checklist: vec![].into(),
        allow_free_text: true,
        allow_skip: true,
    });
    let step = DraftStep {
        id: StepId(new_id()),
        content,
        confidence: Confidence::new(0.5),
        flow_node: None,
        made_by,
        tokens,
        reasoning: None,
    };
    SessionAct::PresentStep { request, step }
}

#[tokio::test]
async fn a_call_counts_on_the_day_that_it_is_where_the_account_is() {
    // Instants around midnight: on ordinary days, and on those on which clocks are put forward or back.
    let places = [
        (
            "Europe/Berlin",
            [
                ("2026-03-28T22:59:59.999999Z", "2026-03-28"),
                ("2026-03-28T23:00:00Z", "2026-03-29"),
                ("2026-03-29T21:59:59Z", "2026-03-29"),
                ("2026-03-29T22:00:00Z", "2026-03-30"),
                ("2026-10-24T21:59:59Z", "2026-10-24"),
                ("2026-10-24T22:00:00Z", "2026-10-25"),
                ("2026-10-25T22:59:59Z", "2026-10-25"),
                ("2026-10-25T23:00:00Z", "2026-10-26"),
            ],
        ),
        (
            "Australia/Sydney",
            [
                ("2026-04-04T12:59:59Z", "2026-04-04"),
                ("2026-04-04T13:00:00Z", "2026-04-05"),
                ("2026-04-05T13:59:59Z", "2026-04-05"),
                ("2026-04-05T14:00:00Z", "2026-04-06"),
                ("2026-10-03T13:59:59Z", "2026-10-03"),
                ("2026-10-03T14:00:00Z", "2026-10-04"),
                ("2026-10-04T12:59:59Z", "2026-10-04"),
                ("2026-10-04T13:00:00Z", "2026-10-05"),
            ],
        ),
    ];
    let world = World::new().await;
    let mut live = ByHand::new();
    let mut expected = Vec::new();
    for (zone, instants) in places {
        world.clock.set("2026-01-01T00:00:00Z");
        let msp = Msp::open(&world, zone).await;
        let session = msp.start(&world, ANNA, "Locked out").await;
        let mut days: BTreeMap<NaiveDate, u64> = BTreeMap::new();
        for (instant, local) in instants {
            world.clock.set(instant);
            let late =
                present(RequestId(new_id()), model(), Tokens { input: 10, output: 2, cached: 5, calls: 0 });
            msp.inform(&world, session, late).await.unwrap();
            *days.entry(day(local)).or_default() += 1;
            if local.ends_with('4') {
                live.fold(&world).await;
            }
        }
        expected.push((msp.account, days));
    }
    live.fold(&world).await;
    for (account, days) in expected {
        let (first, last) = (*days.keys().next().unwrap(), *days.keys().last().unwrap());
        let counted = usage::days(&world.pool, account, first, last).await.unwrap();
        let expected: Vec<_> = days
            .into_iter()
            .map(|(day, calls)| {
                let tokens = Tokens { input: 10 * calls, output: 2 * calls, cached: 0, calls: 0 };
                (day, Spent { calls, tokens })
            })
            .collect();
        assert_eq!(counted, expected);
        let within =
            usage::days(&world.pool, account, first.succ_opt().unwrap(), last.pred_opt().unwrap()).await;
        assert_eq!(within.unwrap(), expected[1..expected.len() - 1]);
    }
}

#[tokio::test]
async fn calls_of_a_model_count_also_late_and_failed_ones_and_the_playbooks_do_not() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let none = Tokens::default();
    let some = Tokens { input: 100, output: 10, cached: 0, calls: 0 };
    let tries = |calls| Tokens { calls, ..none };
    let classified = |made_by, fallback, tokens| {
        SessionAct::RecordClassification(IntakeClassified {
            classification: Classification {
                summary: "Locked out".into(),
                domain: ProblemDomain::Other,
                key_symptoms: vec![].into(),
                urgency: Urgency::Low,
            },
            fallback,
            made_by,
            tokens,
        })
    };
    let failed = |request, tokens| {
        let reason = GenerationFailure::InvalidOutput;
        SessionAct::FailStep(FailStep { request, reason, message: "No".to_owned(), made_by: model(), tokens })
    };
    let by_playbook = msp.start(&world, ANNA, "Locked out too").await;
    let down = msp.start(&world, ANNA, "Locked out while the provider is down").await;
    let spent = msp.start(&world, ANNA, "Locked out when the quota was spent").await;
    let request = world.view(msp.account, session).await.pending_request().unwrap().request;
    let other = world.view(msp.account, by_playbook).await.pending_request().unwrap().request;
    let mut live = ByHand::new();
    for (session, act, calls) in [
        (session, classified(model(), false, some), 1),
        // A model that tells no tokens was called all the same.
        (session, present(RequestId(new_id()), model(), none), 2),
        (session, present(request, model(), some), 3),
        (session, failed(RequestId(new_id()), some), 4),
        (by_playbook, classified(MadeBy::Playbook, false, none), 4),
        (by_playbook, present(RequestId(new_id()), MadeBy::Playbook, none), 4),
        (by_playbook, failed(other, none), 4),
        // Every try is a call, whatever came of it.
        (session, present(RequestId(new_id()), model(), Tokens { calls: 2, ..some }), 6),
        (session, present(RequestId(new_id()), MadeBy::Playbook, tries(3)), 9),
        (session, failed(RequestId(new_id()), tries(3)), 12),
        (down, classified(model(), true, tries(3)), 15),
        (spent, classified(model(), true, none), 15),
    ] {
        msp.inform(&world, session, act).await.unwrap();
        live.fold(&world).await;
        let days = usage::days(&world.pool, msp.account, day("2026-03-02"), day("2026-03-02")).await.unwrap();
        assert_eq!(days[0].1.calls, calls);
    }
    let elsewhere = Msp::open(&world, "UTC").await;
    let days =
        usage::days(&world.pool, elsewhere.account, day("2026-01-01"), day("2026-12-31")).await.unwrap();
    assert!(days.is_empty());
}

#[tokio::test]
async fn from_the_change_of_zone_on_days_begin_where_the_account_is_now() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Locked out").await;
    let mut live = ByHand::new();
    let spend = async || {
        let tokens = Tokens { input: 1, output: 1, cached: 0, calls: 0 };
        msp.inform(&world, session, present(RequestId(new_id()), model(), tokens)).await.unwrap();
    };
    // Nine in the evening in London is the next morning in Tokyo.
    world.clock.set("2026-03-02T21:00:00Z");
    spend().await;
    live.fold(&world).await;
    let zone = Configure { time_zone: Some("Asia/Tokyo".to_owned()), ..Configure::default() };
    msp.change(&world, AccountAct::Configure(zone)).await;
    spend().await;
    live.fold(&world).await;
    let days = usage::days(&world.pool, msp.account, day("2026-03-01"), day("2026-03-04")).await.unwrap();
    let calls: Vec<_> = days.into_iter().map(|(day, spent)| (day.to_string(), spent.calls)).collect();
    assert_eq!(calls, [("2026-03-02".to_owned(), 1), ("2026-03-03".to_owned(), 1)]);
}
