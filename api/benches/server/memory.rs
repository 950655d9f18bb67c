//! What memory the server takes once it has worked through many events.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::time::sleep;

use crate::client::Client;
use crate::server::Server;

const START: &str = "mutation { startSession(input: {text: \"Slow logon on every computer since the move\"}) { session { id } } }";
const NOTE: &str =
    "mutation($s: ID!) { addNote(input: {sessionId: $s, text: \"Tried again, the same.\"}) { position } }";
/// Notes for each session: sessions have tens of events.
const NOTES: usize = 30;
const CLIENTS: usize = 16;

/// Brings the log to so many events through the API, lets the read models catch up, and gives megabytes.
pub(crate) async fn after_events(server: &Server, database: &PgConnectOptions, events: i64) -> f64 {
    let pool = PgPool::connect_with(database.clone()).await.unwrap();
    while count(&pool).await < events {
        let tasks: Vec<_> =
            (0..CLIENTS).map(|_| tokio::spawn(work(server.address.clone(), server.token.clone()))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
    let last: i64 = sqlx::query_scalar("SELECT max(position) FROM events").fetch_one(&pool).await.unwrap();
    let behind = "SELECT count(*) FROM projection_checkpoints WHERE name = 'sessions' AND position < $1";
    while sqlx::query_scalar::<_, i64>(behind).bind(last).fetch_one(&pool).await.unwrap() > 0 {
        sleep(Duration::from_millis(20)).await;
    }
    pool.close().await;
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let megabytes = server.resident() as f64 / 1024.0;
    megabytes
}

async fn work(address: String, token: String) {
    let mut client = Client::connect(&address, &token).await;
    for _ in 0..4 {
        let started = client.graphql(START, &serde_json::json!({})).await;
        let session = started["startSession"]["session"]["id"].clone();
        for _ in 0..NOTES {
            client.graphql(NOTE, &serde_json::json!({ "s": session })).await;
        }
    }
}

async fn count(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(pool).await.unwrap()
}
