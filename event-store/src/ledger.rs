//! The ledger: behind the log, blocks of stored events are hashed and chained, so that a change made past all locks shows.
//!
//! It is over what is stored, hence still holds when a data key is destroyed. It knows nothing of who wrote: somebody who
//! may write every table can write it anew from the first block on, which only a head that was kept elsewhere tells.

mod block;
mod checking;
mod head;

pub use checking::{Checked, check, check_seen};
pub use head::{Head, MalformedHead};

use std::collections::HashMap;

use domain::recorded_event::Position;
use sqlx::PgPool;

use crate::as_stored;
use crate::error::StoreError;
use block::{Block, Entry};

/// The most events of one block.
const MOST_EVENTS: usize = 1000;

/// Adds one block of what stands in the log and not yet in the ledger; says whether there may be more at once.
///
/// Several processes may do it at the same time: a block is added once.
pub async fn extend(pool: &PgPool) -> Result<bool, StoreError> {
    let ceiling = Position(sqlx::query_scalar("SELECT events_ceiling()").fetch_one(pool).await?);
    let last = block::last(pool).await?;
    let (after, previous) =
        last.map_or((Position::START, Head::NONE), |block| (block.last_position, block.head));
    let events = as_stored::page(pool, after, ceiling, MOST_EVENTS).await?;
    if events.is_empty() {
        return Ok(false);
    }
    let entries: Vec<Entry> = events.iter().map(Entry::of).collect();
    block::add(pool, &Block::following(previous, entries)).await?;
    Ok(events.len() == MOST_EVENTS)
}

/// The last block's number and hash; none while there is no block.
pub async fn head(pool: &PgPool) -> Result<Option<Head>, StoreError> {
    Ok(block::last(pool).await?.map(|last| last.head))
}

/// The SHA-256 of each of these events as it is stored, in hexadecimal, by which the ledger knows it. The last seconds are in no
/// block yet.
pub async fn digests(pool: &PgPool, positions: &[Position]) -> Result<HashMap<Position, String>, StoreError> {
    Ok(block::digests(pool, positions).await?.into_iter().collect())
}

/// How many events stand behind the last block; beyond a hundred thousand they are not counted.
pub async fn uncovered(pool: &PgPool) -> Result<i64, StoreError> {
    let covered = block::last(pool).await?.map_or(Position::START, |last| last.last_position);
    let sql = "SELECT count(*) FROM (SELECT 1 FROM events WHERE position > $1 LIMIT 100000) AS behind";
    Ok(sqlx::query_scalar(sql).bind(covered.0).fetch_one(pool).await?)
}

/// Where a stored log is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The first position that is concerned.
    pub position: Position,
    /// What is wrong, without any content.
    pub what: String,
}
