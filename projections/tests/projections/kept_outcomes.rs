//! Outcomes that are kept in memory between batches: never gone on with where the rows are something else.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::id::{RequestId, SessionId};
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::command::{Resolve, SessionAct};
use event_store::transaction;
use projections::outcomes::Outcomes;
use projections::projection::Projection;

use crate::msp::{ANNA, Msp};
use crate::world::{World, new_id};

/// What is new to the outcomes.
async fn news(world: &World, after: Position) -> Vec<Arc<RecordedEvent>> {
    let page = world.store.log().page(after, 10_000, &[]).await.unwrap();
    let events = page.events.into_iter().filter(|event| Outcomes::default().takes(&event.event_type));
    events.map(Arc::new).collect()
}

/// Folds in a transaction that may come to nothing.
async fn fold(world: &World, outcomes: &Outcomes, events: &[Arc<RecordedEvent>], commits: bool) {
    let mut transaction = transaction::begin(&world.pool).await.unwrap();
    outcomes.apply(&mut transaction, events, &mut Vec::new()).await.unwrap();
    if commits {
        transaction.commit().await.unwrap();
    } else {
        transaction.rollback().await.unwrap();
    }
}

/// A session that was folded apart from its account, which would have all be forgotten.
async fn begun(world: &World, msp: &Msp, outcomes: &Outcomes) -> SessionId {
    fold(world, outcomes, &news(world, Position::START).await, true).await;
    let opened = world.last().await;
    let session = msp.start(world, ANNA, "Locked out").await;
    fold(world, outcomes, &news(world, opened).await, true).await;
    session
}

async fn resolve_and_reopen(world: &World, msp: &Msp, session: SessionId) {
    world.clock.advance(TimeDelta::hours(1));
    let resolve = Resolve {
        summary: "Unlocked".into(),
        action: None,
        rating: None,
        feedback: None,
        redactions: vec![],
    };
    msp.ask(world, session, ANNA, SessionAct::Resolve(resolve)).await.unwrap();
    let reopen = SessionAct::Reopen {
        reason: "Locked again".into(),
        request: RequestId(new_id()),
        redactions: vec![],
    };
    msp.ask(world, session, ANNA, reopen).await.unwrap();
}

/// How often a session was reopened, as its row says.
async fn reopened(world: &World, session: SessionId) -> i32 {
    let sql = "SELECT reopened FROM outcomes WHERE session = $1";
    sqlx::query_scalar(sql).bind(session.0).fetch_one(&world.pool).await.unwrap()
}

#[tokio::test]
async fn what_came_to_nothing_is_folded_again_from_the_rows_as_they_are() {
    let world = World::new().await;
    let msp = Msp::open(&world, "Europe/Berlin").await;
    let outcomes = Outcomes::default();
    let session = begun(&world, &msp, &outcomes).await;
    let folded = world.last().await;
    resolve_and_reopen(&world, &msp, session).await;
    let events = news(&world, folded).await;
    fold(&world, &outcomes, &events, false).await;
    assert_eq!(reopened(&world, session).await, 0);
    // As a runner goes on after a batch that failed: event by event.
    for event in events.chunks(1) {
        fold(&world, &outcomes, event, true).await;
    }
    assert_eq!(reopened(&world, session).await, 1);
}

#[tokio::test]
async fn who_takes_outcomes_up_again_goes_on_from_what_others_wrote_meanwhile() {
    let world = World::new().await;
    let msp = Msp::open(&world, "Europe/Berlin").await;
    let (here, elsewhere) = (Outcomes::default(), Outcomes::default());
    let session = begun(&world, &msp, &here).await;
    for (number, outcomes) in (1..).zip([&elsewhere, &here, &elsewhere]) {
        let folded = world.last().await;
        resolve_and_reopen(&world, &msp, session).await;
        // A runner does so when it begins.
        outcomes.forget();
        fold(&world, outcomes, &news(&world, folded).await, true).await;
        assert_eq!(reopened(&world, session).await, number);
    }
}

#[tokio::test]
async fn a_session_that_goes_on_is_not_read_back_from_its_row() {
    let world = World::new().await;
    let msp = Msp::open(&world, "Europe/Berlin").await;
    let outcomes = Outcomes::default();
    let session = begun(&world, &msp, &outcomes).await;
    sqlx::query("DELETE FROM outcomes").execute(&world.pool).await.unwrap();
    let folded = world.last().await;
    resolve_and_reopen(&world, &msp, session).await;
    fold(&world, &outcomes, &news(&world, folded).await, true).await;
    assert_eq!(reopened(&world, session).await, 1);
}
