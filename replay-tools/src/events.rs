//! `flowpilot-replay events …`: the log itself, event by event.

mod export;
mod filter;
mod import;
mod list;
mod masking;
mod pages;
mod parquet;
pub(crate) mod record;
mod tail;

use clap::{Args, Subcommand, ValueEnum};
use domain::recorded_event::Position;
use event_store::{EventQuery, Grouping, Whose};
use serde_json::json;

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::failure::Failure;
use crate::output::{self, Format};
use filter::EventFilter;
use masking::Masking;

/// `flowpilot-replay events`
#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    #[command(subcommand)]
    command: EventsCommand,
}

impl EventsArguments {
    /// Whether events are to be listed.
    pub(crate) fn are_a_list(&self) -> bool {
        matches!(self.command, EventsCommand::List(_))
    }
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// List events, oldest first, as many as there are.
    ///
    /// Memory stays bounded whatever the range. To go on after an interruption, name the last position that arrived:
    /// --after 12345. With -o parquet it is a file to analyse, that of `events export --format parquet`: write it into a file
    /// or a pipe.
    List(list::ListArguments),
    /// Show one event in full.
    Show {
        /// Its position.
        position: Position,
    },
    /// Show the newest events, and with --follow those that come.
    Tail(tail::TailArguments),
    /// Write the log as it is stored, with its keys and its ledger, as lines of JSON; or events to analyse, as Parquet.
    ///
    /// Lines that were cut off go on with --after POSITION: what follows can be appended, up to the last whole line.
    ///
    /// What is personal stays sealed; the data keys are wrapped by the master key, which is not in the export: keep it
    /// apart, for without it nothing personal can be read. Read models are not in it: a server makes them anew.
    ///
    /// For rows to analyse, opened and filtered, use --format parquet or `events list -o csv`: keep those as you keep what is
    /// personal. A Parquet file that was cut off is unreadable as a whole: write it again.
    Export(export::ExportArguments),
    /// Read an export into a database without events, all or nothing.
    ///
    /// Positions, data keys, the ledger and idempotency are as they were; new events come behind the old ones. Run
    /// `verify` afterwards, best with the head that the other log had.
    Import(import::ImportArguments),
    /// Count events: as a table, JSON or CSV.
    Count {
        #[command(flatten)]
        filter: EventFilter,
        /// Apart for each of these.
        #[arg(long, value_enum, value_name = "GROUP")]
        by: Option<By>,
    },
}

/// What events are counted by.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    /// The stored type.
    Type,
    /// The aggregate's type.
    AggregateType,
    /// The account.
    Account,
    /// Who caused them.
    Actor,
    /// The day they were recorded on, in UTC.
    Day,
}

/// Runs the sub-command.
pub(crate) async fn run(options: &Options, arguments: EventsArguments) -> anyhow::Result<()> {
    let access = match arguments.command {
        EventsCommand::Import(_) => Access::Write,
        _ => Access::Read,
    };
    let connection = Connection::open(&options.database, access).await?;
    let outcome = match arguments.command {
        EventsCommand::List(arguments) => list::run(&connection, options, arguments).await,
        EventsCommand::Show { position } => show(&connection, options, position).await,
        EventsCommand::Tail(arguments) => tail::run(&connection, options, arguments).await,
        EventsCommand::Export(arguments) => export::run(&connection, arguments).await,
        EventsCommand::Import(arguments) => import::run(&connection, options, arguments).await,
        EventsCommand::Count { filter, by } => count(&connection, options, &filter, by).await,
    };
    connection.close().await;
    outcome
}

async fn show(connection: &Connection, options: &Options, position: Position) -> anyhow::Result<()> {
    let only = EventQuery {
        after: Some(Position(position.0.saturating_sub(1))),
        before: Some(Position(position.0.saturating_add(1))),
        ..EventQuery::default()
    };
    let log = connection.log();
    let ceiling = log.ceiling().await?;
    let found = log.query_upto(Whose::Everybody, &only, ceiling, 1).await?;
    let Some(row) = Masking::of(&log, ceiling).await?.rows(found).await?.pop() else {
        return Err(Failure::NotFound(format!("there is no event at position {position}")).into());
    };
    match options.output.format() {
        Format::Table => output::text(&serde_json::to_string_pretty(&row)?)?,
        Format::Json | Format::Csv => {
            let mut rows = options.output.rows(record::COLUMNS);
            rows.write(&row)?;
            rows.flush()?;
        }
    }
    Ok(())
}

async fn count(
    connection: &Connection,
    options: &Options,
    filter: &EventFilter,
    by: Option<By>,
) -> anyhow::Result<()> {
    let grouping = match by {
        None => Grouping::Nothing,
        Some(By::Type) => Grouping::Type,
        Some(By::AggregateType) => Grouping::AggregateType,
        Some(By::Account) => Grouping::Account,
        Some(By::Actor) => Grouping::Actor,
        Some(By::Day) => Grouping::Day,
    };
    filter.tell_unknown_types();
    let counts = connection.log().count(filter.whose(), &filter.query(), grouping).await?;
    if by.is_none() {
        let events = counts.first().map_or(0, |count| count.events);
        let mut rows = options.output.rows(&["events"]);
        rows.write(&output::row(json!({ "events": events })))?;
        return Ok(rows.flush()?);
    }
    let mut rows = options.output.rows(&["group", "events", "first", "last"]);
    for count in counts {
        rows.write(&output::row(json!({
            "group": count.group, "events": count.events, "first": count.first, "last": count.last,
        })))?;
    }
    Ok(rows.flush()?)
}
