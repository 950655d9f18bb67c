//! `flowpilot-replay simulate`: months of an MSP's sessions, through the domain, the same for the same seed.

mod chance;
mod course;
mod intakes;
mod msp;
mod plan;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use event_store::bulk::{Bulk, Sealed};
use event_store::{EventQuery, Whose, migrations};
use serde_json::json;
use sqlx::PgPool;

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::consent::Consent;
use crate::failure::Failure;
use crate::moment::moment;
use crate::output::row;
use crate::progress::{Far, Progress};
use chance::Chance;
use course::Course;
use msp::Msp;

/// `flowpilot-replay simulate`
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// How many sessions.
    #[arg(long, default_value_t = 100, value_name = "N",
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    sessions: usize,

    /// Over so many days.
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,

    /// From this time on.
    #[arg(long, default_value = "2026-01-05", value_name = "TIME", value_parser = moment)]
    from: DateTime<Utc>,

    /// The same seed gives the same history: the same account, people, sessions and times. Only what seals it differs.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,

    #[command(flatten)]
    consent: Consent,
}

/// Simulates a history in a new account.
pub(crate) async fn run(options: &Options, arguments: SimulateArguments) -> anyhow::Result<()> {
    let connection = Connection::open(&options.database, Access::Write).await?;
    let outcome = simulate(&connection, options, &arguments).await;
    connection.close().await;
    outcome
}

async fn simulate(
    connection: &Connection,
    options: &Options,
    arguments: &SimulateArguments,
) -> anyhow::Result<()> {
    if connection.master.is_none() {
        let how = "a master key is needed to seal what is personal: FLOWPILOT_MASTER_KEY, or a data folder that has one";
        return Err(Failure::Usage(how.to_owned()).into());
    }
    let mut chance = Chance::of(arguments.seed);
    let account = Msp::account(&mut chance, arguments.from);
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&connection.pool).await?;
    let plan = format!(
        "The account {account} with {} sessions is added to the database {name}, for good: events are never deleted.",
        arguments.sessions
    );
    arguments.consent.to(&plan, &name).await?;
    migrations::migrate(&connection.pool).await.context("the schema can't be brought up to date")?;
    let (store, log) = (connection.store(), connection.log());
    let ceiling = log.ceiling().await?;
    if !log.query_upto(Whose::Account(account), &EventQuery::default(), ceiling, 1).await?.is_empty() {
        let why = format!("account {account} is there already: choose another --seed");
        return Err(Failure::Conflict(why).into());
    }
    if is_served(&connection.pool).await? {
        let why = "a server runs on this database: its timers would end old sessions while they are being written. Stop it, \
                   and start it again afterwards";
        return Err(Failure::Conflict(why.to_owned()).into());
    }
    let mut bulk = Bulk::new(&store);
    let msp = Msp::open(&store, &mut bulk, account, &mut chance, arguments.from).await?;
    let mut under_way: BinaryHeap<Reverse<Pending>> = BinaryHeap::new();
    let (mut number, mut progress) = (0, Progress::begin());
    let starts = plan::starts(&mut chance, arguments.from, arguments.days, arguments.sessions);
    let of = starts.len() as u64;
    for (done, start) in (0..).zip(starts) {
        progress.show(Far { what: "simulate", done, of, unit: "sessions" });
        // What earlier sessions did before this one begins comes before it in the log, as it would in life.
        while under_way.peek().is_some_and(|Reverse(pending)| pending.at < start) {
            let Some(Reverse(pending)) = under_way.pop() else { break };
            bulk.add(pending.sealed).await?;
        }
        for (at, sealed) in Course::run(&store, &msp, &mut chance, start).await? {
            number += 1;
            under_way.push(Reverse(Pending { at, number, sealed }));
        }
    }
    while let Some(Reverse(pending)) = under_way.pop() {
        bulk.add(pending.sealed).await?;
    }
    let events = bulk.finish().await?;
    drop(progress);
    let mut rows = options.output.rows(&["account", "sessions", "events"]);
    rows.write(&row(json!({ "account": account, "sessions": arguments.sessions, "events": events })))?;
    Ok(rows.flush()?)
}

/// Whether a server is connected: it gives this name.
async fn is_served(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                         WHERE datname = current_database() AND application_name = 'flowpilot')",
    )
    .fetch_one(pool)
    .await
}

/// A command that happens later than the sessions that have begun so far.
struct Pending {
    at: DateTime<Utc>,
    number: u64,
    sealed: Sealed,
}

impl Pending {
    fn key(&self) -> (DateTime<Utc>, u64) {
        (self.at, self.number)
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}
