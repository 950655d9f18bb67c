//! Work that the outside world must do: asked for once, done by one at a time, in order, and not forgotten.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::id::{AccountId, CommandId, CorrelationId};
use projections::work_queue::{self, Claim, WorkItem};
use serde_json::json;
use sqlx::PgPool;
use tokio::task::yield_now;
use uuid::Uuid;

use crate::world::{World, eventually};

const HOUR: Duration = Duration::from_hours(1);
const KIND: &str = "diagnose";

fn item(key: &str, lane: u128) -> WorkItem {
    WorkItem {
        key: key.to_owned(),
        kind: KIND,
        account: AccountId(Uuid::from_u128(1)),
        lane: Uuid::from_u128(lane),
        payload: json!({ "for": key }),
        correlation: CorrelationId(Uuid::from_u128(2)),
        causation: CommandId(Uuid::from_u128(3)),
    }
}

async fn add(world: &World, items: &[WorkItem]) {
    let mut connection = world.pool.acquire().await.unwrap();
    work_queue::add(&mut connection, items).await.unwrap();
}

async fn claim(pool: &PgPool, limit: i64, lease: Duration) -> Vec<Claim> {
    work_queue::claim(pool, KIND, limit, lease, Duration::ZERO).await.unwrap()
}

fn keys(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.key.as_str()).collect()
}

async fn complete(world: &World, key: &str) {
    work_queue::complete(&world.pool, &[key.to_owned()]).await.unwrap();
}

#[tokio::test]
async fn work_with_a_head_start_is_left_alone_until_it_is_over() {
    let world = World::new().await;
    add(&world, &[item("a", 1), item("b", 2)]).await;
    let sql = "UPDATE work_items SET run_after = now() - interval '2 hours' WHERE key = 'a'";
    sqlx::query(sql).execute(&world.pool).await.unwrap();
    assert_eq!(keys(&work_queue::claim(&world.pool, KIND, 10, HOUR, HOUR).await.unwrap()), ["a"]);
    assert_eq!(keys(&claim(&world.pool, 10, HOUR).await), ["b"]);
}

#[tokio::test]
async fn asking_twice_adds_nothing_whatever_became_of_the_first() {
    let world = World::new().await;
    add(&world, &[item("a", 1), item("a", 1), item("b", 2)]).await;
    add(&world, &[item("a", 1)]).await;
    assert_eq!(work_queue::depth(&world.pool).await.unwrap(), (2, 0));
    assert_eq!(keys(&claim(&world.pool, 10, HOUR).await), ["a", "b"]);
    complete(&world, "a").await;
    add(&world, &[item("a", 1), item("b", 2)]).await;
    assert!(claim(&world.pool, 10, HOUR).await.is_empty());
    assert_eq!(work_queue::depth(&world.pool).await.unwrap(), (1, 0));
}

#[tokio::test]
async fn the_oldest_come_first_no_more_than_wanted_and_only_of_the_kind() {
    let world = World::new().await;
    let mut items: Vec<_> = (0..9).map(|number| item(&number.to_string(), number)).collect();
    items[4].kind = "brief";
    add(&world, &items).await;
    assert_eq!(keys(&claim(&world.pool, 3, HOUR).await), ["0", "1", "2"]);
    assert_eq!(keys(&claim(&world.pool, 3, HOUR).await), ["3", "5", "6"]);
    let rest = claim(&world.pool, 3, HOUR).await;
    assert_eq!(keys(&rest), ["7", "8"]);
    assert_eq!((rest[0].payload.clone(), rest[0].attempts), (json!({ "for": "7" }), 1));
    assert_eq!(rest[0].lane, Uuid::from_u128(7));
}

