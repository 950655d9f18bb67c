//! `events list`: any range, page by page.

use std::io::BufWriter;

use clap::Args;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::events::filter::EventFilter;
use crate::events::pages::Pages;
use crate::events::{parquet, record};

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
    let file = options.output.is_parquet().then(parquet::standard_output).transpose()?;
    let limit = arguments.limit.unwrap_or(usize::MAX);
    let mut pages = Pages::of(connection, &arguments.filter, arguments.newest_first, limit).await?;
    if let Some(file) = file {
        return parquet::write(pages, BufWriter::new(file)).await;
    }
    let mut rows = options.output.rows(record::COLUMNS);
    while let Some(page) = pages.next().await? {
        for row in page {
            rows.write(&row)?;
        }
    }
    Ok(rows.flush()?)
}
