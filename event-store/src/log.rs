//! The log as readers see it: every event once, in the order of positions, never past one that is still being written.

mod count;
mod query;
mod row;
mod streams;

pub use count::{Count, Grouping};
pub use query::{EventQuery, Whose};
pub use streams::{RangeReader, StreamRange};

use chrono::{DateTime, Utc};
use domain::id::AccountId;
use domain::recorded_event::{Position, RecordedEvent};
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::StoreError;
use crate::opening::Opener;

/// The most events that one call gives.
pub const MOST_EVENTS: usize = 10_000;

/// Reads the log.
#[derive(Clone)]
pub struct Log {
    pool: PgPool,
    opener: Opener,
}

/// A stretch of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The events, in order.
    pub events: Vec<RecordedEvent>,
    /// All that was asked for up to here is in this page or in those before it: read on from here.
    ///
    /// It may be past the last event and then is good for as long as the database runs. A checkpoint that is stored in
    /// the same database may take it; memory that outlives a crash of the database should keep to positions of events,
    /// because positions that were drawn and never used may be drawn again after a crash.
    pub up_to: Position,
}

/// Up to where a stream is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All there is.
    Now,
    /// That many events.
    Version(u64),
    /// What stood at this position or before it.
    Position(Position),
    /// What was recorded at this instant or before it.
    Instant(DateTime<Utc>),
}

impl Log {
    pub(crate) fn new(pool: PgPool, opener: Opener) -> Self {
        Self { pool, opener }
    }

    /// Up to where the log may be read now: nothing at or below this position can still appear.
    pub async fn ceiling(&self) -> Result<Position, StoreError> {
        Ok(Position(sqlx::query_scalar("SELECT events_ceiling()").fetch_one(&self.pool).await?))
    }

    /// The last event at or below a position; START if there is none.
    pub async fn last_event(&self, upto: Position) -> Result<Position, StoreError> {
        let sql = "SELECT position FROM events WHERE position <= $1 ORDER BY position DESC LIMIT 1";
        let last: Option<i64> = sqlx::query_scalar(sql).bind(upto.0).fetch_optional(&self.pool).await?;
        Ok(last.map_or(Position::START, Position))
    }

    /// For each position, when the first event behind it was recorded, up to the safe ceiling; none where nothing is behind it.
    pub async fn waiting_since(&self, behind: &[Position]) -> Result<Vec<Option<DateTime<Utc>>>, StoreError> {
        let ceiling = self.ceiling().await?;
        let sql = "SELECT (SELECT recorded_at FROM events WHERE position > asked.at AND position <= $2
                           ORDER BY position LIMIT 1)
                   FROM UNNEST($1::bigint[]) WITH ORDINALITY AS asked (at, place) ORDER BY asked.place";
        let behind: Vec<i64> = behind.iter().map(|position| position.0).collect();
        Ok(sqlx::query_scalar(sql).bind(behind).bind(ceiling.0).fetch_all(&self.pool).await?)
    }

    /// The events after a position, of some types or (when no type is named) of all.
    pub async fn page(&self, after: Position, limit: usize, types: &[&str]) -> Result<Page, StoreError> {
        let ceiling = self.ceiling().await?;
        self.page_upto(after, ceiling, limit, types).await
    }

    /// The same up to a position that is known to be safe: a ceiling, or the position of an event that was read.
    pub async fn page_upto(
        &self,
        after: Position,
        upto: Position,
        limit: usize,
        types: &[&str],
    ) -> Result<Page, StoreError> {
        if upto <= after {
            return Ok(Page { events: Vec::new(), up_to: after });
        }
        let limit = limit.clamp(1, MOST_EVENTS);
        let stored = row::page(&self.pool, after, upto, limit, types).await?;
        let full = stored.len() == limit;
        let last = stored.last().map(|event| event.position);
        let events = self.opener.open(stored).await?;
        Ok(Page { events, up_to: last.filter(|_| full).unwrap_or(upto) })
    }

    /// An aggregate's events from the first on; nothing if it belongs to another account.
    ///
    /// A stream is complete at every moment, so this sees what was committed just now, before the ceiling reaches it.
    pub async fn stream_of(
        &self,
        account: AccountId,
        aggregate_type: &str,
        aggregate_id: Uuid,
        until: Until,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let whole = (Position::START, None);
        let stored = row::stream(&self.pool, account, aggregate_type, aggregate_id, until, whole).await?;
        self.opener.open(stored).await
    }

    /// The same behind a position, and at most `limit` events of it: no others are read.
    pub async fn page_of_stream(
        &self,
        account: AccountId,
        aggregate_type: &str,
        aggregate_id: Uuid,
        until: Until,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let part = (after, Some(limit.clamp(1, MOST_EVENTS)));
        let stored = row::stream(&self.pool, account, aggregate_type, aggregate_id, until, part).await?;
        self.opener.open(stored).await
    }

    /// An account's events that a query asks for, at most `limit` of them, up to the safe ceiling.
    pub async fn query(
        &self,
        account: AccountId,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let ceiling = self.ceiling().await?;
        self.query_upto(Whose::Account(account), query, ceiling, limit).await
    }

    /// The same up to a position that is known to be safe, of one account or of everybody.
    pub async fn query_upto(
        &self,
        whose: Whose,
        query: &EventQuery,
        upto: Position,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let stored = query::run(&self.pool, whose, query, upto, limit.clamp(1, MOST_EVENTS)).await?;
        self.opener.open(stored).await
    }

    /// How many events a query asks for up to the safe ceiling, by groups, of which the first ten thousand are given.
    pub async fn count(
        &self,
        whose: Whose,
        query: &EventQuery,
        by: Grouping,
    ) -> Result<Vec<Count>, StoreError> {
        let ceiling = self.ceiling().await?;
        count::run(&self.pool, whose, query, ceiling, by).await
    }

    /// What it takes on disk, indexes included.
    pub async fn bytes(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT pg_total_relation_size('events')").fetch_one(&self.pool).await?)
    }
}
