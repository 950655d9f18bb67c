//! `events tail`: the newest events, and those that come.

use std::time::Duration;

use clap::Args;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::events::filter::EventFilter;
use crate::events::masking::Masking;
use crate::events::record;

const PAGE: usize = 1000;
const POLL: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub(super) struct TailArguments {
    #[command(flatten)]
    filter: EventFilter,

    /// So many of the newest ones.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    lines: usize,

    /// Go on with those that come, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
}

pub(super) async fn run(
    connection: &Connection,
    options: &Options,
    arguments: TailArguments,
) -> anyhow::Result<()> {
    arguments.filter.tell_unknown_types();
    let (log, whose) = (connection.log(), arguments.filter.whose());
    let mut ceiling = log.ceiling().await?;
    let mut masking = Masking::of(&log, ceiling).await?;
    let mut query = arguments.filter.query();
    query.newest_first = true;
    let mut newest = log.query_upto(whose, &query, ceiling, arguments.lines).await?;
    newest.reverse();
    let mut rows = options.output.rows(record::COLUMNS);
    // Positions that were drawn and not used may be drawn again after a crash: on from an event, never from a ceiling.
    let mut last = newest.last().map(|event| event.position).or(query.after);
    if arguments.follow && last.is_none() {
        last = Some(log.last_event(ceiling).await?);
    }
    for row in masking.rows(newest).await? {
        rows.write(&row)?;
    }
    rows.flush()?;
    query.newest_first = false;
    if !arguments.follow {
        return Ok(());
    }
    loop {
        query.after = last;
        let page = log.query_upto(whose, &query, ceiling, PAGE).await?;
        let full = page.len() == PAGE;
        last = page.last().map(|event| event.position).or(last);
        for row in masking.rows(page).await? {
            rows.write(&row)?;
        }
        rows.flush()?;
        if !full {
            tokio::time::sleep(POLL).await;
            ceiling = log.ceiling().await?;
        }
    }
}
