//! Many writers, readers that follow, and the ceiling that keeps them from passing what is still being written.

use std::collections::HashMap;
use std::time::Duration;

use domain::recorded_event::{Position, RecordedEvent};
use event_store::transaction;
use event_store::{EventStore, LogFeed};
use sqlx::{Executor, PgPool, Postgres, Transaction};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::diary::{ACCOUNT, Write, new_id, once, shelf, wide_shelf};

const WRITERS: usize = 16;
const EVENTS_EACH: usize = 1000;

/// What a writer does before it draws: locks what was drawn last.
const LOCK: &str = "SELECT pg_advisory_xact_lock_shared(
                        (17996::bigint << 48) | CASE WHEN is_called THEN last_value ELSE last_value - 1 END)
                      FROM events_position";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_and_two_readers_nothing_is_missed_and_nothing_read_twice() {
    let shelf = wide_shelf(24).await;
    let stop = CancellationToken::new();
    let (end, ended) = watch::channel(None);
    let feed = LogFeed::start(&shelf.store, stop.clone());
    let pages = tokio::spawn(follow_pages(shelf.store.clone(), ended.clone()));
    let memory = tokio::spawn(follow_feed(feed, ended));
    let trouble = CancellationToken::new();
    let troublemaker = tokio::spawn(pause_and_roll_back(shelf.pool.clone(), trouble.clone()));

    let writers = (0..WRITERS).map(|writer| {
        let store = shelf.store.clone();
        tokio::spawn(async move {
            let diaries: Vec<Uuid> = (0..50).map(|_| new_id()).collect();
            let mut left = EVENTS_EACH;
            for n in 0.. {
                let count = (1 + (n + writer) % 4).min(left);
                let written =
                    store.execute::<crate::diary::Diary>(diaries[n % 50], Write::Pages(count, "x"), once());
                written.await.unwrap();
                left -= count;
                if left == 0 {
                    break;
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    trouble.cancel();
    let slow = troublemaker.await.unwrap();
    assert!(slow > 0);
    let all = stored_positions(&shelf.pool).await;
    end.send_replace(all.last().map(|last| Position(*last)));

    let (stored, of_writers): (i64, i64) =
        sqlx::query_as("SELECT count(*), count(*) FILTER (WHERE aggregate_type = 'diary') FROM events")
            .fetch_one(&shelf.pool)
            .await
            .unwrap();
    assert_eq!(usize::try_from(of_writers).unwrap(), WRITERS * EVENTS_EACH);
    assert_eq!(usize::try_from(stored).unwrap(), WRITERS * EVENTS_EACH + slow);
    for (reader, read) in [("pages", pages.await.unwrap()), ("feed", memory.await.unwrap())] {
        let positions: Vec<i64> = read.iter().map(|(position, _, _)| position.0).collect();
        assert!(positions.is_sorted_by(|one, next| one < next), "{reader}: out of order, or twice");
        assert!(positions == all, "{reader}: {} of {} were read", positions.len(), all.len());
        let mut last: HashMap<Uuid, u64> = HashMap::new();
        for (_, aggregate, version) in read {
            let before = last.insert(aggregate, version).unwrap_or(0);
            assert_eq!(version, before + 1, "{reader}: the order within an aggregate");
        }
    }
}

#[tokio::test]
async fn a_transaction_that_drew_a_position_and_is_still_open_holds_readers_back() {
    let shelf = shelf().await;
    let before = shelf.write(new_id(), Write::Close).await.position;
    let mut open = transaction::begin(&shelf.pool).await.unwrap();
    let drawn = draw(&mut open).await;
    let after = shelf.write(new_id(), Write::Close).await.position;
    assert!(before < drawn && drawn < after);

    let page = shelf.store.log().page(Position::START, 10, &[]).await.unwrap();
    assert_eq!(positions(&page.events), [before]);
    assert_eq!(page.up_to, before);

    insert(&mut open, drawn, new_id()).await;
    open.commit().await.unwrap();
    let page = shelf.store.log().page(page.up_to, 10, &[]).await.unwrap();
    assert_eq!(positions(&page.events), [drawn, after]);
}

#[tokio::test]
async fn positions_that_were_drawn_and_rolled_back_hold_nobody_back() {
    let shelf = shelf().await;
    let mut open = transaction::begin(&shelf.pool).await.unwrap();
    let gap = draw(&mut open).await;
    insert(&mut open, gap, new_id()).await;
    let after = shelf.write(new_id(), Write::Close).await.position;
    open.rollback().await.unwrap();
    let page = shelf.store.log().page(Position::START, 10, &[]).await.unwrap();
    assert_eq!(positions(&page.events), [after]);
    assert_eq!(page.up_to, after);
}

#[tokio::test]
async fn other_advisory_locks_and_other_databases_hold_nobody_back() {
    let (shelf, other) = (shelf().await, shelf().await);
    let mut elsewhere = transaction::begin(&other.pool).await.unwrap();
    draw(&mut elsewhere).await;
    let mut foreign = transaction::begin(&shelf.pool).await.unwrap();
    foreign.execute("SELECT pg_advisory_xact_lock(0), pg_advisory_xact_lock(17996, 1)").await.unwrap();
    let committed = shelf.write(new_id(), Write::Close).await;
    assert_eq!(shelf.store.log().ceiling().await.unwrap(), committed.position);
}

#[tokio::test]
async fn no_position_is_drawn_before_the_lock_is_held() {
    let shelf = shelf().await;
    shelf.write(new_id(), Write::Close).await;
    for command in [Write::Close, Write::Pages(1, "with a key"), Write::Pages(500, "and many events")] {
        let last = last_value(&shelf.pool).await;
        // Who holds the same key exclusively stops the append exactly where it takes the lock.
        let mut barrier = transaction::begin(&shelf.pool).await.unwrap();
        sqlx::query("SELECT pg_advisory_xact_lock((17996::bigint << 48) | $1)")
            .bind(last)
            .execute(&mut *barrier)
            .await
            .unwrap();
        let store = shelf.store.clone();
        let append = tokio::spawn(async move {
            store.execute::<crate::diary::Diary>(new_id(), command, once()).await.unwrap()
        });
        let waiting = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
        let is_waiting = || async {
            let is_waiting: bool = sqlx::query_scalar(waiting).fetch_one(&shelf.pool).await.unwrap();
            is_waiting
        };
        while !append.is_finished() && !is_waiting().await {
            tokio::task::yield_now().await;
        }
        assert_eq!(last_value(&shelf.pool).await, last, "a position was drawn without the lock");
        barrier.rollback().await.unwrap();
        assert!(append.await.unwrap().position.0 > last);
    }
}

async fn last_value(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT last_value FROM events_position").fetch_one(pool).await.unwrap()
}

async fn stored_positions(pool: &PgPool) -> Vec<i64> {
    sqlx::query_scalar("SELECT position FROM events ORDER BY position").fetch_all(pool).await.unwrap()
}

fn positions(events: &[RecordedEvent]) -> Vec<Position> {
    events.iter().map(|event| event.position).collect()
}

async fn draw(transaction: &mut Transaction<'_, Postgres>) -> Position {
    transaction.execute(LOCK).await.unwrap();
    let drawn = sqlx::query_scalar("SELECT nextval('events_position')").fetch_one(&mut **transaction).await;
    Position(drawn.unwrap())
}

async fn insert(transaction: &mut Transaction<'_, Postgres>, position: Position, aggregate: Uuid) {
    sqlx::query(
        r#"INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                               position, account, recorded_at, command_id)
           VALUES ('slow', $1, 1, 'diary.closed', '1.0', '{"type": "diary.closed"}', '{}', $2, $3, now(), $4)"#,
    )
    .bind(aggregate.to_string())
    .bind(position.0)
    .bind(ACCOUNT.0)
    .bind(new_id())
    .execute(&mut **transaction)
    .await
    .unwrap();
}

/// Writes slowly: draws, waits, inserts, waits, and every third time takes it all back. Says how many it kept.
async fn pause_and_roll_back(pool: PgPool, cancel: CancellationToken) -> usize {
    let mut kept = 0;
    for n in 0.. {
        if cancel.is_cancelled() {
            break;
        }
        let mut transaction = transaction::begin(&pool).await.unwrap();
        let position = draw(&mut transaction).await;
        tokio::time::sleep(Duration::from_millis(n % 7)).await;
        insert(&mut transaction, position, new_id()).await;
        tokio::time::sleep(Duration::from_millis(n % 11)).await;
        if n % 3 == 0 {
            transaction.rollback().await.unwrap();
        } else {
            transaction.commit().await.unwrap();
            kept += 1;
        }
    }
    kept
}

type Seen = Vec<(Position, Uuid, u64)>;

async fn follow_pages(store: EventStore, ended: watch::Receiver<Option<Position>>) -> Seen {
    let (log, mut appended) = (store.log(), store.appended());
    let (mut seen, mut at) = (Vec::new(), Position::START);
    while ended.borrow().is_none_or(|end| at < end) {
        let _ = timeout(Duration::from_millis(10), appended.changed()).await;
        let page = log.page(at, 100, &[]).await.unwrap();
        seen.extend(page.events.iter().map(|event| (event.position, event.aggregate_id, event.version)));
        at = page.up_to;
    }
    seen
}

async fn follow_feed(feed: LogFeed, ended: watch::Receiver<Option<Position>>) -> Seen {
    let (mut seen, mut at) = (Vec::new(), Position::START);
    let mut head = feed.head();
    while ended.borrow().is_none_or(|end| at < end) {
        let stretch = feed.after(at, 100).await.unwrap();
        seen.extend(stretch.events.iter().map(|event| (event.position, event.aggregate_id, event.version)));
        at = stretch.up_to;
        if stretch.events.is_empty() {
            let _ = timeout(Duration::from_millis(50), head.wait_for(|head| *head > at)).await;
        }
    }
    seen
}
