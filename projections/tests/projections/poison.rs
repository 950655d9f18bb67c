//! Events that can't be folded: their stream waits, all others go on, and nothing is skipped in silence.

use domain::id::FlowId;
use domain::recorded_event::Position;
use domain::session::command::SessionAct;
use projections::quarantine::{self, Narrowed, Waiting};
use serde_json::json;
use uuid::Uuid;

use crate::crashes::assert_same_as_anew;
use crate::msp::{ANNA, BEN, Msp};
use crate::process::{Process, names};
use crate::story::{Kind, Story, a};
use crate::world::World;

/// The position of a stream's first event of a type.
async fn position_of(world: &World, stream: Uuid, event_type: &str) -> Position {
    let events = world.events().await;
    let event = events.iter().find(|it| it.aggregate_id == stream && it.event_type == event_type);
    event.unwrap().position
}

async fn version_shown(world: &World, session: Uuid) -> i64 {
    let sql = "SELECT version FROM sessions WHERE id = $1";
    sqlx::query_scalar(sql).bind(session).fetch_one(&world.pool).await.unwrap()
}

async fn waiting_in(world: &World, projection: &str) -> Vec<Waiting> {
    let all = quarantine::waiting(&world.pool, Narrowed::default(), 100).await.unwrap();
    all.into_iter().filter(|it| it.projection == projection).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_cant_be_folded_waits_and_all_others_go_on_also_after_a_restart() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let [undecodable, unknown, gap, healthy] = [
        msp.start(&world, ANNA, "One").await,
        msp.start(&world, ANNA, "Two").await,
        msp.start(&world, BEN, "Three").await,
        msp.start(&world, BEN, "Four").await,
    ];
    world.forge(undecodable.0, "session.note_added", "1.0", 0).await;
    world.forge(unknown.0, "session.paused", "9.9", 0).await;
    world.forge(gap.0, "session.paused", "1.0", 1).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    // What comes behind a faulty event waits, though it could be read.
    for session in [undecodable, unknown, gap] {
        world.forge(session.0, "session.resumed", "1.0", 0).await;
    }
    msp.ask(&world, healthy, BEN, SessionAct::Pause).await.unwrap();
    process.shows(&world, &names()).await;
    process.stop().await;

    // A restart keeps it so.
    let process = Process::start(&world, projections::all());
    for session in [undecodable, unknown, gap] {
        world.forge(session.0, "session.paused", "1.0", 0).await;
    }
    msp.note(&world, healthy, BEN, "It goes on").await;
    process.shows(&world, &names()).await;
    process.stop().await;

    let waiting = waiting_in(&world, "sessions").await;
    let faults = [(undecodable, "session.note_added"), (unknown, "session.paused"), (gap, "session.paused")];
    assert_eq!(waiting.len(), 3);
    for (session, event_type) in faults {
        let row = waiting.iter().find(|it| it.aggregate_id == session.0).unwrap();
        assert_eq!(row.position, position_of(&world, session.0, event_type).await);
        assert_eq!(row.blocked_events, 2);
        assert!(!row.error.is_empty());
        assert_eq!(version_shown(&world, session.0).await, 2, "as it stood before the faulty event");
    }
    assert_eq!(version_shown(&world, healthy.0).await, 4);
    // Of the other projections only the outcomes take one of these, the one of an unknown version.
    assert_eq!(world.count("quarantined_streams").await, 4);
    assert_eq!(world.count("quarantined_streams WHERE attempts = 3").await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_faulty_event_in_the_middle_of_a_batch_changes_nothing_for_the_rest_of_it() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    let (_, poisoned) = story.sessions[0];
    // As the story goes on in other sessions, the log before, between and behind is one batch.
    for place in 1..6 {
        story.play(a(Kind::Start, place, place, 1)).await;
        if place == 3 {
            world.forge(poisoned.0, "session.step_answered", "1.0", 0).await;
        }
        for kind in [Kind::Classify, Kind::Match, Kind::Present, Kind::Answer, Kind::Note] {
            story.play(a(kind, u8::try_from(story.sessions.len()).unwrap() - 1, 2, 1)).await;
        }
    }
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let waiting = waiting_in(&world, "sessions").await;
    assert_eq!(waiting.iter().map(|it| it.aggregate_id).collect::<Vec<_>>(), [poisoned.0]);
    for (at, session) in story.sessions.iter().skip(1) {
        let told = world.view(story.msps[*at].account, *session).await;
        assert_eq!(version_shown(&world, session.0).await, i64::try_from(told.version).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flows_and_accounts_that_never_began_are_not_passed_over() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    // A flow's later events, in a stream that has no beginning.
    let flow = FlowId(Uuid::from_u128(99));
    sqlx::query(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                             position, account, recorded_at, command_id)
         SELECT 'flow', $1, 5, 'flow.retired', '1.0', $2, metadata, nextval('events_position'), account, recorded_at,
                gen_random_uuid()
         FROM events ORDER BY position LIMIT 1",
    )
    .bind(flow.to_string())
    .bind(json!({ "type": "flow.retired" }))
    .execute(&world.pool)
    .await
    .unwrap();
    let team =
        json!({ "type": "account.team_created", "team": Uuid::from_u128(7), "name": "Out of the blue" });
    world.forge_with(msp.account.0, "account.team_created", "1.0", 3, team).await;

    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let streams = |waiting: Vec<Waiting>| waiting.into_iter().map(|it| it.aggregate_id).collect::<Vec<_>>();
    assert_eq!(streams(waiting_in(&world, "flows").await), [flow.0]);
    assert_eq!(streams(waiting_in(&world, "accounts").await), [msp.account.0]);
    assert_eq!(world.count("teams").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_waits_in_a_history_without_faults() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    let process = Process::start(&world, projections::all());
    for number in 0..60_u8 {
        story.play([number.wrapping_mul(7), number, number / 3, number]).await;
    }
    process.shows(&world, &names()).await;
    process.stop().await;
    assert_eq!(world.count("quarantined_streams").await, 0);
    assert_same_as_anew(&world).await;
}
