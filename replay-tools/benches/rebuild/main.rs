//! How fast the sessions are built anew and followed live, beside merely reading and decoding the log in the same run; with the
//! memory that a rebuild takes, and what export and time travel cost.
//!
//! `DATABASE_URL` names the server; a database is made there and dropped again. `-- --events 20000` says how long the simulated
//! history is, about; `-- --large` takes a million events.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

mod history;
mod memory;
mod ours;
mod views;

use event_store::testing::database;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::history::History;

const EVENTS: u64 = 100_000;
const LARGE: u64 = 1_000_000;
/// As a server has.
const CONNECTIONS: u32 = 16;

#[tokio::main]
async fn main() {
    let database = database().await;
    let options = database.connect_options();
    let connections = PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false);
    let pool = connections.connect_with(options.clone()).await.unwrap();
    measure(&pool, &History::simulate(&pool, &options, events()).await).await;
    pool.close().await;
}

/// How many events are wanted.
fn events() -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let named = arguments.iter().position(|it| it == "--events").and_then(|at| arguments.get(at + 1));
    let large = arguments.iter().any(|it| it == "--large").then_some(LARGE);
    named.map(|it| it.parse().unwrap()).or(large).unwrap_or(EVENTS)
}

async fn measure(pool: &PgPool, history: &History) {
    let events = history.events;
    println!("{events} events of {} sessions, simulated", history.sessions);
    let read = ours::read_and_decode(history).await;
    println!("log read and decoded: {}", rate(events, read));
    let live = ours::follow_live(pool, history).await;
    println!("sessions followed live: {}, wanted 0.2", beside(events, live, read));
    let (rebuilt, peak) = ours::rebuild(pool, history).await;
    println!("sessions built anew: {}, wanted 0.4", beside(events, rebuilt, read));
    match peak {
        Some(peak) => println!("most resident memory meanwhile: {peak} MB, wanted 400 MB at most"),
        None => println!("most resident memory meanwhile: only Linux tells"),
    }
    let exported = ours::export(pool).await;
    println!("log exported to JSON lines: {}, wanted 0.5", beside(events, exported, read));
    let (replayed, views) = views::replay(pool, history).await;
    let times = (events / rebuilt) / (replayed / views);
    println!("views replayed by postgres-es: {}", rate(replayed, views));
    println!("sessions built anew, beside that: {times:.0} times, wanted 20");
    let (half, most) = ours::state_at(history).await;
    println!("a session of 100 events, folded: p50 {half:.1} ms, most {most:.1} ms, wanted 10 ms");
}

fn rate(events: f64, seconds: f64) -> String {
    format!("{:.0} events/s in {seconds:.2} s", events / seconds)
}

fn beside(events: f64, seconds: f64, read: f64) -> String {
    format!("{}, {:.2} of reading", rate(events, seconds), read / seconds)
}
