//! A read model that is compared with a fresh fold while its runner goes on.

use domain::recorded_event::Position;
use event_store::transaction;
use projections::comparison::{Compared, with_a_fresh_fold};
use projections::sessions;

use crate::by_hand::ByHand;
use crate::msp::{ANNA, Msp};
use crate::world::{World, eventually};

async fn stands_at(world: &World, position: Position) {
    let sql = "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ($1, 1, $2, 1)
               ON CONFLICT (name) DO UPDATE SET position = excluded.position";
    sqlx::query(sql).bind(sessions::NAME).bind(position.0).execute(&world.pool).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_set_aside_meanwhile_makes_no_difference() {
    let world = World::new().await;
    let msp = Msp::open(&world, "UTC").await;
    let session = msp.start(&world, ANNA, "Paper jam").await;
    ByHand::new().fold(&world).await;
    let before = world.last().await;
    stands_at(&world, before).await;

    // Held up where it reads what was left out.
    let mut lock = transaction::begin(&world.pool).await.unwrap();
    sqlx::query("LOCK TABLE skipped_events IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let (pool, log) = (world.pool.clone(), world.store.log());
    let comparing = tokio::spawn(async move {
        let all = projections::all();
        let projection = all.iter().find(|it| it.name() == sessions::NAME).unwrap();
        with_a_fresh_fold(&pool, &log, &**projection).await.unwrap()
    });
    eventually(async || {
        let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        world.count(waits).await == 1
    })
    .await;
    msp.note(&world, session, ANNA, "It can't be folded, say").await;
    let after = world.last().await;
    let aside = "INSERT INTO quarantined_streams
                     (projection, account, aggregate_type, aggregate_id, position, error, attempts)
                 VALUES ($1, $2, 'session', $3, $4, 'no', 3)";
    sqlx::query(aside)
        .bind(sessions::NAME)
        .bind(msp.account.0)
        .bind(session.0)
        .bind(after.0)
        .execute(&world.pool)
        .await
        .unwrap();
    stands_at(&world, after).await;
    lock.rollback().await.unwrap();

    assert_eq!(comparing.await.unwrap(), Compared::Same(before), "both are of one moment");
    let all = projections::all();
    let projection = all.iter().find(|it| it.name() == sessions::NAME).unwrap();
    let now = with_a_fresh_fold(&world.pool, &world.store.log(), &**projection).await.unwrap();
    assert_eq!(now, Compared::Same(after), "what waits is left out");
}
