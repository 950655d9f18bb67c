//! A block: some events that follow each other in the log, each by its digest, chained to the block before.

use domain::recorded_event::Position;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use super::head::Head;
use crate::as_stored::EventAsStored;
use crate::error::StoreError;
use crate::sealing::bind;

const DIGEST_BYTES: usize = 32;

/// What a block says of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) position: Position,
    pub(super) digest: [u8; DIGEST_BYTES],
}

impl Entry {
    /// Everything that is stored of an event is in its digest.
    pub(super) fn of(event: &EventAsStored) -> Self {
        let bytes = bind(&[
            b"flowpilot ledger event".as_slice(),
            &event.position.0.to_be_bytes(),
            event.aggregate_type.as_bytes(),
            event.aggregate_id.as_bytes(),
            &event.sequence.to_be_bytes(),
            event.event_type.as_bytes(),
            event.event_version.as_bytes(),
            event.payload.as_bytes(),
            event.metadata.as_bytes(),
            event.account.as_bytes(),
            &event.recorded_at.timestamp_micros().to_be_bytes(),
            event.command_id.as_bytes(),
        ]);
        Self { position: event.position, digest: Sha256::digest(bytes).into() }
    }
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) head: Head,
    pub(super) entries: Vec<Entry>,
}

impl Block {
    /// The block of these events behind another one.
    pub(super) fn following(previous: Head, entries: Vec<Entry>) -> Self {
        let number = previous.number + 1;
        let mut hash = Sha256::new();
        hash.update(bind(&[b"flowpilot ledger block".as_slice(), &previous.hash, &number.to_be_bytes()]));
        for entry in &entries {
            hash.update(entry.position.0.to_be_bytes());
            hash.update(entry.digest);
        }
        Self { head: Head { number, hash: hash.finalize().into() }, entries }
    }

    /// Its last event.
    pub(super) fn last_position(&self) -> Position {
        self.entries.last().map_or(Position::START, |entry| entry.position)
    }
}

/// Where the ledger ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    pub(super) head: Head,
    pub(super) last_position: Position,
}

pub(super) async fn last(pool: &PgPool) -> Result<Option<Last>, StoreError> {
    let sql = "SELECT number, hash, last_position FROM ledger_blocks ORDER BY number DESC LIMIT 1";
    let row = sqlx::query(sql).fetch_optional(pool).await?;
    row.map(|row| {
        let head = Head { number: row.try_get("number")?, hash: hash(&row)? };
        Ok(Last { head, last_position: Position(row.try_get("last_position")?) })
    })
    .transpose()
    .map_err(|error: sqlx::Error| error.into())
}

/// Adds a block, unless somebody else just did.
pub(super) async fn add(pool: &PgPool, block: &Block) -> Result<(), StoreError> {
    let positions: Vec<i64> = block.entries.iter().map(|entry| entry.position.0).collect();
    let digests: Vec<u8> = block.entries.iter().flat_map(|entry| entry.digest).collect();
    sqlx::query(
        "INSERT INTO ledger_blocks (number, last_position, positions, digests, hash)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(block.head.number)
    .bind(block.last_position().0)
    .bind(positions)
    .bind(digests)
    .bind(block.head.hash.as_slice())
    .execute(pool)
    .await?;
    Ok(())
}

/// The first block behind a number, as it is stored: not yet believed.
pub(super) async fn after(pool: &PgPool, number: i64) -> Result<Option<Block>, StoreError> {
    let row = sqlx::query(
        "SELECT number, positions, digests, hash FROM ledger_blocks WHERE number > $1 ORDER BY number LIMIT 1",
    )
    .bind(number)
    .fetch_optional(pool)
    .await?;
    row.map(|row| stored(&row)).transpose().map_err(StoreError::from)
}

/// The digests of the events at these positions; of those that are in no block yet, none.
pub(super) async fn digests(
    pool: &PgPool,
    positions: &[Position],
) -> Result<Vec<(Position, String)>, StoreError> {
    let found: Vec<(i64, String)> = sqlx::query_as(
        "SELECT wanted.position,
                encode(substring(block.digests FROM (array_position(block.positions, wanted.position) - 1) * 32 + 1 FOR 32),
                    'hex')
         FROM unnest($1::bigint[]) AS wanted (position)
         CROSS JOIN LATERAL (SELECT positions, digests FROM ledger_blocks WHERE last_position >= wanted.position
                             ORDER BY last_position LIMIT 1) AS block
         WHERE wanted.position = ANY(block.positions)",
    )
    .bind(positions.iter().map(|it| it.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().map(|(position, digest)| (Position(position), digest)).collect())
}

fn stored(row: &PgRow) -> Result<Block, sqlx::Error> {
    let positions: Vec<i64> = row.try_get("positions")?;
    let digests: Vec<u8> = row.try_get("digests")?;
    let digests = digests.chunks(DIGEST_BYTES).map(|digest| digest.try_into().unwrap_or_default());
    let entries = positions
        .into_iter()
        .zip(digests)
        .map(|(position, digest)| Entry { position: Position(position), digest });
    Ok(Block { head: Head { number: row.try_get("number")?, hash: hash(row)? }, entries: entries.collect() })
}

/// A hash of another length fits no block.
fn hash(row: &PgRow) -> Result<[u8; 32], sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("hash")?;
    Ok(bytes.try_into().unwrap_or_default())
}
