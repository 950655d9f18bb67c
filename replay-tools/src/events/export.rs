//! `events export`: the log as it is stored, to be kept or imported elsewhere, or opened as Parquet, to be analysed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use domain::recorded_event::Position;
use event_store::archive::Export;

use crate::connection::Connection;
use crate::events::filter::EventFilter;
use crate::events::pages::Pages;
use crate::events::parquet;
use crate::failure::Failure;
use crate::output::told;
use crate::progress::{Far, Progress};

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// What is written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "jsonl")]
    format: Written,

    /// Write to a new file instead of standard output; lines with --after at the end of the one that is there.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,

    #[command(flatten)]
    filter: EventFilter,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    /// Lines of JSON, as stored: the whole log, or with --after what follows. This is what `events import` takes.
    Jsonl,
    /// A Parquet file of the events that the filters ask for, opened as `events list` shows them. For reading elsewhere:
    /// it is not imported.
    Parquet,
}

pub(super) async fn run(connection: &Connection, arguments: ExportArguments) -> anyhow::Result<()> {
    match arguments.format {
        Written::Jsonl => lines(connection, &arguments).await,
        Written::Parquet => columns(connection, &arguments).await,
    }
}

async fn lines(connection: &Connection, arguments: &ExportArguments) -> anyhow::Result<()> {
    let Some(after) = arguments.filter.only_after() else {
        let why = "lines are the log as it is stored, with its ledger: of the filters they take --after alone. Take \
                   --format parquet or `events list`";
        return Err(Failure::Usage(why.to_owned()).into());
    };
    // Before the file is made: what can't even begin leaves none behind.
    let mut export = Export::begin(&connection.pool, after).await?;
    let mut out = destination(arguments, after > Position::START)?;
    let mut progress = progress(arguments);
    while let Some(lines) = export.next().await? {
        out.write_all(&lines)?;
        if let Some(progress) = &mut progress {
            progress.show(Far::positions("export", export.position(), export.upto()));
        }
    }
    out.flush()?;
    drop(progress);
    told(&format!("{} events up to position {}", export.events_so_far(), export.position()));
    Ok(())
}

async fn columns(connection: &Connection, arguments: &ExportArguments) -> anyhow::Result<()> {
    if arguments.to.is_none() {
        parquet::standard_output()?;
    }
    let pages = Pages::of(connection, &arguments.filter, false, usize::MAX).await?;
    parquet::write(pages, destination(arguments, false)?).await
}

fn progress(arguments: &ExportArguments) -> Option<Progress> {
    if arguments.to.is_some() { Some(Progress::begin()) } else { Progress::beside_data() }
}

fn destination(arguments: &ExportArguments, append: bool) -> anyhow::Result<Box<dyn Write + Send>> {
    let Some(path) = &arguments.to else { return Ok(Box::new(BufWriter::new(io::stdout()))) };
    let file = if append { OpenOptions::new().append(true).open(path) } else { File::create_new(path) };
    let file = file.map_err(|error| {
        let name = path.display();
        let failure = match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::Conflict(format!("{name} is there already: name another file, or remove it"))
            }
            io::ErrorKind::NotFound if append => {
                Failure::NotFound(format!("there is no {name} that --after could go on with"))
            }
            _ => return anyhow::Error::from(error).context(format!("{name} cannot be written")),
        };
        failure.into()
    })?;
    Ok(Box::new(BufWriter::new(file)))
}
