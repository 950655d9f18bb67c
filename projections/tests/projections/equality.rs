//! Followed live, folded anew or folded stream by stream, the read models are the same, byte for byte; and sessions are as the log tells them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::account::event::AccountEvent;
use domain::analysis::event::AnalysisEvent;
use domain::flow::event::FlowEvent;
use domain::proposal::event::ProposalEvent;
use domain::script::event::ScriptTemplateEvent;
use domain::session::event::SessionEvent;
use domain::session::view::SessionView;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use crate::by_hand::{self, ByHand};
use crate::story::{Kind, Move, Story, a};
use crate::tables;
use crate::world::World;

const CASES: u32 = 20;

/// A session as it is stored: document, intake, steps, version and when it was matched.
type Stored = (String, String, Vec<String>, i64, Option<DateTime<Utc>>);

#[test]
fn folded_live_in_batches_of_any_cut_is_the_same_as_folded_anew_at_once() {
    let runtime = Runtime::new().unwrap();
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let moves = proptest::collection::vec((any::<Move>(), 0..4_u8), 15..40);
    let outcome = TestRunner::new(config).run(&moves, |moves| {
        runtime.block_on(live_and_anew(&moves));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[tokio::test]
async fn a_history_with_every_event_there_is_folds_live_as_anew() {
    use Kind::*;
    let mut moves =
        vec![a(CreateFlow, 0, 0, 3), a(Publish, 1, 0, 1), a(SaveDraft, 1, 0, 1), a(Retire, 1, 0, 0)];
    moves.extend([0, 1, 2, 3].map(|detail| a(Template, 0, 0, detail)));
    moves.extend(learning());
    moves.extend([a(Team, 0, 0, 0), a(Member, 0, 2, 0), a(Member, 0, 3, 1)]);
    // Anna opens a session with a ticket in an account of her own team; it goes through everything.
    let in_first = |kind, who, detail| a(kind, 1, who, detail);
    moves.push(a(Start, 0, 2, 4));
    for (kind, who, detail) in [
        (Ticket, 0, 2),
        (Classify, 0, 1),
        (Match, 0, 201),
        (Link, 0, 1),
        (Present, 0, 1),
        (Answer, 0, 0),
        (Fail, 0, 1),
        (PresentLate, 0, 3),
        (Retry, 0, 1),
        (Present, 0, 2),
        (Note, 2, 1),
        (Script, 0, 0),
        (Pause, 0, 1),
        (Resume, 0, 1),
        (Escalate, 3, 2),
        (Enrich, 0, 2),
        (Release, 0, 1),
        (PickUp, 3, 1),
        (Escalate, 1, 1),
        (Enrich, 0, 1),
        (Recall, 0, 1),
        (Escalate, 1, 1),
        (Expire, 0, 1),
        (Redact, 0, 0),
        (Present, 0, 4),
        (Answer, 0, 2),
        (Escalate, 1, 1),
        (HandOff, 0, 1),
        (Reopen, 0, 1),
        (Abandon, 0, 2),
        (Reopen, 0, 1),
        (Resolve, 0, 2),
        (Rate, 0, 3),
    ] {
        moves.push(in_first(kind, who, detail));
    }
    // One whose ticket can't be had, and whose second step is its last.
    moves.extend([a(Start, 0, 2, 6), a(Ticket, 2, 0, 1)]);
    moves.extend(
        [(Present, 1), (Answer, 0), (Present, 1), (Answer, 0)].map(|(kind, detail)| a(kind, 2, 0, detail)),
    );
    let world = live_and_anew(&moves.into_iter().map(|it| (it, 1)).collect::<Vec<_>>()).await;
    let happened: BTreeSet<String> = world.events().await.into_iter().map(|event| event.event_type).collect();
    let people = [SessionEvent::STORED, AccountEvent::STORED, ScriptTemplateEvent::STORED].concat();
    let knowledge = [FlowEvent::STORED, ProposalEvent::STORED, AnalysisEvent::STORED].concat();
    for (stored, _) in people.into_iter().chain(knowledge) {
        assert!(happened.contains(stored), "{stored} did not happen");
    }
}

/// Every event of proposals and of analyses, decided by the owner.
fn learning() -> Vec<Move> {
    let owner = 0;
    // One that is grown anew, approved and published; one that is edited after its flow moved on; one that is rejected; one that is
    // dismissed and comes back; one that is left alone; and a path that held.
    let first = [(0, 0), (0, 3), (0, 26), (0, 6), (0, 11)];
    let second = [(0, 1), (1, 10), (1, 7)];
    let third = [(0, 0), (2, 8)];
    let fourth = [(0, 0), (3, 9), (3, 4), (3, 4), (3, 4)];
    let fifth = [(0, 0), (4, 5), (0, 2)];
    let analysis = [(0, 12), (0, 14), (0, 13), (0, 15), (0, 45), (0, 30), (0, 28)];
    let all = [&first[..], &second, &third, &fourth, &fifth, &analysis].concat();
    all.into_iter().map(|(place, detail)| a(Kind::Learn, place, owner, detail)).collect()
}

/// With each move: whether a batch is cut after it (0).
async fn live_and_anew(moves: &[(Move, u8)]) -> World {
    let world = World::new().await;
    let mut live = ByHand::new();
    let mut story = Story::begin(&world).await;
    for (it, cut) in moves {
        story.play(*it).await;
        if *cut < 2 {
            live.fold(&world).await;
        }
    }
    live.fold(&world).await;
    let followed = tables::read(&world.pool).await;
    assert_sessions_are_as_the_log_tells(&world).await;
    tables::forget(&world.pool).await;
    ByHand::new().fold(&world).await;
    tables::assert_same(&followed, &tables::read(&world.pool).await);
    by_hand::copy(&world).await;
    tables::assert_same(&followed, &tables::read(&world.pool).await);
    world
}

pub(crate) async fn assert_sessions_are_as_the_log_tells(world: &World) {
    let events = world.events().await;
    let ids: BTreeSet<_> = events
        .iter()
        .filter(|event| event.aggregate_type == "session")
        .map(|event| event.aggregate_id)
        .collect();
    assert_eq!(world.count("sessions").await, i64::try_from(ids.len()).unwrap());
    for id in ids {
        let history: Vec<_> = events.iter().filter(|event| event.aggregate_id == id).collect();
        let mut told = SessionView::fold(history.iter().copied()).unwrap().unwrap();
        let matched = history.iter().rev().find_map(|event| match event.decode().unwrap() {
            SessionEvent::FlowMatched(matched) => {
                Some(matched.chosen.is_some().then_some(event.metadata.recorded_at))
            }
            _ => None,
        });
        let content = serde_json::to_string(&told.take_intake_content().unwrap()).unwrap();
        let steps = std::mem::take(&mut told.steps);
        let steps: Vec<_> = steps.iter().map(|step| serde_json::to_string(step).unwrap()).collect();
        let (document, stored_content, stored_steps, version, matched_at): Stored = sqlx::query_as(
            "SELECT document::text, content::text,
                    ARRAY(SELECT step.document::text FROM session_steps AS step
                          WHERE step.session = sessions.id ORDER BY step.ordinal), version, matched_at
             FROM sessions JOIN session_intakes USING (account, id) WHERE id = $1",
        )
        .bind(id)
        .fetch_one(&world.pool)
        .await
        .unwrap();
        assert_eq!(document, serde_json::to_string(&told).unwrap());
        assert_eq!(stored_content, content);
        assert_eq!(stored_steps, steps);
        assert_eq!(version, i64::try_from(history.len()).unwrap());
        assert_eq!(matched_at, matched.flatten());
    }
}
