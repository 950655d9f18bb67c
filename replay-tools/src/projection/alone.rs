//! `projection rebuild NAME --stream TYPE/ID | --account ID`: folds some streams anew where they serve, in one transaction.

use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use domain::id::AccountId;
use event_store::{EventQuery, Grouping, Whose};
use projections::by_stream::ByStream;
use projections::projection::Projection;
use projections::rebuild::{Alone, Which, fold_alone};
use serde_json::json;
use uuid::Uuid;

use crate::arguments::Options;
use crate::connection::Connection;
use crate::consent::Consent;
use crate::failure::Failure;
use crate::output::row;

/// Which streams alone; none: everything.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct AloneArguments {
    /// Fold this stream alone anew, where its rows serve, in one transaction: for projections whose rows belong to a stream each.
    #[arg(long, value_name = "TYPE/ID", conflicts_with_all = ["detach", "patience"])]
    stream: Option<StreamName>,

    /// The same for all streams of this account.
    #[arg(long, value_name = "ID", conflicts_with_all = ["detach", "patience"])]
    account: Option<AccountId>,
}

/// A stream as it is named: `session/0195…`.
#[derive(Debug, Clone)]
struct StreamName {
    aggregate_type: String,
    id: Uuid,
}

impl FromStr for StreamName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = "a stream is named by its type and its id, as session/0195e6a0-…";
        let (aggregate_type, id) = text.split_once('/').ok_or(malformed)?;
        let id = id.parse().map_err(|_| malformed)?;
        Ok(Self { aggregate_type: aggregate_type.to_owned(), id })
    }
}

impl AloneArguments {
    pub(super) fn are_given(&self) -> bool {
        self.stream.is_some() || self.account.is_some()
    }
}

pub(super) async fn rebuild(
    connection: &Connection,
    options: &Options,
    projection: &Arc<dyn Projection>,
    arguments: &AloneArguments,
    (strict, consent): (bool, Consent),
) -> anyhow::Result<()> {
    let (name, log) = (projection.name(), connection.log());
    let by_stream = projection.by_stream().ok_or_else(|| {
        Failure::Usage(format!(
            "rows of {name} come of more than one stream: it can only be built anew as a whole"
        ))
    })?;
    let (which, what) = found(connection, by_stream, name, arguments).await?;
    let kind = by_stream.aggregate_type();
    let mut query = EventQuery { aggregate_types: vec![kind.to_owned()], ..EventQuery::default() };
    let whose = match which {
        Which::Stream(account, id) => {
            query.aggregate_id = Some(id);
            Whose::Account(account)
        }
        Which::Account(account) => Whose::Account(account),
    };
    let events: i64 = log.count(whose, &query, Grouping::Type).await?.iter().map(|of| of.events).sum();
    let plan = format!(
        "In {name}, the rows of {what} are dropped and folded anew from {events} events, in one transaction: readers see the old \
         ones until then, and what happens meanwhile is shown afterwards."
    );
    consent.to(&plan, name).await?;
    let alone = fold_alone(&connection.pool, &log, &**projection, by_stream, which, strict).await?;
    match alone {
        Alone::Done { position, streams, waiting } => {
            let mut rows = options.output.rows(&["name", "result", "position", "streams", "waiting"]);
            rows.write(&row(json!({
                "name": name, "result": "rebuilt", "position": position, "streams": streams, "waiting": waiting,
            })))?;
            Ok(rows.flush()?)
        }
        Alone::NeverRan => Err(Failure::Conflict(format!("{name} never ran here")).into()),
        Alone::Outdated => Err(Failure::Conflict(format!(
            "the rows of {name} are of another version than this program's {}: build it anew as a whole",
            projection.version()
        ))
        .into()),
    }
}

/// What is meant, and how it is called.
async fn found(
    connection: &Connection,
    by_stream: &dyn ByStream,
    name: &str,
    arguments: &AloneArguments,
) -> anyhow::Result<(Which, String)> {
    let (kind, log) = (by_stream.aggregate_type(), connection.log());
    let (mut query, mut whose) = (EventQuery::default(), Whose::Everybody);
    query.aggregate_types.push(kind.to_owned());
    let what = match (&arguments.stream, arguments.account) {
        (Some(stream), _) if stream.aggregate_type != kind => {
            let other = &stream.aggregate_type;
            return Err(
                Failure::Usage(format!("{name} has no rows of a {other}: its streams are {kind}/…")).into()
            );
        }
        (Some(stream), _) => {
            query.aggregate_id = Some(stream.id);
            format!("{kind}/{}", stream.id)
        }
        (None, account) => {
            whose = account.map_or(whose, Whose::Account);
            account.map(|account| format!("account {account}")).unwrap_or_default()
        }
    };
    let first = log.query_upto(whose, &query, log.ceiling().await?, 1).await?;
    let Some(first) = first.first() else {
        return Err(Failure::NotFound(format!("the log has no {kind} of {what}")).into());
    };
    let account = first.metadata.account;
    let which = query.aggregate_id.map_or(Which::Account(account), |id| Which::Stream(account, id));
    Ok((which, what))
}
