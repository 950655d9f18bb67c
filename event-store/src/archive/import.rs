//! In: into a database without events, all or nothing.

use chrono::SecondsFormat;
use sqlx::{PgPool, Postgres, Transaction};

use super::line::{BlockLine, EventLine, FORMAT, KeyLine, Line};
use crate::copying::{INTO_COMMANDS, INTO_EVENTS, Rows};
use crate::error::StoreError;
use crate::transaction;

/// So many bytes are sent at a time.
const BATCH: usize = 1 << 20;

/// An import under way. Nothing of it is seen before [`Import::finish`]; dropping it leaves the database as it was.
pub struct Import {
    transaction: Transaction<'static, Postgres>,
    events: Rows,
    commands: Rows,
    last: i64,
    imported: Imported,
    begun: bool,
}

/// What was imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Events.
    pub events: u64,
    /// Data keys.
    pub keys: u64,
    /// Blocks of the ledger.
    pub blocks: u64,
}

impl Import {
    /// Begins, if there is no event yet.
    pub async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        // What is imported may come slowly.
        let mut transaction = transaction::begin_with(pool, "BEGIN").await?;
        // Nobody appends meanwhile; and no reader goes past what is not committed, as with every other writer.
        sqlx::query("LOCK TABLE events IN EXCLUSIVE MODE").execute(&mut *transaction).await?;
        sqlx::query("SELECT pg_advisory_xact_lock_shared(17996::bigint << 48)")
            .execute(&mut *transaction)
            .await?;
        let occupied: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM data_keys)
                 OR EXISTS (SELECT 1 FROM ledger_blocks)",
        )
        .fetch_one(&mut *transaction)
        .await?;
        if occupied {
            return Err(StoreError::NotEmpty);
        }
        let (events, commands) = (Rows::default(), Rows::default());
        Ok(Self { transaction, events, commands, last: 0, imported: Imported::default(), begun: false })
    }

    /// Takes one line.
    pub async fn line(&mut self, line: &str) -> Result<(), StoreError> {
        let line = serde_json::from_str(line).map_err(|error| malformed(&error.to_string()))?;
        match line {
            Line::FlowpilotLog(beginning) if beginning.format == FORMAT => {
                self.begun = true;
                Ok(())
            }
            Line::FlowpilotLog(_) => Err(malformed("it is written in a way that this program does not know")),
            _ if !self.begun => Err(malformed("an archive begins with the line flowpilot_log")),
            Line::Key(key) => self.key(&key).await,
            Line::Event(event) => self.event(&event).await,
            Line::Block(block) => self.block(&block).await,
        }
    }

    /// Makes it last: the next event that is appended comes behind the last one.
    pub async fn finish(mut self) -> Result<Imported, StoreError> {
        self.send().await?;
        if self.last > 0 {
            sqlx::query("SELECT setval('events_position', $1)")
                .bind(self.last)
                .execute(&mut *self.transaction)
                .await?;
        }
        self.transaction.commit().await?;
        Ok(self.imported)
    }

    async fn event(&mut self, event: &EventLine) -> Result<(), StoreError> {
        if event.position <= self.last {
            let (here, before) = (event.position, self.last);
            return Err(malformed(&format!("position {here} comes behind position {before}")));
        }
        self.last = event.position;
        self.imported.events += 1;
        let recorded_at = event.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        self.events
            .text(&event.aggregate_type)
            .text(&event.aggregate_id)
            .plain(event.sequence)
            .text(&event.event_type)
            .text(&event.event_version)
            .text(event.payload.get())
            .text(event.metadata.get())
            .plain(event.position)
            .plain(event.account)
            .plain(&recorded_at)
            .plain(event.command_id)
            .end();
        if let Some(input) = &event.command_input {
            self.commands
                .plain(event.account)
                .plain(event.command_id)
                .bytes(&input.0)
                .text(&event.aggregate_type)
                .text(&event.aggregate_id)
                .plain(event.sequence)
                .plain(event.position)
                .plain(&recorded_at)
                .end();
        }
        if self.events.len() > BATCH { self.send().await } else { Ok(()) }
    }

    async fn send(&mut self) -> Result<(), StoreError> {
        self.events.send(&mut self.transaction, INTO_EVENTS).await?;
        Ok(self.commands.send(&mut self.transaction, INTO_COMMANDS).await?)
    }

    /// The parts of an export that was resumed bring the keys again.
    async fn key(&mut self, key: &KeyLine) -> Result<(), StoreError> {
        let added = sqlx::query(
            "INSERT INTO data_keys (subject_kind, subject_id, account, wrapped, master_key_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(&key.subject_kind)
        .bind(key.subject_id)
        .bind(key.account)
        .bind(&key.wrapped.0)
        .bind(&key.master_key_id)
        .bind(key.created_at)
        .execute(&mut *self.transaction)
        .await?;
        self.imported.keys += added.rows_affected();
        Ok(())
    }

    async fn block(&mut self, block: &BlockLine) -> Result<(), StoreError> {
        let last = block.positions.last().ok_or_else(|| malformed("a block of the ledger holds no event"))?;
        let added = sqlx::query(
            "INSERT INTO ledger_blocks (number, last_position, positions, digests, hash, closed_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(block.number)
        .bind(last)
        .bind(&block.positions)
        .bind(&block.digests.0)
        .bind(&block.hash.0)
        .bind(block.closed_at)
        .execute(&mut *self.transaction)
        .await?;
        self.imported.blocks += added.rows_affected();
        Ok(())
    }
}

fn malformed(what: &str) -> StoreError {
    StoreError::MalformedArchive(what.to_owned())
}
