//! `events list`: any range, page by page.

use clap::Args;
use domain::recorded_event::Position;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::events::filter::EventFilter;
use crate::events::masking::Masking;
use crate::events::record;

const PAGE: usize = 1000;

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    filter: EventFilter,

    /// At most so many.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// The newest first.
    #[arg(long)]
    newest_first: bool,
}

pub(super) async fn run(
    connection: &Connection,
    options: &Options,
    arguments: ListArguments,
) -> anyhow::Result<()> {
    let log = connection.log();
    // One ceiling for all pages: what comes while the list is written is not in it.
    let ceiling = log.ceiling().await?;
    let mut masking = Masking::of(&log, ceiling).await?;
    let mut query = arguments.filter.query();
    query.newest_first = arguments.newest_first;
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut rows = options.output.rows(record::COLUMNS);
    while left > 0 {
        let wanted = left.min(PAGE);
        let page = log.query_upto(arguments.filter.whose(), &query, ceiling, wanted).await?;
        let (found, last) = (page.len(), page.last().map(|event| event.position));
        for row in masking.rows(page).await? {
            rows.write(&row)?;
        }
        if found < wanted {
            break;
        }
        left -= found;
        *(if query.newest_first { &mut query.before } else { &mut query.after }) =
            last.or(Some(Position::START));
    }
    Ok(rows.flush()?)
}
