//! What the server does in a second, how soon an event is visible, how fast it starts and what memory it takes.
//!
//! `DATABASE_URL` names the PostgreSQL; databases are made there and dropped again. The server is the real program in a
//! process of its own; the client runs on the same machine and takes its share of it. Bare postgres-es commands are measured
//! in the same run, because only ratios can be compared between machines.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

mod client;
mod lag;
mod memory;
#[path = "../../../event-store/benches/append/note.rs"]
mod note;
mod requests;
mod server;
mod starting;
#[path = "../../../event-store/benches/append/ways.rs"]
#[expect(dead_code, reason = "shared with the append bench, which compares more ways")]
mod ways;

use std::str::FromStr;
use std::time::{Duration, Instant};

use domain::id::{IdSource, SystemIds};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use crate::requests::Load;
use crate::server::Server;
use crate::ways::Way;

/// Clients at once.
const CLIENTS: u32 = 32;
/// How long each figure is measured.
const ROUND: Duration = Duration::from_secs(8);
/// How long sessions are in no memory at half load.
const FIRST: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() {
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration but this")]
    let Ok(url) = std::env::var("DATABASE_URL") else {
        println!("skipped: set DATABASE_URL, or run `make bench`");
        return;
    };
    let postgres = PgConnectOptions::from_str(&url).unwrap().disable_statement_logging();
    let mut admin = postgres.connect().await.unwrap();
    let names = ["baseline", "served"].map(|use_| format!("bench_{use_}_{}", std::process::id()));
    for name in &names {
        admin.execute(format!("CREATE DATABASE {name}").as_str()).await.unwrap();
    }
    let databases = names.each_ref().map(|name| postgres.clone().database(name));
    measure(&databases[0], &databases[1], &url.replacen("/flowpilot", &format!("/{}", names[1]), 1)).await;
    for name in &names {
        admin.execute(format!("DROP DATABASE {name} WITH (FORCE)").as_str()).await.unwrap();
    }
    admin.close().await.unwrap();
}

async fn measure(for_baseline: &PgConnectOptions, database: &PgConnectOptions, url: &str) {
    let base = bare_postgres_es(for_baseline).await;
    println!("{:<58} {base:>9.0} /s", format!("bare postgres-es commands, {CLIENTS} tasks"));

    let server = Server::start(url).await;
    let load = Load::prepare(&server).await;
    let notes = load.add_notes(ROUND, None).await;
    print_rate("addNote over HTTP, position only", notes.rate, base);
    let cycles = load.step_cycles(ROUND).await;
    print_rate("step cycles: answer to next step visible", cycles.rate, base);
    println!("{:<58} {:>9}", "  latency of a cycle p50 / p99", cycles.latencies());
    // The step cycles took the place of these sessions in the server's memory: that a thousand of them go on within a second
    // happens after a restart. Ordinarily people go on with what they just worked on.
    let first = lag::measure(&load, database, notes.rate / 2.0, FIRST).await;
    println!("{:<58} {:>9}", "commit to visible, 960 sessions from the disk p50 / p99", first.latencies());
    let lag = lag::measure(&load, database, notes.rate / 2.0, ROUND).await;
    println!("{:<58} {:>9}", "commit to visible at half load p50 / p99", lag.latencies());
    let memory = memory::after_events(&server, database, 100_000).await;
    println!("{:<58} {memory:>9.0} MB", "resident memory of the server after 100,000 events");
    server.stop().await;

    let (cold, warm) = starting::measure().await;
    println!("{:<58} {:>9.2} s", "cold start to ready, PostgreSQL made anew", cold.as_secs_f64());
    println!("{:<58} {:>9.2} s", "warm start to ready, with its own PostgreSQL", warm.as_secs_f64());
}

fn print_rate(name: &str, rate: f64, base: f64) {
    println!(
        "{:<58} {rate:>9.0} /s   {:.2} of bare postgres-es",
        format!("{name}, {CLIENTS} clients"),
        rate / base
    );
}

async fn bare_postgres_es(database: &PgConnectOptions) -> f64 {
    ways::prepare(database).await;
    let doing = Way::PostgresEs.open(database, CLIENTS).await;
    let started = Instant::now();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let doing = doing.clone();
            tokio::spawn(async move {
                let mut done = 0_u32;
                while started.elapsed() < ROUND {
                    doing.one_command(SystemIds.next()).await;
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    let rate = f64::from(done) / started.elapsed().as_secs_f64();
    doing.close().await;
    rate
}
