//! Whole histories at once, for demos, tests and benches: what was decided and sealed is stored by the thousand.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use domain::recorded_event::RecordedEvent;
use domain::stored_event::{Sealable, Subject};
use sqlx::PgPool;
use uuid::Uuid;

use crate::append::Append;
use crate::copying::{INTO_COMMANDS, INTO_EVENTS, Rows, time};
use crate::error::StoreError;
use crate::executor::CommandContext;
use crate::store::EventStore;
use crate::transaction;

/// So many events are stored in one transaction; as long as it is open, readers wait before them.
const TOGETHER: usize = 5000;

const INTO_KEYS: &str =
    "COPY data_keys (subject_kind, subject_id, account, wrapped, master_key_id, created_at) FROM STDIN";

/// What a command adds to the log, sealed and not yet stored.
pub struct Sealed(Append);

/// Stores commands in the order in which they are added.
pub struct Bulk {
    pool: PgPool,
    waiting: Vec<Append>,
    events: usize,
    stored: u64,
    known: HashSet<Subject>,
}

impl EventStore {
    /// Seals a command's events as an append would. Positions they get when they are stored.
    pub async fn seal<A>(
        &self,
        id: Uuid,
        after_version: u64,
        events: &[A::Event],
        context: &CommandContext,
        recorded_at: DateTime<Utc>,
    ) -> Result<(Sealed, Vec<RecordedEvent>), StoreError>
    where
        A: Aggregate,
        A::Event: Sealable,
    {
        let (append, recorded, _) =
            self.prepare_append::<A>(id, after_version, events, context, recorded_at).await?;
        Ok((Sealed(append), recorded))
    }
}

impl Bulk {
    /// Stores into a store's database.
    pub fn new(store: &EventStore) -> Self {
        Self { pool: store.pool.clone(), waiting: Vec::new(), events: 0, stored: 0, known: HashSet::new() }
    }

    /// Takes a command; now and then those that wait are stored together.
    pub async fn add(&mut self, Sealed(append): Sealed) -> Result<(), StoreError> {
        self.events += append.events.len();
        self.waiting.push(append);
        if self.events < TOGETHER { Ok(()) } else { self.store().await }
    }

    /// Stores the rest; says how many events were stored in all.
    pub async fn finish(mut self) -> Result<u64, StoreError> {
        self.store().await?;
        Ok(self.stored)
    }

    async fn store(&mut self) -> Result<(), StoreError> {
        let mut transaction = transaction::begin(&self.pool).await?;
        // As every writer does: first the lock that names the sequence's end, then the positions.
        sqlx::query(
            "SELECT pg_advisory_xact_lock_shared(
                        (17996::bigint << 48) | CASE WHEN is_called THEN last_value ELSE last_value - 1 END)
               FROM events_position",
        )
        .execute(&mut *transaction)
        .await?;
        let mut positions: Vec<i64> =
            sqlx::query_scalar("SELECT nextval('events_position') FROM generate_series(1, $1)")
                .bind(i64::try_from(self.events).unwrap_or(i64::MAX))
                .fetch_all(&mut *transaction)
                .await?;
        positions.sort_unstable();
        let mut positions = positions.into_iter();
        let (mut events, mut commands, mut keys) = (Rows::default(), Rows::default(), Rows::default());
        for append in self.waiting.drain(..) {
            for key in append.keys.iter().filter(|key| self.known.insert(key.subject)) {
                keys.plain(key.subject.kind())
                    .plain(key.subject.id())
                    .plain(key.account)
                    .bytes(&key.wrapped)
                    .text(&key.master_key_id)
                    .plain(time(append.recorded_at))
                    .end();
            }
            rows_of(&append, positions.by_ref(), &mut events, &mut commands);
        }
        keys.send(&mut transaction, INTO_KEYS).await?;
        commands.send(&mut transaction, INTO_COMMANDS).await?;
        events.send(&mut transaction, INTO_EVENTS).await?;
        transaction.commit().await?;
        self.stored += std::mem::take(&mut self.events) as u64;
        Ok(())
    }
}

fn rows_of(
    append: &Append,
    positions: &mut impl Iterator<Item = i64>,
    events: &mut Rows,
    commands: &mut Rows,
) {
    let (metadata, recorded_at) = (append.metadata.to_string(), time(append.recorded_at));
    let (mut version, mut last) = (append.after_version, 0);
    for (event, position) in append.events.iter().zip(positions) {
        (version, last) = (version + 1, position);
        events
            .text(append.aggregate_type)
            .plain(append.aggregate_id)
            .plain(version)
            .text(&event.event_type)
            .text(&event.event_version)
            .text(&event.payload.to_string())
            .text(&metadata)
            .plain(position)
            .plain(append.account)
            .plain(&recorded_at)
            .plain(append.command)
            .end();
    }
    commands
        .plain(append.account)
        .plain(append.command)
        .bytes(&append.input_hash)
        .text(append.aggregate_type)
        .plain(append.aggregate_id)
        .plain(version)
        .plain(last)
        .plain(&recorded_at)
        .end();
}
