//! Out: keys first, then events with the ledger's blocks among them, page by page.

use domain::recorded_event::Position;
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use uuid::Uuid;

use super::line::{Base64, Beginning, BlockLine, EventLine, FORMAT, KeyLine, Line};
use crate::error::StoreError;
use crate::ledger;

const PAGE: i64 = 1000;

/// An export under way. It holds a page in memory at a time.
pub struct Export {
    pool: PgPool,
    upto: Position,
    last_block: i64,
    at: Position,
    part: Part,
    events: u64,
}

enum Part {
    Beginning,
    KeysAfter(String, Uuid),
    Events,
    End,
}

impl Export {
    /// Begins behind a position: 0 for all, the last position that arrived to go on after an interruption. All keys come
    /// with every part.
    pub async fn begin(pool: &PgPool, after: Position) -> Result<Self, StoreError> {
        // The ceiling first: whatever sealed an event below it is among the keys that are read from now on.
        let upto = Position(sqlx::query_scalar("SELECT events_ceiling()").fetch_one(pool).await?);
        // A block that is added meanwhile would come without those before it.
        let last_block = ledger::head(pool).await?.map_or(0, |head| head.number);
        Ok(Self { pool: pool.clone(), upto, last_block, at: after, part: Part::Beginning, events: 0 })
    }

    /// The next lines, whole; none at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let mut lines = Vec::new();
        match std::mem::replace(&mut self.part, Part::End) {
            Part::Beginning => {
                write(&mut lines, &Line::FlowpilotLog(Beginning { format: FORMAT }))?;
                self.part = Part::KeysAfter(String::new(), Uuid::nil());
            }
            Part::KeysAfter(kind, id) => {
                self.part = match self.keys(&mut lines, &kind, id).await? {
                    Some((kind, id)) => Part::KeysAfter(kind, id),
                    None => Part::Events,
                };
            }
            Part::Events => {
                if self.events(&mut lines).await? {
                    self.part = Part::Events;
                }
            }
            Part::End => return Ok(None),
        }
        Ok(Some(lines))
    }

    /// Up to where it goes.
    pub fn upto(&self) -> Position {
        self.upto
    }

    /// How many events have come so far.
    pub fn events_so_far(&self) -> u64 {
        self.events
    }

    /// The last event that has come so far: go on behind it.
    pub fn position(&self) -> Position {
        self.at
    }

    async fn keys(
        &self,
        lines: &mut Vec<u8>,
        kind: &str,
        id: Uuid,
    ) -> Result<Option<(String, Uuid)>, StoreError> {
        let rows = sqlx::query(
            "SELECT subject_kind, subject_id, account, wrapped, master_key_id, created_at FROM data_keys
              WHERE (subject_kind, subject_id) > ($1, $2) ORDER BY subject_kind, subject_id LIMIT $3",
        )
        .bind(kind)
        .bind(id)
        .bind(PAGE)
        .fetch_all(&self.pool)
        .await?;
        let mut last = None;
        for row in &rows {
            let key = key(row)?;
            last = Some((key.subject_kind.clone(), key.subject_id));
            write(lines, &Line::Key(key))?;
        }
        Ok(last)
    }

    async fn events(&mut self, lines: &mut Vec<u8>) -> Result<bool, StoreError> {
        let rows = sqlx::query(
            "SELECT events.position, events.account, events.aggregate_type, events.aggregate_id, sequence, event_type,
                    event_version, events.recorded_at, events.command_id, input_hash, metadata::text AS metadata,
                    payload::text AS payload
               FROM events
               LEFT JOIN commands ON commands.account = events.account AND commands.command_id = events.command_id
                                 AND commands.position = events.position
              WHERE events.position > $1 AND events.position <= $2 ORDER BY events.position LIMIT $3",
        )
        .bind(self.at.0)
        .bind(self.upto.0)
        .bind(PAGE)
        .fetch_all(&self.pool)
        .await?;
        let read: Vec<EventLine> = rows.iter().map(event).collect::<Result<_, _>>()?;
        // A block comes right behind its last event; one that an interruption may have cut off comes again.
        let page_end = read.last().map_or(self.at.0, |event| event.position);
        let blocks = self.blocks(self.at.0, page_end).await?;
        let mut blocks = blocks.into_iter().peekable();
        let mut due = |lines: &mut Vec<u8>, position: i64| -> Result<(), StoreError> {
            while let Some((_, block)) = blocks.next_if(|(last, _)| *last <= position) {
                write(lines, &Line::Block(block))?;
            }
            Ok(())
        };
        due(lines, self.at.0)?;
        self.events += read.len() as u64;
        for event in read {
            let position = event.position;
            write(lines, &Line::Event(Box::new(event)))?;
            due(lines, position)?;
        }
        let more = page_end > self.at.0;
        self.at = Position(page_end);
        Ok(more)
    }

    async fn blocks(&self, from: i64, to: i64) -> Result<Vec<(i64, BlockLine)>, StoreError> {
        let first_page = self.events == 0;
        let rows = sqlx::query(
            "SELECT number, last_position, positions, digests, hash, closed_at FROM ledger_blocks
              WHERE last_position > $1 - $3 AND last_position <= $2 AND number <= $4 ORDER BY number",
        )
        .bind(from)
        .bind(to)
        .bind(i64::from(first_page && from > 0))
        .bind(self.last_block)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(block).collect::<Result<_, sqlx::Error>>()?)
    }
}

fn key(row: &PgRow) -> Result<KeyLine, sqlx::Error> {
    Ok(KeyLine {
        subject_kind: row.try_get("subject_kind")?,
        subject_id: row.try_get("subject_id")?,
        account: row.try_get("account")?,
        wrapped: Base64(row.try_get("wrapped")?),
        master_key_id: row.try_get("master_key_id")?,
        created_at: row.try_get("created_at")?,
    })
}

fn event(row: &PgRow) -> Result<EventLine, sqlx::Error> {
    let input: Option<Vec<u8>> = row.try_get("input_hash")?;
    Ok(EventLine {
        position: row.try_get("position")?,
        account: row.try_get("account")?,
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        sequence: row.try_get("sequence")?,
        event_type: row.try_get("event_type")?,
        event_version: row.try_get("event_version")?,
        recorded_at: row.try_get("recorded_at")?,
        command_id: row.try_get("command_id")?,
        command_input: input.map(Base64),
        metadata: raw(row.try_get("metadata")?)?,
        payload: raw(row.try_get("payload")?)?,
    })
}

fn block(row: &PgRow) -> Result<(i64, BlockLine), sqlx::Error> {
    let block = BlockLine {
        number: row.try_get("number")?,
        positions: row.try_get("positions")?,
        digests: Base64(row.try_get("digests")?),
        hash: Base64(row.try_get("hash")?),
        closed_at: row.try_get("closed_at")?,
    };
    Ok((row.try_get("last_position")?, block))
}

/// As PostgreSQL writes it, number by number: nothing is rounded on the way.
fn raw(json: String) -> Result<Box<RawValue>, sqlx::Error> {
    RawValue::from_string(json).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn write(lines: &mut Vec<u8>, line: &impl Serialize) -> Result<(), StoreError> {
    serde_json::to_writer(&mut *lines, line)
        .map_err(|_| StoreError::Malformed("it can't be written as JSON"))?;
    lines.push(b'\n');
    Ok(())
}
