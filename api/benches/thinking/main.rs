//! What two hundred sessions that wait for a model cost everybody else: how fast the list of sessions is with and without
//! them, when their steps arrive, and how many connections to the database are busy meanwhile.
//!
//! `DATABASE_URL` names the PostgreSQL; a database is made there and dropped again. The server is the real program in a
//! process of its own, the model a stand-in in this one that takes two seconds for each answer.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

#[path = "../server/client.rs"]
mod client;
mod model;
#[path = "../server/server.rs"]
#[expect(dead_code, reason = "shared with the server bench, which looks at more of it")]
mod server;

use std::str::FromStr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::client::Client;
use crate::server::Server;

/// Sessions that think at once.
const SESSIONS: usize = 200;
/// How long the list is read while nothing else goes on.
const ROUND: Duration = Duration::from_secs(5);

const LIST: &str = "{ sessions(first: 20) { nodes { id status assistant problemSummary updatedAt } } }";
const START: &str =
    "mutation($t: String!) { startSession(input: {text: $t}) { firstStep { id } userErrors { code } } }";

#[tokio::main]
async fn main() {
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration but this")]
    let Ok(url) = std::env::var("DATABASE_URL") else {
        println!("skipped: set DATABASE_URL, or run `make bench`");
        return;
    };
    let postgres = PgConnectOptions::from_str(&url).unwrap().disable_statement_logging();
    let mut admin = postgres.connect().await.unwrap();
    let name = format!("bench_thinking_{}", std::process::id());
    admin.execute(format!("CREATE DATABASE {name}").as_str()).await.unwrap();
    measure(&url.replacen("/flowpilot", &format!("/{name}"), 1), &mut admin, &name).await;
    admin.execute(format!("DROP DATABASE {name} WITH (FORCE)").as_str()).await.unwrap();
    admin.close().await.unwrap();
}

async fn measure(url: &str, admin: &mut PgConnection, database: &str) {
    let model = model::start().await;
    let server = Server::start_with(url, &model::configured(&model)).await;
    // Something to list, and everything warm.
    start(&server).await;
    print("sessions query, nothing else going on p50 / p99", &list_for(&server, ROUND).await);

    let begun = Instant::now();
    let starting: Vec<JoinHandle<Duration>> = (0..SESSIONS)
        .map(|_| {
            let (address, token) = (server.address.clone(), server.token.clone());
            tokio::spawn(async move {
                let mut client = Client::connect(&address, &token).await;
                started(&mut client).await;
                begun.elapsed()
            })
        })
        .collect();
    let (mut times, mut busiest) = (Vec::new(), 0);
    let mut client = Client::connect(&server.address, &server.token).await;
    while !starting.iter().all(JoinHandle::is_finished) {
        times.push(list(&mut client).await);
        busiest = busiest.max(busy(admin, database).await);
        sleep(Duration::from_millis(5)).await;
    }
    let mut arrivals = Vec::new();
    for task in starting {
        arrivals.push(task.await.unwrap());
    }
    print(&format!("sessions query, {SESSIONS} sessions thinking p50 / p99"), &times);
    print(&format!("first steps of {SESSIONS} sessions at once, two calls each p50 / p99"), &arrivals);
    println!("{:<66} {busiest:>9}", "  most connections to the database busy at a time");
    server.stop().await;
}

async fn start(server: &Server) {
    let mut client = Client::connect(&server.address, &server.token).await;
    started(&mut client).await;
}

/// Starts a session and waits for its first step.
async fn started(client: &mut Client) {
    let intake = "Locked out again since she changed her password, happens every twenty minutes.";
    let answer = client.graphql(START, &json!({ "t": intake })).await;
    assert!(answer["startSession"]["firstStep"]["id"].is_string(), "{answer}");
}

async fn list_for(server: &Server, round: Duration) -> Vec<Duration> {
    let mut client = Client::connect(&server.address, &server.token).await;
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < round {
        times.push(list(&mut client).await);
        sleep(Duration::from_millis(5)).await;
    }
    times
}

async fn list(client: &mut Client) -> Duration {
    let sent = Instant::now();
    let answer = client.graphql(LIST, &Value::Null).await;
    assert!(answer["sessions"]["nodes"].is_array(), "{answer}");
    sent.elapsed()
}

/// Connections of the server that do something or hold a transaction.
async fn busy(admin: &mut PgConnection, database: &str) -> i64 {
    let query = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = $1 AND application_name = 'flowpilot' AND state <> 'idle'";
    sqlx::query_scalar(query).bind(database).fetch_one(admin).await.unwrap()
}

fn print(name: &str, times: &[Duration]) {
    let mut times = times.to_vec();
    times.sort();
    let at = |percent: usize| {
        let place = times.len().saturating_sub(1) * percent / 100;
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    println!("{name:<66} {:>9}", format!("{:.1} / {:.1} ms", at(50), at(99)));
}
