//! The home that tests share: a database each, all tables there, nobody else in it.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test would")]

use event_store::migrations::MIGRATOR;
use event_store::testing::{TestDatabase, database};
use sqlx::Executor;

#[tokio::test]
async fn tests_at_once_get_a_database_each_with_all_migrations() {
    let (one, other) = tokio::join!(database(), database());
    assert_ne!(one.name(), other.name());
    one.pool().execute("CREATE TABLE mine ()").await.unwrap();
    assert!(other.pool().execute("SELECT FROM mine").await.is_err());
    let expected = i64::try_from(MIGRATOR.iter().count()).unwrap();
    assert_eq!(migrations_in(&one).await, expected);
    assert_eq!(migrations_in(&other).await, expected);
}

#[tokio::test]
async fn a_database_is_gone_after_its_test() {
    let mine = database().await;
    let name = {
        let theirs = database().await;
        theirs.pool().execute("CREATE TABLE theirs ()").await.unwrap();
        theirs.name().to_owned()
    };
    let still_there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mine.pool())
            .await
            .unwrap();
    assert!(!still_there);
}

async fn migrations_in(database: &TestDatabase) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&database.pool()).await.unwrap()
}
