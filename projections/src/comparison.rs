//! Whether a read model is what its events give: it is folded anew beside itself, compared, and the copy thrown away.

use std::collections::HashMap;
use std::sync::Arc;

use domain::recorded_event::Position;
use event_store::Log;
use event_store::transaction;
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::checkpoint;
use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::quarantine::{self, Narrowed, Quarantine};

const PAGE: usize = 1000;
const MOST_QUARANTINED: i64 = 10_000;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// It keeps no tables that could be compared.
    NoTables,
    /// It never ran here.
    NeverRan,
    /// Row by row the same, up to this position.
    Same(Position),
    /// It is not.
    Differs {
        /// Up to here it was folded.
        upto: Position,
        /// The first table that differs,
        table: String,
        /// the key of the first row in it,
        key: Value,
        /// and in what.
        how: Difference,
    },
}

/// How a row of a read model differs from a fresh one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The read model lacks it.
    Missing,
    /// Only the read model has it.
    Surplus,
    /// It differs in these columns.
    Columns(Vec<String>),
}

/// Folds a projection anew, up to where it stands, into temporary tables of one transaction, and compares. Nothing of it is
/// kept, nobody waits for it, and no work is asked for. Streams in quarantine are folded as far as they were.
pub async fn with_a_fresh_fold(
    pool: &PgPool,
    log: &Log,
    projection: &dyn Projection,
) -> Result<Compared, ProjectionError> {
    with_a_fresh_fold_seen(pool, log, projection, |_, _| ()).await
}

/// The same, telling up to where it has come, and up to where it has to, again and again.
pub async fn with_a_fresh_fold_seen(
    pool: &PgPool,
    log: &Log,
    projection: &dyn Projection,
    mut seen: impl FnMut(Position, Position),
) -> Result<Compared, ProjectionError> {
    if projection.tables().is_empty() {
        return Ok(Compared::NoTables);
    }
    // One picture of checkpoint, tables and what waits, however the runner goes on meanwhile.
    let mut transaction = transaction::snapshot(pool, "").await?;
    let Some(upto) = checkpoint::of(&mut *transaction, projection.name()).await? else {
        return Ok(Compared::NeverRan);
    };
    let narrowed = Narrowed { projection: Some(projection.name()), ..Narrowed::default() };
    let held: HashMap<(String, Uuid), Position> =
        quarantine::waiting(&mut *transaction, narrowed, MOST_QUARANTINED)
            .await?
            .into_iter()
            .map(|stream| ((stream.aggregate_type, stream.aggregate_id), stream.position))
            .collect();
    let quarantine = Quarantine::read(&mut transaction, projection.name()).await?;
    let schema: String = sqlx::query_scalar("SELECT current_schema()").fetch_one(&mut *transaction).await?;
    for table in projection.tables() {
        // A temporary table hides the one of the same name from the projection.
        let sql =
            format!("CREATE TEMP TABLE {table} (LIKE \"{schema}\".{table} INCLUDING ALL) ON COMMIT DROP");
        sqlx::query(&sql).execute(&mut *transaction).await?;
    }
    let mut at = Position::START;
    while at < upto {
        let page = log.page_upto(at, upto, PAGE, &[]).await?;
        at = page.up_to;
        let taken: Vec<_> = page
            .events
            .into_iter()
            .filter(|event| projection.takes(&event.event_type))
            .filter(|event| !quarantine.leaves_out(event))
            .filter(|event| {
                let stream = (event.aggregate_type.clone(), event.aggregate_id);
                held.get(&stream).is_none_or(|from| event.position < *from)
            })
            .map(Arc::new)
            .collect();
        projection.apply(&mut transaction, &taken, &mut Vec::new()).await?;
        // Long stretches may hold nothing for this projection: an idle transaction is ended after some seconds.
        sqlx::query("SELECT 1").execute(&mut *transaction).await?;
        seen(at, upto);
    }
    let mut compared = Compared::Same(upto);
    for table in projection.tables() {
        if let Some((key, how)) = first_difference(&mut transaction, &schema, table).await? {
            compared = Compared::Differs { upto, table: (*table).to_owned(), key, how };
            break;
        }
    }
    transaction.rollback().await?;
    Ok(compared)
}

async fn first_difference(
    connection: &mut PgConnection,
    schema: &str,
    table: &str,
) -> Result<Option<(Value, Difference)>, ProjectionError> {
    let key: Vec<String> = sqlx::query_scalar(
        "SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
          WHERE indrelid = $1::text::regclass AND indisprimary ORDER BY array_position(indkey::int2[], attnum)",
    )
    .bind(format!("\"{schema}\".{table}"))
    .fetch_all(&mut *connection)
    .await?;
    let (live, fresh) = (format!("\"{schema}\".{table}"), format!("pg_temp.{table}"));
    let sql = format!(
        "WITH surplus AS (SELECT to_jsonb(it) AS row FROM {live} AS it EXCEPT SELECT to_jsonb(it) FROM {fresh} AS it),
              missing AS (SELECT to_jsonb(it) AS row FROM {fresh} AS it EXCEPT SELECT to_jsonb(it) FROM {live} AS it),
              either AS (SELECT row, true AS live FROM surplus UNION ALL SELECT row, false FROM missing),
              named AS (SELECT (SELECT jsonb_object_agg(name, row -> name) FROM UNNEST($1::text[]) AS name) AS key,
                               row, live FROM either)
         SELECT key, row, live FROM named ORDER BY key::text, live LIMIT 2"
    );
    let rows = sqlx::query(&sql).bind(key).fetch_all(connection).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let key: Value = first.try_get("key")?;
    if let Some(second) = rows.get(1)
        && second.try_get::<Value, _>("key")? == key
    {
        return Ok(Some((
            key,
            Difference::Columns(columns(&first.try_get("row")?, &second.try_get("row")?)),
        )));
    }
    let how = if first.try_get("live")? { Difference::Surplus } else { Difference::Missing };
    Ok(Some((key, how)))
}

fn columns(one: &Value, other: &Value) -> Vec<String> {
    let fields = one.as_object().into_iter().flatten();
    fields.filter(|(name, value)| other.get(name) != Some(value)).map(|(name, _)| name.clone()).collect()
}
