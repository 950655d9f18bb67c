//! `flowpilot-replay report …`: what analysts ask again and again, each answered by one query over the views of schema `bi`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use domain::clock::{Clock, SystemClock};
use domain::id::{AccountId, FlowId};
use domain::recorded_event::Position;
use event_store::transaction;
use futures_util::TryStreamExt;
use projections::standing::{self, Doing};
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::failure::Failure;
use crate::moment::moment;
use crate::output::{self, Rows, row, told};

/// `flowpilot-replay report`
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(subcommand)]
    report: Report,
    #[command(flatten)]
    scope: Scope,
}

/// Of what a report tells.
#[derive(Debug, Args)]
struct Scope {
    /// Of this account alone.
    #[arg(long, value_name = "ID", global = true)]
    account: Option<AccountId>,

    /// From this time on, e.g. 2026-11-01T00:00:00Z or 2026-11-01.
    #[arg(long, visible_alias = "from", value_name = "TIME", value_parser = moment, global = true)]
    since: Option<DateTime<Utc>>,

    /// Before this time.
    #[arg(long, visible_alias = "to", value_name = "TIME", value_parser = moment, global = true)]
    until: Option<DateTime<Utc>>,

    /// Print the query instead, with its parameters explained: it reads the views of schema bi, as any BI tool may.
    #[arg(long, global = true)]
    sql: bool,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Report {
    /// How far sessions come: started, first answer, suggestion, resolved.
    Funnel,
    /// At which step sessions end or stand.
    DropOff,
    /// The ways through a flow, as edges with counts: what a Sankey diagram is drawn from.
    Paths {
        /// The flow.
        #[arg(long, value_name = "ID", required_unless_present = "sql")]
        flow: Option<FlowId>,
    },
    /// What became of suggested solutions: accepted, tried in vain, unanswered.
    Suggestions,
    /// Whether the assistant is as often right as it is sure, in ten bins.
    Calibration,
    /// Sessions that were escalated more than once.
    PingPong,
    /// How well each flow solves what it is matched with, over time.
    FlowDecay {
        /// By the week or the month of the close.
        #[arg(long, value_enum, default_value_t = Span::Month, value_name = "SPAN")]
        by: Span,
    },
    /// Calls and tokens for each resolution, by model.
    Tokens,
    /// How long proposals wait for a decision and for their publication.
    ProposalLeadTime,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Span {
    Week,
    Month,
}

/// A report's query and its columns.
struct Query {
    sql: &'static str,
    columns: &'static [&'static str],
}

impl Report {
    fn query(self) -> Query {
        let (sql, columns): (_, &[_]) = match self {
            Self::Funnel => (
                include_str!("report/funnel.sql"),
                &["stage", "sessions", "share", "ofPrevious", "regardless"],
            ),
            Self::DropOff => (
                include_str!("report/drop_off.sql"),
                &["step", "reached", "here", "resolved", "escalated", "abandoned", "open"],
            ),
            Self::Paths { .. } => (include_str!("report/paths.sql"), &["version", "from", "to", "passages"]),
            Self::Suggestions => (
                include_str!("report/suggestions.sql"),
                &["madeBy", "model", "suggested", "accepted", "tried", "unanswered", "acceptance"],
            ),
            Self::Calibration => (
                include_str!("report/calibration.sql"),
                &["from", "to", "sessions", "resolved", "stated", "observed", "gap"],
            ),
            Self::PingPong => (
                include_str!("report/ping_pong.sql"),
                &["escalations", "handOvers", "people", "sessions", "resolved"],
            ),
            Self::FlowDecay { .. } => (
                include_str!("report/flow_decay.sql"),
                &["flow", "since", "sessions", "resolved", "success", "change"],
            ),
            Self::Tokens => (
                include_str!("report/tokens.sql"),
                &[
                    "provider",
                    "model",
                    "sessions",
                    "resolved",
                    "calls",
                    "failed",
                    "inputTokens",
                    "outputTokens",
                    "callsPerResolution",
                    "tokensPerResolution",
                ],
            ),
            Self::ProposalLeadTime => {
                (include_str!("report/proposal_lead_time.sql"), &["leg", "n", "p50Seconds", "p90Seconds"])
            }
        };
        Query { sql, columns }
    }
}

/// Writes the report, or prints its query.
pub(crate) async fn run(options: &Options, arguments: ReportArguments) -> anyhow::Result<()> {
    let ReportArguments { report, scope } = arguments;
    let query = report.query();
    if scope.sql {
        return Ok(output::text(query.sql)?);
    }
    let connection = Connection::open(&options.database, Access::Read).await?;
    let outcome = async {
        let mut transaction: Transaction<'static, Postgres> =
            transaction::begin_with(&connection.pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await?;
        if let Report::Paths { flow: Some(flow) } = report {
            known(&mut transaction, flow, scope.account).await?;
        }
        let mut rows = options.output.rows(query.columns);
        write(&mut transaction, report, &query, &scope, &mut rows).await?;
        rows.flush()?;
        transaction.commit().await?;
        tell_if_old(&connection).await
    }
    .await;
    connection.close().await;
    outcome
}

async fn write(
    connection: &mut PgConnection,
    report: Report,
    query: &Query,
    scope: &Scope,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let as_objects = format!("SELECT row_to_json(report) FROM ({}) AS report", query.sql);
    let asked = sqlx::query_scalar(&as_objects)
        .bind(scope.account.map(|account| account.0))
        .bind(scope.since)
        .bind(scope.until);
    let asked = match report {
        Report::Paths { flow } => asked.bind(flow.map(|flow| flow.0)),
        Report::FlowDecay { by: Span::Week } => asked.bind("week"),
        Report::FlowDecay { by: Span::Month } => asked.bind("month"),
        _ => asked,
    };
    let mut found = asked.fetch(connection);
    while let Some(Json(fields)) = found.try_next().await? {
        rows.write(&row(fields))?;
    }
    Ok(())
}

/// A report of read models that are far behind, or empty, looks like any other one.
async fn tell_if_old(connection: &Connection) -> anyhow::Result<()> {
    let log = connection.log();
    let standings = standing::all(&connection.pool, &log, None).await?;
    let (last, now) = (log.last_event(log.ceiling().await?).await?, SystemClock.now());
    if standings.is_empty() && last > Position::START {
        told("no server has run here yet: the read models are empty, and so is the report");
    }
    let old = standings.iter().filter(|it| it.lag(last) > 0 && it.doing(last, now) != Doing::Running);
    if let Some(furthest) = old.min_by_key(|standing| standing.position) {
        let (name, position) = (&furthest.name, furthest.position);
        told(&format!(
            "the read models are behind, {name} at position {position} of {last}: what happened since is not in the report"
        ));
    }
    Ok(())
}

async fn known(
    connection: &mut PgConnection,
    flow: FlowId,
    account: Option<AccountId>,
) -> anyhow::Result<()> {
    // A simulated account follows the starter library's flows without having them.
    let sql = "SELECT EXISTS (SELECT FROM bi.flows WHERE flow = $1 AND ($2::uuid IS NULL OR account = $2))
                   OR EXISTS (SELECT FROM bi.sessions WHERE flow = $1 AND ($2::uuid IS NULL OR account = $2))";
    let there: bool = sqlx::query_scalar(sql)
        .bind(flow.0)
        .bind(account.map(|account| account.0))
        .fetch_one(connection)
        .await?;
    if there { Ok(()) } else { Err(Failure::NotFound(format!("there is no flow {flow}")).into()) }
}
