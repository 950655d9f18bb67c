//! `flowpilot-replay projection …`: where every read model stands.

use clap::{Args, Subcommand};
use domain::recorded_event::Position;
use projections::checkpoint;
use projections::quarantine::{self, Narrowed, Waiting};
use serde_json::{Map, Value, json};

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::failure::Failure;

/// So many quarantined streams are told of.
const MOST_WAITING: i64 = 10_000;

/// `flowpilot-replay projection`
#[derive(Debug, Args)]
pub(crate) struct ProjectionArguments {
    #[command(subcommand)]
    command: ProjectionCommand,
}

#[derive(Debug, Subcommand)]
enum ProjectionCommand {
    /// List all: how far they have come, and what waits in quarantine.
    List,
    /// Show the streams of one that wait in quarantine, each with the event that could not be folded.
    Status {
        /// Its name, as the list shows it.
        name: String,
    },
}

/// Runs the sub-command.
pub(crate) async fn run(options: &Options, arguments: ProjectionArguments) -> anyhow::Result<()> {
    let connection = Connection::open(&options.database, Access::Read).await?;
    let outcome = match arguments.command {
        ProjectionCommand::List => list(&connection, options).await,
        ProjectionCommand::Status { name } => status(&connection, options, &name).await,
    };
    connection.close().await;
    outcome
}

async fn list(connection: &Connection, options: &Options) -> anyhow::Result<()> {
    let log = connection.log();
    let last = log.last_event(log.ceiling().await?).await?;
    let waiting = quarantine::waiting(&connection.pool, Narrowed::default(), MOST_WAITING).await?;
    let mut rows = options.output.rows(&["name", "version", "position", "behind", "quarantined"]);
    for projection in projections::all() {
        let at = checkpoint::of(&connection.pool, projection.name()).await?;
        let quarantined = waiting.iter().filter(|stream| stream.projection == projection.name()).count();
        rows.write(&fields(json!({
            "name": projection.name(),
            "version": projection.version(),
            // None before it ever ran.
            "position": at,
            "behind": (last.0 - at.unwrap_or(Position::START).0).max(0),
            "quarantined": quarantined,
        })))?;
    }
    Ok(rows.flush()?)
}

async fn status(connection: &Connection, options: &Options, name: &str) -> anyhow::Result<()> {
    if !projections::all().iter().any(|projection| projection.name() == name) {
        return Err(Failure::NotFound(format!("there is no projection {name}")).into());
    }
    let mut rows =
        options.output.rows(&["aggregateType", "aggregateId", "position", "blockedEvents", "error"]);
    let waiting = quarantine::waiting(&connection.pool, Narrowed::default(), MOST_WAITING).await?;
    for Waiting { aggregate_type, aggregate_id, position, error, blocked_events, .. } in
        waiting.into_iter().filter(|stream| stream.projection == name)
    {
        rows.write(&fields(json!({
            "aggregateType": aggregate_type,
            "aggregateId": aggregate_id,
            "position": position,
            "blockedEvents": blocked_events,
            "error": error,
        })))?;
    }
    Ok(rows.flush()?)
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
