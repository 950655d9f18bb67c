//! Transactions that nobody waits for any more, and those whose process is frozen.

use std::pin::pin;
use std::task::Poll;

use event_store::error::took_too_long;
use event_store::{StoreError, transaction};
use futures_util::poll;
use sqlx::postgres::PgPoolOptions;
use tokio::task::yield_now;

use crate::diary::shelf;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_given_up_while_it_begins_leaves_no_connection_in_the_middle_of_one() {
    let shelf = shelf().await;
    let options = shelf.pool.connect_options();
    let pool = PgPoolOptions::new().max_connections(1).connect_with((*options).clone()).await.unwrap();
    for patience in 0..200 {
        {
            let mut begins = pin!(transaction::begin(&pool));
            for _ in 0..patience {
                if let Poll::Ready(begun) = poll!(&mut begins) {
                    begun.unwrap().rollback().await.unwrap();
                    break;
                }
                yield_now().await;
            }
        }
        // Whoever has the connection next is alone: his lock ends with his statement.
        sqlx::query("SELECT pg_advisory_xact_lock(7)").execute(&pool).await.unwrap();
        let ended: bool =
            sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(7)").fetch_one(&shelf.pool).await.unwrap();
        assert!(ended, "given up after {patience} polls");
    }
}

#[tokio::test]
async fn a_frozen_process_keeps_its_locks_for_seconds_and_connections_go_on_as_they_were() {
    let shelf = shelf().await;
    let options = shelf.pool.connect_options();
    let pool = PgPoolOptions::new().max_connections(1).connect_with((*options).clone()).await.unwrap();
    let limit = "SHOW idle_in_transaction_session_timeout";
    let before: String = sqlx::query_scalar(limit).fetch_one(&pool).await.unwrap();
    let mut begun = transaction::begin(&pool).await.unwrap();
    let within: String = sqlx::query_scalar(limit).fetch_one(&mut *begun).await.unwrap();
    assert_eq!(within, "10s");
    begun.commit().await.unwrap();
    let after: String = sqlx::query_scalar(limit).fetch_one(&pool).await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was_and_ends_where_its_process_is_frozen() {
    let shelf = shelf().await;
    sqlx::query("CREATE TABLE marks (mark bigint)").execute(&shelf.pool).await.unwrap();
    let mut begun =
        transaction::snapshot(&shelf.pool, "SET LOCAL application_name = 'looking'").await.unwrap();
    let (limit, name): (String, String) = sqlx::query_as(
        "SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('application_name')",
    )
    .fetch_one(&mut *begun)
    .await
    .unwrap();
    assert_eq!((limit.as_str(), name.as_str()), ("10s", "looking"));
    sqlx::query("INSERT INTO marks VALUES (1)").execute(&shelf.pool).await.unwrap();
    let marks: i64 = sqlx::query_scalar("SELECT count(*) FROM marks").fetch_one(&mut *begun).await.unwrap();
    assert_eq!(marks, 0);
    begun.rollback().await.unwrap();
    assert_eq!(shelf.count("marks").await, 1);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_told_from_one_that_is_refused() {
    let shelf = shelf().await;
    let mut begun = transaction::snapshot(&shelf.pool, "SET LOCAL statement_timeout = '20ms'").await.unwrap();
    let slow = sqlx::query("SELECT pg_sleep(20)").execute(&mut *begun).await.unwrap_err();
    assert!(took_too_long(&slow));
    let slow = StoreError::from(slow);
    assert!(matches!(slow, StoreError::TookTooLong(_)) && slow.is_transient(), "{slow}");
    assert!(took_too_long(&slow));
    let refused = sqlx::query("SELECT 1 / 0").execute(&shelf.pool).await.unwrap_err();
    assert!(!took_too_long(&refused) && !took_too_long(&StoreError::from(refused)));
}
