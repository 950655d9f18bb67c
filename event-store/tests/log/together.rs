//! Commands that wait for the log at the same time are stored together, and each for itself all the same.

use event_store::{CommandContext, ExecuteError, Outcome, StoreError};
use futures_util::future::{join, join_all};
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::diary::{Result_, Shelf, Write, new_id, once, wide_shelf};

type Command = (Uuid, Write, CommandContext);

#[tokio::test]
async fn what_waits_is_stored_in_one_transaction_and_each_command_hears_where_its_events_stand() {
    let shelf = wide_shelf(8).await;
    let commands: Vec<_> = (1..=20).map(|pages| fresh(Write::Pages(pages, "x"))).collect();
    let done = all_at_once(&shelf, commands.clone()).await;
    for ((diary, ..), (pages, committed)) in commands.iter().zip((1..).zip(done)) {
        let committed = committed.unwrap();
        assert_eq!(committed.version, pages);
        let said: Vec<i64> = committed.events.iter().map(|event| event.position.0).collect();
        assert_eq!(said, stored(&shelf.pool, *diary).await);
        assert_eq!(said.len() as u64, pages);
    }
    let transactions = transactions(&shelf.pool).await;
    assert!(transactions < 10, "20 commands were stored by {transactions} transactions");
}

#[tokio::test]
async fn one_that_cannot_be_stored_does_not_take_the_others_with_it() {
    let shelf = wide_shelf(8).await;
    let mut commands: Vec<_> = (0..12).map(|_| fresh(Write::Pages(2, "x"))).collect();
    commands[7].1 = Write::Label("a\0b".to_owned());
    let mut done = all_at_once(&shelf, commands).await;
    let refused = done.remove(7);
    assert!(matches!(refused, Err(ExecuteError::Store(StoreError::Unstorable))), "{refused:?}");
    for committed in done {
        assert_eq!(committed.unwrap().version, 2);
    }
    assert_eq!(shelf.count("events").await, 22);
}

#[tokio::test]
async fn a_command_that_was_carried_out_before_is_known_among_others() {
    let shelf = wide_shelf(8).await;
    let (diary, write, context) = fresh(Write::Pages(1, "x"));
    let first = shelf.write_as(diary, write.clone(), context.clone()).await.unwrap();
    let mut commands: Vec<_> = (0..12).map(|_| fresh(Write::Pages(1, "x"))).collect();
    // Twice under the same id, and as if it were for another diary, as a repeated start is.
    commands[5] = (new_id(), write.clone(), context.clone());
    commands[9] = (new_id(), write, context);
    let done = all_at_once(&shelf, commands).await;
    for (n, committed) in done.into_iter().enumerate() {
        let committed = committed.unwrap();
        if n == 5 || n == 9 {
            assert_eq!(committed.outcome, Outcome::Repeated);
            assert_eq!((committed.aggregate, committed.position), (diary, first.position));
        } else {
            assert_eq!(committed.outcome, Outcome::Appended);
        }
    }
    assert_eq!(shelf.count("commands").await, 11);
}

#[tokio::test]
async fn who_gives_up_while_it_waits_leaves_nothing_behind() {
    let shelf = wide_shelf(8).await;
    let commands: Vec<_> = (0..12).map(|_| fresh(Write::Pages(1, "x"))).collect();
    let given_up = fresh(Write::Pages(1, "x"));
    let blocked = block(&shelf.pool).await;
    let waiting = commands.into_iter().map(|(diary, write, context)| shelf.write_as(diary, write, context));
    let mut others = Box::pin(join_all(waiting));
    assert!(futures_util::poll!(&mut others).is_pending());
    {
        let late = Box::pin(shelf.write_as(given_up.0, given_up.1, given_up.2));
        assert!(futures_util::poll!(late).is_pending());
    }
    let (done, ()) = join(others, release_when_waited_for(&shelf.pool, blocked)).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(stored(&shelf.pool, given_up.0).await, Vec::<i64>::new());
    assert_eq!(shelf.count("events").await, 12);
}

fn fresh(write: Write) -> Command {
    let mut context = once();
    context.is_new = true;
    (new_id(), write, context)
}

/// Carries commands out while nothing can be stored for a moment, so that they meet.
async fn all_at_once(shelf: &Shelf, commands: Vec<Command>) -> Vec<Result_> {
    let blocked = block(&shelf.pool).await;
    let all = commands.into_iter().map(|(diary, write, context)| shelf.write_as(diary, write, context));
    join(join_all(all), release_when_waited_for(&shelf.pool, blocked)).await.0
}

async fn block(pool: &PgPool) -> sqlx::PgConnection {
    let mut blocking = pool.acquire().await.unwrap().detach();
    blocking.execute("BEGIN; LOCK TABLE commands IN ACCESS EXCLUSIVE MODE").await.unwrap();
    blocking
}

async fn release_when_waited_for(pool: &PgPool, mut blocking: sqlx::PgConnection) {
    let waiting = "SELECT count(*) FROM pg_locks
                    WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(pool).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    blocking.execute("ROLLBACK").await.unwrap();
}

async fn stored(pool: &PgPool, diary: Uuid) -> Vec<i64> {
    sqlx::query_scalar("SELECT position FROM events WHERE aggregate_id = $1 ORDER BY sequence")
        .bind(diary.to_string())
        .fetch_all(pool)
        .await
        .unwrap()
}

async fn transactions(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(DISTINCT xmin::text) FROM events").fetch_one(pool).await.unwrap()
}
