//! Which commands were carried out, with what input and what result: the same command again gets the same answer.

use chrono::{DateTime, Utc};
use domain::id::{AccountId, CommandId};
use domain::recorded_event::Position;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use crate::error::StoreError;

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) input_hash: Vec<u8>,
    pub(crate) aggregate_id: Uuid,
    pub(crate) version: u64,
    pub(crate) position: Position,
}

/// A command that has nothing to do.
#[derive(Debug)]
pub(crate) struct Unchanged<'a> {
    pub(crate) account: AccountId,
    pub(crate) command: CommandId,
    pub(crate) input_hash: [u8; 32],
    pub(crate) aggregate_type: &'a str,
    pub(crate) aggregate_id: Uuid,
    /// Since when what it wants is so.
    pub(crate) version: u64,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// Whether a command was carried out, and with what result.
pub(crate) async fn done(
    pool: &PgPool,
    account: AccountId,
    command: CommandId,
) -> Result<Option<Done>, StoreError> {
    let row = sqlx::query(
        "SELECT input_hash, aggregate_id, version, position FROM commands WHERE account = $1 AND command_id = $2",
    )
    .bind(account.0)
    .bind(command.0)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let version: i64 = row.try_get("version")?;
    Ok(Some(Done {
        input_hash: row.try_get("input_hash")?,
        aggregate_id: row.try_get("aggregate_id")?,
        version: u64::try_from(version).unwrap_or_default(),
        position: Position(row.try_get("position")?),
    }))
}

/// Notes that a command was carried out and changed nothing: what it wanted is so already. Gives the position of the last
/// event of the command that made it so, or nothing if the command id was carried out before.
pub(crate) async fn note_unchanged(
    pool: &PgPool,
    command: &Unchanged<'_>,
) -> Result<Option<Position>, StoreError> {
    let position: Option<i64> = sqlx::query_scalar(
        "INSERT INTO commands
                (account, command_id, input_hash, aggregate_type, aggregate_id, version, position, recorded_at)
         SELECT $1, $2, $3, $4, $5, $6, COALESCE(
                (SELECT max(last.position)
                   FROM events AS made JOIN events AS last USING (aggregate_type, aggregate_id, command_id)
                  WHERE made.aggregate_type = $4 AND made.aggregate_id = $5::text AND made.sequence = $6
                    AND made.account = $1 AND last.sequence >= $6), 0), $7
         ON CONFLICT DO NOTHING
         RETURNING position",
    )
    .bind(command.account.0)
    .bind(command.command.0)
    .bind(command.input_hash.as_slice())
    .bind(command.aggregate_type)
    .bind(command.aggregate_id)
    .bind(i64::try_from(command.version).unwrap_or(i64::MAX))
    .bind(command.recorded_at)
    .fetch_optional(pool)
    .await?;
    Ok(position.map(Position))
}
