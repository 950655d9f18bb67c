//! Reads that take long: they end before the request does, say so, and leave connections to commands.

use std::time::Duration;

use api::app::LONGEST_STATEMENT;
use api::graphql::limits::Limits;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::sleep;

use crate::furnished::CONNECTIONS;
use crate::logs;
use crate::world::{World, eventually};

/// A connection of nobody's, with a table locked.
async fn holding_up(world: &World, table: &str) -> PgConnection {
    let mut other = PgConnection::connect_with(&world.pool.connect_options()).await.unwrap();
    other.execute(&*format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await.unwrap();
    other
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_of_a_request_ends_before_the_request_does() {
    assert!(LONGEST_STATEMENT < Limits::default().time);
    let world = World::start().await;
    let limit: String = sqlx::query_scalar("SHOW statement_timeout").fetch_one(&world.pool).await.unwrap();
    assert_eq!(limit, format!("{}s", LONGEST_STATEMENT.as_secs()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_takes_too_long_is_unavailable_and_no_fault() {
    let world = World::start().await;
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        all.push(world.pool.acquire().await.unwrap());
    }
    for connection in &mut all {
        connection.execute("SET statement_timeout = '200ms'").await.unwrap();
    }
    drop(all);
    let mut other = holding_up(&world, "sessions").await;
    let list = "{ sessions { nodes { id } } }";
    let answer = world.firm.engineer.graphql(list, Value::Null).await;
    assert_eq!(answer.code(), "UNAVAILABLE");
    assert!(answer.text.contains("took too long"), "{}", answer.text);
    assert!(logs::so_far().contains("a read took too long"));
    other.execute("ROLLBACK").await.unwrap();
    world.firm.engineer.data(list, Value::Null).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_through_the_log_again_and_again_leaves_connections_to_commands() {
    let world = World::start().await;
    let mut other = holding_up(&world, "events").await;
    let owner = &world.firm.owner;
    let search = "{ events(filter: { type: [\"session.started\"] }) { nodes { position } } }";
    let asking: Vec<_> = (0..3 * CONNECTIONS)
        .map(|_| {
            let client = owner.elsewhere();
            tokio::spawn(async move { client.graphql(search, Value::Null).await })
        })
        .collect();
    let watcher = event_store::connections(1).connect_lazy_with((*world.pool.connect_options()).clone());
    let waiting = async || -> i64 {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND wait_event_type = 'Lock' AND query LIKE '% WHERE position <= $1 AND account = $2%'";
        sqlx::query_scalar(sql).fetch_one(&watcher).await.unwrap()
    };
    eventually("one looks through the log", async || waiting().await == 1).await;
    // They hang up and try again; the database knows nothing of that.
    for ask in &asking {
        ask.abort();
    }
    let again = tokio::spawn({
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| owner.elsewhere()).collect();
        async move { join_all(clients.iter().map(|client| client.graphql(search, Value::Null))).await }
    });
    sleep(Duration::from_millis(500)).await;
    assert_eq!(waiting().await, 1);
    other.execute("ROLLBACK").await.unwrap();
    for answer in again.await.unwrap() {
        answer.data();
    }
    eventually("nobody waits any more", async || world.app.searches.available_permits() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_of_many_sessions_cost_a_look_at_each() {
    let world = World::start().await;
    let lists = |count: usize| {
        let list = "sessions(first: 100) { nodes { events(first: 1) { nodes { position } } } }";
        let lists: Vec<_> = (0..count).map(|number| format!("l{number}: {list}")).collect();
        format!("{{ {} }}", lists.join(" "))
    };
    let engineer = &world.firm.engineer;
    engineer.data(&lists(2), json!({})).await;
    assert_eq!(engineer.graphql(&lists(9), json!({})).await.code(), "COST_EXCEEDED");
}
