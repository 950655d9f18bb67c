//! `flowpilot-replay stats`: how much there is, of what, whose, and how it grows.

use clap::Args;
use domain::id::AccountId;
use event_store::{EventQuery, Grouping, Whose};
use serde_json::json;

use crate::arguments::Options;
use crate::connection::{Access, Connection};
use crate::output::row;

/// `flowpilot-replay stats`
#[derive(Debug, Args)]
pub(crate) struct StatsArguments {
    /// Of this account alone.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
}

/// Writes the log's size, then events by type, by account, and by day with what there was by its end.
pub(crate) async fn run(options: &Options, arguments: StatsArguments) -> anyhow::Result<()> {
    let connection = Connection::open(&options.database, Access::Read).await?;
    let (log, whose) = (connection.log(), arguments.account.map_or(Whose::Everybody, Whose::Account));
    let all = EventQuery::default();
    let mut rows = options.output.rows(&["by", "group", "events", "total", "bytes"]);
    let total = log.count(whose, &all, Grouping::Nothing).await?.first().map_or(0, |count| count.events);
    // What one account's events take can't be told from the table's size.
    let bytes = if whose == Whose::Everybody { Some(log.bytes().await?) } else { None };
    rows.write(&row(json!({ "by": "all", "group": "events", "events": total, "bytes": bytes })))?;
    for (by, grouping) in [("type", Grouping::Type), ("account", Grouping::Account)] {
        for count in log.count(whose, &all, grouping).await? {
            rows.write(&row(json!({ "by": by, "group": count.group, "events": count.events })))?;
        }
    }
    let mut so_far = 0;
    for count in log.count(whose, &all, Grouping::Day).await? {
        so_far += count.events;
        let day = json!({ "by": "day", "group": count.group, "events": count.events, "total": so_far });
        rows.write(&row(day))?;
    }
    rows.flush()?;
    connection.close().await;
    Ok(())
}
