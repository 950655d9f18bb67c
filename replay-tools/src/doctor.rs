//! `flowpilot-replay doctor`: what an admin would look at first, with what to do about it.

use std::io;

use domain::clock::{Clock, SystemClock};
use event_store::{Log, ledger, migrations, sealing};
use projections::quarantine::{self, Narrowed};
use projections::rebuild;
use projections::{sharing, standing};
use serde_json::json;
use sqlx::PgPool;

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::failure::Failure;
use crate::output::{Rows, row};

/// The oldest PostgreSQL that FlowPilot runs on, as server_version_num tells it.
const OLDEST: i32 = 150_000;
/// Read models and the ledger may be this many events behind without a word.
const MAX_LAG: i64 = 10_000;
const MOST_WAITING: i64 = 1000;
const TIME: &str = "%Y-%m-%d %H:%M:%S UTC";

/// A setting, what it must not be, how bad that is, and why.
const SETTINGS: [(&str, &str, State, &str); 5] = [
    ("fsync", "off", State::Bad, "a crash of the machine can destroy the database"),
    ("full_page_writes", "off", State::Bad, "a crash of the machine can destroy the database"),
    ("synchronous_commit", "off", State::Bad, "a crash loses commands that were acknowledged"),
    ("autovacuum", "off", State::Warning, "read models grow without need"),
    (
        "data_checksums",
        "off",
        State::Warning,
        "PostgreSQL does not notice when the disk changes what it stored",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Warning,
    Bad,
}

/// Runs every check; one that is bad makes the run fail.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let connection = Connection::open(&options.database, Access::Read).await?;
    let mut findings = Findings { rows: options.output.rows(&["check", "state", "detail"]), bad: 0 };
    let outcome = examine(&connection, &mut findings).await;
    connection.close().await;
    outcome?;
    findings.rows.flush()?;
    if findings.bad == 0 { Ok(()) } else { Err(Failure::Unwell(findings.bad).into()) }
}

async fn examine(connection: &Connection, findings: &mut Findings) -> anyhow::Result<()> {
    let pool = &connection.pool;
    server(pool, findings).await?;
    settings(pool, findings).await?;
    if !schema(pool, findings).await? {
        return Ok(());
    }
    match &connection.master {
        None => findings.add("master key", State::Warning, "none here: what is personal can't be read")?,
        Some(master) => {
            let foreign = sealing::foreign_keys(pool, master).await?;
            let detail =
                format!("{foreign} data keys were wrapped by another one: what they sealed can't be read");
            let well = "it is the one that wrapped every data key";
            findings.judge("master key", foreign == 0, State::Bad, well, &detail)?;
        }
    }
    let log = connection.log();
    read_models(pool, &log, findings).await?;
    waiting(pool, findings).await?;
    let uncovered = ledger::uncovered(pool).await?;
    let detail = format!("{uncovered} events are not in it yet");
    findings.judge("ledger", uncovered <= MAX_LAG, State::Warning, &detail, &detail)?;
    Ok(())
}

async fn server(pool: &PgPool, findings: &mut Findings) -> anyhow::Result<()> {
    let (version, name, replica): (i32, String, bool) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), pg_is_in_recovery()",
    )
    .fetch_one(pool)
    .await?;
    let detail = format!("PostgreSQL {name}; FlowPilot needs 15 or newer");
    findings.judge("server", version >= OLDEST, State::Bad, &format!("PostgreSQL {name}"), &detail)?;
    let detail = "this is a replica: it can't tell who is still writing; ask the primary";
    findings.judge("role", !replica, State::Bad, "primary", detail)?;
    let vector: Option<String> =
        sqlx::query_scalar("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
            .fetch_optional(pool)
            .await?;
    let there = vector.as_deref().map_or_else(String::new, |version| format!("{version} is available"));
    let missing = "not installed on the server: matching by meaning needs it";
    findings.judge("pgvector", vector.is_some(), State::Bad, &there, missing)?;
    Ok(())
}

