//! `flowpilot-replay session …`: one session as it is or was, by the same fold as the server's.

mod difference;
mod folding;
mod point;
mod timeline;

use clap::{Args, Subcommand};
use domain::id::SessionId;
use domain::session::documentation::Documentation;
use domain::session::view::SessionView;
use serde_json::{Map, Value, json};

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::output::{self, Format, harmless};
use difference::Difference;
use folding::History;
use point::Point;

const POINTS: &str = "\
Points: now, start, version:7 (after its seventh event), position:1234 (of the log), or a time such as
2026-11-25T09:30:00Z.";

/// `flowpilot-replay session`
#[derive(Debug, Args)]
pub(crate) struct SessionArguments {
    #[command(subcommand)]
    command: SessionCommand,
}

#[derive(Debug, Subcommand)]
enum SessionCommand {
    /// Show a session: its documentation on a terminal, everything as JSON.
    Show {
        /// Its id.
        session: SessionId,
    },
    /// Show what happened, event by event, and what each changed.
    Timeline {
        /// Its id.
        session: SessionId,
    },
    /// Show a session as it stood at a point.
    #[command(after_help = POINTS)]
    StateAt {
        /// Its id.
        session: SessionId,
        /// When.
        point: Point,
    },
    /// Show what changed in a session between two points.
    #[command(after_help = POINTS)]
    Diff {
        /// Its id.
        session: SessionId,
        /// From here
        from: Point,
        /// to here.
        #[arg(default_value = "now")]
        to: Point,
    },
}

/// Runs the sub-command.
pub(crate) async fn run(options: &Options, arguments: SessionArguments) -> anyhow::Result<()> {
    let connection = Connection::open(&options.database, Access::Read).await?;
    let outcome = carry_out(&connection, options, arguments.command).await;
    connection.close().await;
    outcome
}

async fn carry_out(
    connection: &Connection,
    options: &Options,
    command: SessionCommand,
) -> anyhow::Result<()> {
    match command {
        SessionCommand::Show { session } => {
            let history = History::read(connection, session).await?;
            show(options, &history.at(Point::Now)?)
        }
        SessionCommand::StateAt { session, point } => {
            let history = History::read(connection, session).await?;
            show(options, &history.at(point)?)
        }
        SessionCommand::Timeline { session } => {
            timeline::write(options, &History::read(connection, session).await?)
        }
        SessionCommand::Diff { session, from, to } => {
            let history = History::read(connection, session).await?;
            let (from, to) = (history.at_or_before_start(from)?, history.at_or_before_start(to)?);
            diff(options, &document(from.as_ref())?, &document(to.as_ref())?)
        }
    }
}

fn show(options: &Options, view: &SessionView) -> anyhow::Result<()> {
    if options.output.format() != Format::Table {
        let mut rows = options.output.rows(&[
            "id",
            "account",
            "version",
            "status",
            "step_count",
            "created_at",
            "updated_at",
        ]);
        rows.write(&output::row(serde_json::to_value(view)?))?;
        return Ok(rows.flush()?);
    }
    output::text(&format!(
        "session   {}\naccount   {}\nversion   {} (position {})\nstatus    {}\nhandler   {}\nopened    {}\nchanged   {}\n",
        view.id,
        view.account,
        view.version,
        view.last_position,
        json!(view.status).as_str().unwrap_or_default(),
        view.handler,
        view.created_at,
        view.updated_at
    ))?;
    match Documentation::of(view) {
        Some(documentation) => {
            let lines: Vec<String> = documentation.markdown().lines().map(harmless).collect();
            output::text(&format!("\n{}", lines.join("\n")))?;
        }
        None => output::text("\nNo step was presented yet: there is nothing to document.")?,
    }
    Ok(())
}

fn document(view: Option<&SessionView>) -> anyhow::Result<Value> {
    Ok(match view {
        Some(view) => serde_json::to_value(view)?,
        None => Value::Object(Map::new()),
    })
}

fn diff(options: &Options, from: &Value, to: &Value) -> anyhow::Result<()> {
    let changes = Difference::between(from, to);
    if options.output.format() == Format::Table {
        let lines: Vec<String> = changes.iter().map(Difference::in_words).collect();
        let nothing = "Nothing changed.".to_owned();
        output::text(&if lines.is_empty() { nothing } else { lines.join("\n") })?;
        return Ok(());
    }
    let mut rows = options.output.rows(&["path", "change", "before", "after"]);
    for change in changes {
        rows.write(&change.row())?;
    }
    Ok(rows.flush()?)
}
