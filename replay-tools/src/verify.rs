//! `flowpilot-replay verify`: whether what is stored is as it was written, whole and readable.

use std::io;

use clap::Args;
use domain::recorded_event::Position;
use event_store::ledger::{self, Fault, Head};
use event_store::{Log, NO_KEY, integrity};
use projections::checkpoint;
use serde_json::json;

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::decoding;
use crate::failure::Failure;
use crate::output::{Rows, row};
use crate::progress::{Far, Progress};

const PAGE: usize = 1000;

/// `flowpilot-replay verify`
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The ledger's head as it was kept elsewhere: an earlier run printed it. Without it a log that was written anew
    /// together with its ledger, or cut off together with it, can't be told from the true one.
    #[arg(long, value_name = "HEAD")]
    head: Option<Head>,
}

/// Runs all checks, each to its first fault, and prints the ledger's head.
pub(crate) async fn run(options: &Options, arguments: VerifyArguments) -> anyhow::Result<()> {
    let connection = Connection::open(&options.database, Access::Read).await?;
    let mut report =
        Report { rows: options.output.rows(&["check", "ok", "position", "detail"]), first: None };
    let outcome = check(&connection, arguments.head, &mut report).await;
    connection.close().await;
    outcome?;
    report.rows.flush()?;
    match report.first {
        None => Ok(()),
        Some(position) => Err(Failure::VerificationFailed(format!(
            "verification failed: the first bad position is {position}"
        ))
        .into()),
    }
}

async fn check(connection: &Connection, kept: Option<Head>, report: &mut Report) -> anyhow::Result<()> {
    let (pool, log, mut progress) = (&connection.pool, connection.log(), Progress::begin());
    // Before the log's end is looked for: both move on while all this is read.
    let checkpoints = checkpoint::all(pool).await?;
    let ceiling = log.ceiling().await?;
    let seen = |at| progress.show(Far::positions("ledger", at, ceiling));
    let checked = ledger::check_seen(pool, kept, seen).await?;
    let detail = format!("{} events up to position {}", checked.events, checked.covered);
    report.add("ledger", checked.fault, &detail)?;
    report.add("streams", integrity::first_gap(pool, ceiling).await?, "without gaps, in order")?;
    let lost = integrity::first_lost_command(pool, ceiling).await?;
    report.add("commands", lost, "every one with its events")?;
    let (fault, detail) = read_all(&log, ceiling, &mut progress).await?;
    report.add("events", fault, &detail)?;
    report.add("checkpoints", ahead(checkpoints, ceiling), &format!("none above position {ceiling}"))?;
    let head = checked.head.map_or("none yet".to_owned(), |head| head.to_string());
    report.add("head", None, &head)?;
    Ok(())
}

/// Whether every event can be opened and read. One whose key was destroyed is no fault.
async fn read_all(
    log: &Log,
    ceiling: Position,
    progress: &mut Progress,
) -> anyhow::Result<(Option<Fault>, String)> {
    let (mut at, mut read, mut sealed) = (Position::START, 0_u64, 0_u64);
    loop {
        let page = log.page_upto(at, ceiling, PAGE, &[]).await?;
        for event in &page.events {
            match decoding::decode(event) {
                Ok(()) => read += 1,
                Err(unreadable) if unreadable.reason == NO_KEY => sealed += 1,
                Err(unreadable) => {
                    let fault = Fault { position: event.position, what: unreadable.to_string() };
                    return Ok((Some(fault), String::new()));
                }
            }
        }
        if page.events.len() < PAGE {
            return Ok((None, format!("{read} read, {sealed} sealed without a key here")));
        }
        at = page.up_to;
        progress.show(Far::positions("events", at, ceiling));
    }
}

fn ahead(checkpoints: Vec<(String, Position)>, ceiling: Position) -> Option<Fault> {
    let (name, position) = checkpoints.into_iter().find(|(_, position)| *position > ceiling)?;
    Some(Fault {
        position: Position(ceiling.0.saturating_add(1)),
        what: format!(
            "the read model {name} claims to have read up to position {position}, and the log ends before"
        ),
    })
}

struct Report {
    rows: Rows,
    first: Option<Position>,
}

impl Report {
    fn add(&mut self, check: &str, fault: Option<Fault>, well: &str) -> io::Result<()> {
        let fields = match fault {
            None => json!({ "check": check, "ok": true, "detail": well }),
            Some(Fault { position, what }) => {
                self.first = Some(self.first.map_or(position, |first| first.min(position)));
                json!({ "check": check, "ok": false, "position": position, "detail": what })
            }
        };
        self.rows.write(&row(fields))
    }
}
