//! `events export`: the log as it is stored, to be kept or imported elsewhere.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use domain::recorded_event::Position;
use event_store::archive::Export;

use crate::connection::Connection;
use crate::output::told;

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// Go on behind this position: what follows can be appended to the file that was cut off, up to its last whole line.
    #[arg(long, value_name = "POSITION", default_value = "0")]
    after: Position,

    /// Write to a new file instead of standard output; with --after at the end of the one that is there.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub(super) async fn run(connection: &Connection, arguments: ExportArguments) -> anyhow::Result<()> {
    let mut out = destination(&arguments)?;
    let mut export = Export::begin(&connection.pool, arguments.after).await?;
    while let Some(lines) = export.next().await? {
        out.write_all(&lines)?;
    }
    out.flush()?;
    told(&format!("{} events up to position {}", export.events_so_far(), export.position()));
    Ok(())
}

fn destination(arguments: &ExportArguments) -> io::Result<Box<dyn Write>> {
    Ok(match &arguments.to {
        None => Box::new(BufWriter::new(io::stdout())),
        Some(file) if arguments.after > Position::START => {
            Box::new(BufWriter::new(OpenOptions::new().append(true).open(file)?))
        }
        Some(file) => Box::new(BufWriter::new(File::create_new(file)?)),
    })
}
