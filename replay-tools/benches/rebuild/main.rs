//! How fast the sessions are built anew and followed live, beside merely reading and decoding the log in the same run; with the
//! memory that a rebuild takes, and what export and time travel cost.
//!
//! `DATABASE_URL` names the server; a database is made there and dropped again. `-- --events 20000` says how long the simulated
//! history is, about; `-- --large` takes a million events. `-- --equal 200000` measures nothing of that: over the history of so
//! many sessions every projection follows live and is built anew, and both must have the same rows.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

mod equal;
mod history;
mod memory;
mod ours;
mod views;

use std::sync::Arc;

use event_store::testing::database;
use projections::projection::Projection;
use projections::sessions::Sessions;
use sqlx::PgPool;

use crate::history::History;

const EVENTS: u64 = 100_000;
const LARGE: u64 = 1_000_000;
/// So many events a simulated session has, about.
const EACH: u64 = 34;
/// As a server has.
const CONNECTIONS: u32 = 16;

#[tokio::main]
async fn main() {
    let database = database().await;
    let options = database.connect_options();
    let pool = event_store::connections(CONNECTIONS).connect_with(options.clone()).await.unwrap();
    if let Some(sessions) = named("--equal") {
        equal::every_projection(&pool, &History::simulate(&pool, &options, sessions).await).await;
    } else {
        let large = std::env::args().any(|it| it == "--large").then_some(LARGE);
        let events = named("--events").or(large).unwrap_or(EVENTS);
        measure(&pool, &History::simulate(&pool, &options, (events / EACH).max(1)).await).await;
    }
    pool.close().await;
}

/// The number behind this argument.
fn named(argument: &str) -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|it| it != argument);
    arguments.nth(1).map(|it| it.parse().unwrap())
}

async fn measure(pool: &PgPool, history: &History) {
    let events = history.events;
    println!("{events} events of {} sessions, simulated", history.sessions);
    let read = ours::read_and_decode(history).await;
    println!("log read and decoded: {}", rate(events, read));
    let sessions: Arc<dyn Projection> = Arc::new(Sessions::default());
    let live = ours::follow_live(pool, history, &sessions).await;
    println!("sessions followed live: {}, wanted 0.2", beside(events, live, read));
    let (rebuilt, peak) = ours::rebuild(pool, history, &sessions).await;
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
