//! The daily quota of calls: never exceeded by calls that begin at once, and given back by those that fail or are lost.

use chrono::{NaiveDate, TimeDelta};
use domain::clock::Clock;
use domain::id::AccountId;
use futures_util::future::join_all;
use projections::assistant_quota::{Reservation, reserve, settle, used};

use crate::world::{World, new_id};

const ALLOWED: u32 = 7;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn call(on: &str) -> Reservation {
    Reservation { id: new_id(), day: day(on) }
}

async fn begin(world: &World, account: AccountId, call: Reservation) -> bool {
    let now = world.clock.now();
    reserve(&world.pool, account, call, ALLOWED, now, now + TimeDelta::minutes(10)).await.unwrap()
}

async fn used_today(world: &World, account: AccountId) -> u64 {
    used(&world.pool, account, day("2026-03-02"), world.clock.now()).await.unwrap()
}

// Rule 4.6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_calls_that_begin_at_once_never_exceed_the_quota() {
    let world = World::new().await;
    let account = AccountId(new_id());
    let calls: Vec<_> = (0..50).map(|_| call("2026-03-02")).collect();
    let begun = join_all(calls.iter().map(|call| begin(&world, account, *call))).await;
    let reserved: Vec<_> = calls.into_iter().zip(begun).filter(|(_, begun)| *begun).collect();
    assert_eq!(reserved.len(), 7);
    assert_eq!(used_today(&world, account).await, 7);
    // Three succeed, the others give back what was reserved for them.
    for (at, (call, _)) in reserved.iter().enumerate() {
        settle(&world.pool, account, *call, at < 3).await.unwrap();
    }
    assert_eq!(used_today(&world, account).await, 3);
    let again = join_all((0..50).map(|_| begin(&world, account, call("2026-03-02")))).await;
    assert_eq!(again.into_iter().filter(|begun| *begun).count(), 4);
}

#[tokio::test]
async fn a_day_s_calls_are_not_another_day_s_nor_another_account_s() {
    let world = World::new().await;
    let account = AccountId(new_id());
    for _ in 0..7 {
        assert!(begin(&world, account, call("2026-03-02")).await);
    }
    assert!(!begin(&world, account, call("2026-03-02")).await);
    assert!(begin(&world, account, call("2026-03-03")).await);
    assert!(begin(&world, AccountId(new_id()), call("2026-03-02")).await);
}

#[tokio::test]
async fn what_nobody_settled_counts_until_it_expires() {
    let world = World::new().await;
    let account = AccountId(new_id());
    let lost: Vec<_> = (0..7).map(|_| call("2026-03-02")).collect();
    for call in &lost {
        assert!(begin(&world, account, *call).await);
    }
    world.clock.advance(TimeDelta::minutes(9));
    assert!(!begin(&world, account, call("2026-03-02")).await);
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(used_today(&world, account).await, 0);
    assert!(begin(&world, account, call("2026-03-02")).await);
    // One that comes back all the same, and succeeded, is counted once.
    settle(&world.pool, account, lost[0], true).await.unwrap();
    assert_eq!(used_today(&world, account).await, 2);
}