async fn settings(pool: &PgPool, findings: &mut Findings) -> anyhow::Result<()> {
    for (name, harmful, state, why) in SETTINGS {
        let value: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(pool).await?;
        findings.judge(name, value != harmful, state, &value, &format!("{value}: {why}"))?;
    }
    Ok(())
}

/// Whether there is enough of a schema to go on.
async fn schema(pool: &PgPool, findings: &mut Findings) -> anyhow::Result<bool> {
    let steps = migrations::state(pool).await?;
    let well = format!("{} applied", steps.applied);
    let missing =
        format!("{} are not applied: `flowpilot migrate`, or start the server", steps.missing.len());
    findings.judge("migrations", steps.missing.is_empty(), State::Bad, &well, &missing)?;
    if !steps.foreign.is_empty() {
        let detail =
            format!("{} are of a newer or another program: {:?}", steps.foreign.len(), steps.foreign);
        findings.add("migrations", State::Bad, &detail)?;
    }
    Ok(steps.missing.is_empty())
}

async fn read_models(pool: &PgPool, log: &Log, findings: &mut Findings) -> anyhow::Result<()> {
    let (standings, check) = (standing::all(pool, log, None).await?, "read models");
    let Some(furthest) = standings.iter().min_by_key(|standing| standing.position) else {
        return Ok(findings.add(check, State::Warning, "no server has run here yet")?);
    };
    let (last, now) = (log.last_event(log.ceiling().await?).await?, SystemClock.now());
    let detail = format!("{} is {} positions behind", furthest.name, furthest.lag(last));
    if sharing::anybody_is_there(pool).await? {
        findings.judge(check, furthest.lag(last) <= MAX_LAG, State::Warning, &detail, &detail)?;
        for (standing, since) in standings.iter().filter_map(|it| Some((it, it.stalled_since(now)?))) {
            let why = standing.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            let detail = format!(
                "{} stands still at position {} of {last} since {}{why}; the server's log tells more",
                standing.name,
                standing.position,
                since.format(TIME)
            );
            findings.add(check, State::Bad, &detail)?;
        }
    } else {
        // What is behind stays so until somebody starts one: no fault of the read models.
        let detail = format!("{detail}, and no server runs on this database");
        findings.judge(check, furthest.lag(last) == 0, State::Warning, &detail, &detail)?;
    }
    for standing in standings.iter().filter(|standing| standing.paused) {
        let (name, position) = (&standing.name, standing.position);
        let detail =
            format!("{name} is paused at position {position}: `projection resume {name}` lets it go on");
        findings.add(check, State::Warning, &detail)?;
    }
    for rebuild in rebuild::all(pool).await?.into_iter().filter(|it| it.state == rebuild::State::Failed) {
        let (name, why) = (rebuild.projection, rebuild.error.unwrap_or_default());
        let detail = format!("the last rebuild of {name} failed: {why}; what served before serves on");
        findings.add("rebuilds", State::Warning, &detail)?;
    }
    Ok(())
}

async fn waiting(pool: &PgPool, findings: &mut Findings) -> anyhow::Result<()> {
    let waiting = quarantine::waiting(pool, Narrowed::default(), MOST_WAITING).await?;
    let first = waiting.first().map_or_else(String::new, |first| {
        format!(
            "{} streams wait, first {} in {} at position {}",
            waiting.len(),
            first.aggregate_id,
            first.projection,
            first.position
        )
    });
    findings.judge("quarantine", waiting.is_empty(), State::Bad, "empty", &first)?;
    Ok(())
}

struct Findings {
    rows: Rows,
    bad: usize,
}

impl Findings {
    fn judge(&mut self, check: &str, well: bool, otherwise: State, good: &str, bad: &str) -> io::Result<()> {
        if well { self.add(check, State::Ok, good) } else { self.add(check, otherwise, bad) }
    }

    fn add(&mut self, check: &str, state: State, detail: &str) -> io::Result<()> {
        self.bad += usize::from(state == State::Bad);
        let state = match state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Bad => "bad",
        };
        self.rows.write(&row(json!({ "check": check, "state": state, "detail": detail })))
    }
}