#[tokio::test]
async fn within_a_lane_one_at_a_time_and_the_next_when_the_first_has_ended() {
    let world = World::new().await;
    add(&world, &[item("first", 1), item("second", 1), item("third", 1), item("other", 2)]).await;
    assert_eq!(keys(&claim(&world.pool, 10, HOUR).await), ["first", "other"]);
    assert!(claim(&world.pool, 10, HOUR).await.is_empty());
    complete(&world, "first").await;
    let second = claim(&world.pool, 10, HOUR).await;
    assert_eq!(keys(&second), ["second"]);
    // What is put off is not overtaken.
    work_queue::put_off(&world.pool, &second[0], HOUR, "the provider is away").await.unwrap();
    assert!(claim(&world.pool, 10, HOUR).await.is_empty());
    sqlx::query("UPDATE work_items SET run_after = now()").execute(&world.pool).await.unwrap();
    let second = claim(&world.pool, 10, HOUR).await;
    assert_eq!((keys(&second), second[0].attempts), (vec!["second"], 2));
    work_queue::give_up(&world.pool, &second[0], "it never comes").await.unwrap();
    assert_eq!(keys(&claim(&world.pool, 10, HOUR).await), ["third"]);
    assert_eq!(work_queue::depth(&world.pool).await.unwrap(), (2, 1));
    let error: String = sqlx::query_scalar("SELECT last_error FROM work_items WHERE state = 'given_up'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(error, "it never comes");
}

#[tokio::test]
async fn a_lease_that_ran_out_is_claimed_again_and_the_late_worker_takes_nothing_away() {
    let world = World::new().await;
    add(&world, &[item("a", 1), item("b", 1)]).await;
    let late = claim(&world.pool, 10, Duration::ZERO).await.remove(0);
    let mut again = Vec::new();
    eventually(async || {
        again = claim(&world.pool, 10, HOUR).await;
        !again.is_empty()
    })
    .await;
    assert_eq!((keys(&again), again[0].attempts), (vec!["a"], 2));
    work_queue::put_off(&world.pool, &late, Duration::ZERO, "late").await.unwrap();
    work_queue::give_up(&world.pool, &late, "late").await.unwrap();
    assert!(
        !work_queue::renew(&world.pool, &late, Duration::ZERO).await.unwrap(),
        "it is not its own any more"
    );
    assert!(claim(&world.pool, 10, HOUR).await.is_empty(), "the second worker still holds the lane");
    assert_eq!(world.count("work_items WHERE last_error IS NULL").await, 2);
    // A result is a result, whoever brings it.
    complete(&world, "a").await;
    assert_eq!(keys(&claim(&world.pool, 10, HOUR).await), ["b"]);
}

#[tokio::test]
async fn a_lease_that_is_renewed_is_nobody_elses_until_the_new_one_runs_out() {
    let world = World::new().await;
    add(&world, &[item("a", 1)]).await;
    let held = claim(&world.pool, 10, Duration::ZERO).await.remove(0);
    assert!(work_queue::renew(&world.pool, &held, HOUR).await.unwrap());
    assert!(claim(&world.pool, 10, HOUR).await.is_empty());
    assert!(work_queue::renew(&world.pool, &held, Duration::ZERO).await.unwrap());
    eventually(async || !claim(&world.pool, 10, HOUR).await.is_empty()).await;
    complete(&world, "a").await;
    assert!(!work_queue::renew(&world.pool, &held, HOUR).await.unwrap(), "what is done needs no lease");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_workers_do_each_item_once_in_its_lanes_order_and_never_two_of_a_lane() {
    const LANES: u128 = 12;
    const EACH: usize = 10;
    let world = World::new().await;
    let items: Vec<_> = (0..EACH)
        .flat_map(|number| (0..LANES).map(move |lane| item(&format!("{lane}/{number}"), lane)))
        .collect();
    add(&world, &items).await;
    let in_all = items.len();
    let (busy, done) = (Arc::new(Mutex::new(HashSet::new())), Arc::new(Mutex::new(Vec::new())));
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let (pool, busy, done) = (world.pool.clone(), busy.clone(), done.clone());
            tokio::spawn(async move {
                while done.lock().unwrap().len() < in_all {
                    for claim in claim(&pool, 2, HOUR).await {
                        assert!(busy.lock().unwrap().insert(claim.lane), "two at once in a lane");
                        yield_now().await;
                        assert!(busy.lock().unwrap().remove(&claim.lane));
                        done.lock().unwrap().push(claim.key.clone());
                        work_queue::complete(&pool, &[claim.key]).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let mut next: HashMap<String, usize> = HashMap::new();
    for key in done.lock().unwrap().iter() {
        let (lane, number) = key.split_once('/').unwrap();
        let expected = next.entry(lane.to_owned()).or_default();
        assert_eq!(number.parse::<usize>().unwrap(), *expected, "lane {lane}");
        *expected += 1;
    }
    assert!(next.values().all(|count| *count == EACH));
    assert_eq!(work_queue::depth(&world.pool).await.unwrap(), (0, 0));
}

#[tokio::test]
async fn what_was_done_long_ago_is_forgotten_and_what_was_given_up_stays_to_be_seen() {
    let world = World::new().await;
    add(&world, &[item("old", 1), item("new", 2), item("given up", 3), item("open", 4)]).await;
    let claims = claim(&world.pool, 10, HOUR).await;
    work_queue::give_up(&world.pool, &claims[2], "no").await.unwrap();
    for key in ["old", "new"] {
        complete(&world, key).await;
    }
    sqlx::query("UPDATE work_items SET ended_at = ended_at - interval '2 hours' WHERE key <> 'new'")
        .execute(&world.pool)
        .await
        .unwrap();
    assert_eq!(work_queue::forget_done(&world.pool, HOUR).await.unwrap(), 1);
    assert_eq!(work_queue::forget_done(&world.pool, HOUR).await.unwrap(), 0);
    assert_eq!(world.count("work_items WHERE key IN ('new', 'given up', 'open')").await, 3);
    // Nothing ends twice.
    complete(&world, "given up").await;
    assert_eq!(work_queue::depth(&world.pool).await.unwrap(), (1, 1));
}
