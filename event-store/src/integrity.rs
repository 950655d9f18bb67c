//! What must hold in the log by itself, without a ledger: streams without gaps, in order, and whole commands.

use domain::recorded_event::Position;
use sqlx::{PgPool, Row};

use crate::error::StoreError;
use crate::ledger::Fault;

/// The first event whose version does not follow the one before in its stream, or that stands before it in the log.
pub async fn first_gap(pool: &PgPool, upto: Position) -> Result<Option<Fault>, StoreError> {
    let row = sqlx::query(
        "SELECT position, sequence, version_before, position_before FROM (
             SELECT position, sequence,
                    lag(sequence, 1, 0::bigint) OVER stream AS version_before,
                    lag(position, 1, 0::bigint) OVER stream AS position_before
               FROM events
              WHERE position <= $1
             WINDOW stream AS (PARTITION BY aggregate_type, aggregate_id ORDER BY sequence)
         ) AS followed
         WHERE sequence <> version_before + 1 OR position <= position_before
         ORDER BY position LIMIT 1",
    )
    .bind(upto.0)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (version, before): (i64, i64) = (row.try_get("sequence")?, row.try_get("version_before")?);
    let what = if version == before + 1 {
        format!("version {version} of its stream stands before version {before} in the log")
    } else {
        format!("version {version} of its stream follows version {before}")
    };
    Ok(Some(Fault { position: Position(row.try_get("position")?), what }))
}

/// The first command whose last event is not there.
pub async fn first_lost_command(pool: &PgPool, upto: Position) -> Result<Option<Fault>, StoreError> {
    let position: Option<i64> = sqlx::query_scalar(
        "SELECT done.position FROM commands AS done
          WHERE done.position <= $1
            AND NOT EXISTS (SELECT 1 FROM events
                             WHERE events.position = done.position AND events.account = done.account)
          ORDER BY done.position LIMIT 1",
    )
    .bind(upto.0)
    .fetch_optional(pool)
    .await?;
    let what = "a command was carried out, and its last event is missing";
    Ok(position.map(|position| Fault { position: Position(position), what: what.to_owned() }))
}
