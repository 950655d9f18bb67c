//! `events import`: an export into a database without events.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use domain::recorded_event::Position;
use event_store::archive::Import;
use event_store::migrations;
use projections::checkpoint;
use serde_json::json;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::consent::Consent;
use crate::failure::Failure;
use crate::output::row;
use crate::progress::{Far, Progress};

const KIB: u64 = 1024;

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// The export; - is standard input.
    file: PathBuf,

    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(
    connection: &Connection,
    options: &Options,
    arguments: ImportArguments,
) -> anyhow::Result<()> {
    let pool = &connection.pool;
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(pool).await?;
    let plan = format!(
        "FlowPilot's tables are made in the database {name}, where they are not there yet, and {} is imported into them, if \
         there is no event.",
        arguments.file.display()
    );
    arguments.consent.to(&plan, &name).await?;
    migrations::migrate(pool).await.context("the schema can't be brought up to date")?;
    let ahead = checkpoint::all(pool).await?.into_iter().find(|(_, position)| *position > Position::START);
    if let Some((name, position)) = ahead {
        let why =
            format!("the read model {name} stands at position {position}: it would miss what is imported");
        return Err(Failure::Conflict(why).into());
    }
    let mut import = Import::begin(pool).await?;
    let (mut done, mut progress) = (0_u64, Progress::begin());
    let (from, of): (Box<dyn BufRead>, _) = if arguments.file.as_os_str() == "-" {
        (Box::new(BufReader::new(io::stdin())), None)
    } else {
        let unreadable = || format!("cannot read {}", arguments.file.display());
        let file = File::open(&arguments.file).with_context(unreadable)?;
        let length = file.metadata().with_context(unreadable)?.len();
        (Box::new(BufReader::new(file)), Some(length))
    };
    for (number, line) in (1_u64..).zip(from.lines()) {
        let line = line?;
        import.line(&line).await.with_context(|| format!("line {number}"))?;
        done += line.len() as u64 + 1;
        // How much comes through a pipe, nobody knows.
        if let Some(of) = of {
            progress.show(Far { what: "import", done: done / KIB, of: of / KIB, unit: "KiB" });
        }
    }
    let imported = import.finish().await?;
    drop(progress);
    let mut rows = options.output.rows(&["events", "keys", "blocks"]);
    let counts = json!({ "events": imported.events, "keys": imported.keys, "blocks": imported.blocks });
    rows.write(&row(counts))?;
    Ok(rows.flush()?)
}
