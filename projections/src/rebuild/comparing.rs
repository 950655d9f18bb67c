//! Before the swap: whether the new rows are those that serve, where both are of one version.

use std::time::Duration;

use domain::recorded_event::Position;
use event_store::transaction;
use sqlx::PgConnection;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::schema;
use crate::checkpoint;
use crate::error::ProjectionError;
use crate::runner::{Following, Runner};
use crate::standing;

/// Most rows of a table whose content is compared; of a larger one a share of the keys, the same on both sides.
const MOST_ROWS: i64 = 100_000;
/// How long it is waited for the rows that serve to come as far as the new ones.
const PATIENCE: Duration = Duration::from_secs(2);
/// The same in a strict rebuild, which fails then: so many leases, that is a minute. Whoever let the rows that serve fall behind
/// may have died, and who takes them over has to catch up.
const LEASES: u32 = 20;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// Most events that may be folded to bring the new rows as far as those that serve.
const MOST_BEHIND: i64 = 2_000;

/// How the two stand to each other.
enum Look {
    /// They were made the same: the first difference, if there is one.
    Compared(Option<String>),
    /// Those that serve have not come as far as the new ones.
    Behind,
    /// They are so far ahead that the new ones have to follow first.
    Ahead,
}

/// Compares, and tells and records a difference; in a strict rebuild it is an error, and so is it when nothing can be compared.
/// Nobody waits for it: both are read as they stood at one moment.
pub(super) async fn compare(
    runner: &mut Runner<'_>,
    stop: &CancellationToken,
) -> Result<(), ProjectionError> {
    let (pool, name, strict) = (&runner.engine.pool, runner.projection.name(), runner.target.strict);
    if checkpoint::version_of(pool, name).await? != Some(runner.projection.version()) {
        return Ok(());
    }
    let patience = if strict { runner.engine.node.lease * LEASES } else { PATIENCE };
    let since = Instant::now();
    let difference = loop {
        let look = at_one_moment(runner).await?;
        let ahead = matches!(look, Look::Ahead);
        match look {
            Look::Compared(difference) => break difference,
            _ if stop.is_cancelled() => return Ok(()),
            Look::Behind if strict && standing::is_paused(pool, name).await? => {
                return Err(ProjectionError::NotCompared("they are paused; resume them first"));
            }
            _ if since.elapsed() < patience => {}
            _ if strict => {
                return Err(ProjectionError::NotCompared("they do not come as far as the new ones"));
            }
            _ => {
                tracing::warn!(
                    projection.name = name,
                    "new rows are not compared: those that serve are too far away"
                );
                return Ok(());
            }
        }
        if ahead {
            runner.follow(stop, Following::ToTheEnd).await?;
        }
        sleep(LOOK).await;
    };
    let Some(difference) = difference else { return Ok(()) };
    tracing::error!(projection.name = name, difference, "what served is not what the log gives");
    metrics::counter!("flowpilot_rebuild_differences_total", "projection" => name).increment(1);
    let sql = "UPDATE projection_rebuilds SET difference = $2 WHERE projection = $1 AND state = 'running'";
    sqlx::query(sql).bind(name).bind(&difference).execute(pool).await?;
    if strict { Err(ProjectionError::Differs(difference)) } else { Ok(()) }
}

async fn at_one_moment(runner: &Runner<'_>) -> Result<Look, ProjectionError> {
    let (projection, feed) = (&runner.projection, &runner.engine.feed);
    let new = schema(projection.name());
    let path = format!("SET LOCAL search_path = {new}, public");
    let mut transaction = transaction::snapshot(&runner.engine.pool, &path).await?;
    let served = checkpoint::of(&mut *transaction, projection.name()).await?.unwrap_or(Position::START);
    let mut at = runner.at;
    if served < at {
        return Ok(Look::Behind);
    }
    if served.0 - at.0 > MOST_BEHIND {
        return Ok(Look::Ahead);
    }
    // Folded for the comparison alone: the transaction is rolled back, and the runner does it again.
    while at < served {
        let page = feed.after(at, runner.target.batch).await?;
        let upto = page.events.iter().filter(|it| it.position <= served && projection.takes(&it.event_type));
        runner.fold(&mut transaction, &upto.cloned().collect::<Vec<_>>()).await?;
        at = if page.up_to > at { page.up_to.min(served) } else { return Ok(Look::Ahead) };
    }
    let mut difference = None;
    for table in projection.tables() {
        difference = differs(&mut transaction, &new, table).await?;
        if difference.is_some() {
            break;
        }
    }
    transaction.rollback().await?;
    Ok(Look::Compared(difference))
}

async fn differs(
    connection: &mut PgConnection,
    new: &str,
    table: &str,
) -> Result<Option<String>, ProjectionError> {
    let sql = format!("SELECT (SELECT count(*) FROM {new}.{table}), (SELECT count(*) FROM public.{table})");
    let (rows, served): (i64, i64) = sqlx::query_as(&sql).fetch_one(&mut *connection).await?;
    if rows != served {
        return Ok(Some(format!("{table} has {rows} rows anew, and {served} of those that served")));
    }
    let key: Vec<String> = sqlx::query_scalar(
        "SELECT format('it.%I', attname) FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
         WHERE indrelid = format('public.%I', $1::text)::regclass AND indisprimary",
    )
    .bind(table)
    .fetch_all(&mut *connection)
    .await?;
    let sum = |schema: &str| {
        format!(
            "SELECT coalesce(sum(hashtextextended(it::text, 0)::numeric), 0) FROM {schema}.{table} AS it
             WHERE $1 = 1 OR hashtextextended(ROW({})::text, 0) % $1 = 0",
            key.join(", ")
        )
    };
    let sql = format!("SELECT ({}) = ({})", sum(new), sum("public"));
    let share = if key.is_empty() { 1 } else { rows / MOST_ROWS + 1 };
    let same: bool = sqlx::query_scalar(&sql).bind(share).fetch_one(connection).await?;
    Ok((!same)
        .then(|| format!("{table} has {rows} rows as before, and not all of them are as those that served")))
}
