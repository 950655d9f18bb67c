//! How many commands a second one PostgreSQL takes: bare inserts, bare postgres-es, and ours with everything in it.
//!
//! `DATABASE_URL` names the server; a database is made there and dropped again. Every way runs in turn, several times,
//! and its median counts, so that whatever else the machine does meanwhile falls on all of them.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table, and may fail loudly"
)]

mod note;
mod ways;

use std::time::{Duration, Instant};

use domain::id::{IdSource, SystemIds};
use event_store::testing::database;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::ways::Way;

const WIDTHS: [u32; 3] = [1, 8, 32];
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);

#[tokio::main]
async fn main() {
    let database = database().await;
    measure(&database.connect_options()).await;
}

async fn measure(database: &PgConnectOptions) {
    ways::prepare(database).await;
    let fsync: String =
        sqlx::query_scalar("SHOW fsync").fetch_one(&mut database.connect().await.unwrap()).await.unwrap();
    println!(
        "commands a second, a new aggregate each unless it says otherwise, one event; fsync {fsync}; median of {ROUNDS} rounds\n"
    );
    println!("{:<50} {:>9} {:>9} {:>9}", "tasks", WIDTHS[0], WIDTHS[1], WIDTHS[2]);
    let mut table = [[0.0; WIDTHS.len()]; Way::ALL.len()];
    for (column, width) in WIDTHS.into_iter().enumerate() {
        let mut rates = vec![Vec::new(); Way::ALL.len()];
        for round in 0..=ROUNDS {
            for (row, way) in Way::ALL.into_iter().enumerate() {
                let rate = run(way, database, width).await;
                // The first round only warms up.
                if round > 0 {
                    rates[row].push(rate);
                }
            }
        }
        for (row, mut rates) in rates.into_iter().enumerate() {
            rates.sort_by(f64::total_cmp);
            table[row][column] = rates[rates.len() / 2];
        }
    }
    for (way, rates) in Way::ALL.into_iter().zip(table) {
        println!("{:<50} {:>9.0} {:>9.0} {:>9.0}", way.name(), rates[0], rates[1], rates[2]);
    }
    let compared = [
        (Way::Ours, Way::PostgresEs),
        (Way::OursFresh, Way::PostgresEs),
        (Way::OursGoingOn, Way::PostgresEsGoingOn),
    ];
    for (way, with) in compared {
        let ratio = |column: usize| table[way as usize][column] / table[with as usize][column];
        println!(
            "{:<50} {:>9.2} {:>9.2} {:>9.2}",
            format!("{} : postgres-es", way.name()),
            ratio(0),
            ratio(1),
            ratio(2)
        );
    }
}

/// Commands a second of so many tasks at once.
async fn run(way: Way, database: &PgConnectOptions, width: u32) -> f64 {
    let doing = way.open(database, width).await;
    let started = Instant::now();
    let tasks: Vec<_> = (0..width)
        .map(|_| {
            let doing = doing.clone();
            tokio::spawn(async move {
                let mut done = 0_u32;
                let mut id = SystemIds.next();
                while started.elapsed() < ROUND {
                    if done.is_multiple_of(way.commands_each()) {
                        id = SystemIds.next();
                    }
                    doing.one_command(id).await;
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
