//! The log stream by stream, for whoever folds whole streams and needs no order among them.

use domain::id::AccountId;
use domain::recorded_event::{Position, RecordedEvent};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::{Log, row};
use crate::error::StoreError;

/// Whole streams of one type that follow each other by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRange {
    aggregate_type: String,
    /// Behind this id,
    after: String,
    /// up to this one.
    last: String,
    /// How many events they had when they were looked for.
    pub events: u64,
}

/// Reads the streams of a range, one after the other, each from its first event on.
pub struct RangeReader {
    log: Log,
    range: StreamRange,
    upto: Position,
    /// The last event that was read.
    read: (String, i64),
    ended: bool,
}

impl Log {
    /// All streams of a type, in ranges of at least so many events; the last may have fewer.
    pub async fn stream_ranges(
        &self,
        aggregate_type: &str,
        events: u64,
    ) -> Result<Vec<StreamRange>, StoreError> {
        let sql = "SELECT aggregate_id, count(*) FROM events WHERE aggregate_type = $1
                   GROUP BY aggregate_id ORDER BY aggregate_id";
        let mut streams = sqlx::query_as::<_, (String, i64)>(sql).bind(aggregate_type).fetch(&self.pool);
        let mut ranges: Vec<StreamRange> = Vec::new();
        while let Some((id, count)) = streams.try_next().await? {
            let count = u64::try_from(count).unwrap_or_default();
            match ranges.last_mut() {
                Some(range) if range.events < events => {
                    range.last = id;
                    range.events += count;
                }
                last => {
                    let after = last.map(|range| range.last.clone()).unwrap_or_default();
                    let aggregate_type = aggregate_type.to_owned();
                    ranges.push(StreamRange { aggregate_type, after, last: id, events: count });
                }
            }
        }
        Ok(ranges)
    }

    /// An account's streams of a type that began after a position, in the order in which they did, each with where; at most
    /// `limit` of them.
    pub async fn streams_of(
        &self,
        account: AccountId,
        aggregate_type: &str,
        after: Position,
        upto: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Uuid)>, StoreError> {
        let sql = "SELECT position, aggregate_id::uuid FROM events
                   WHERE account = $1 AND aggregate_type = $2 AND sequence = 1 AND position > $3 AND position <= $4
                   ORDER BY position LIMIT $5";
        let rows: Vec<(i64, Uuid)> = sqlx::query_as(sql)
            .bind(account.0)
            .bind(aggregate_type)
            .bind(after.0)
            .bind(upto.0)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|(position, id)| (Position(position), id)).collect())
    }

    /// Reads a range up to a position that is known to be safe.
    pub fn read_range(&self, range: StreamRange, upto: Position) -> RangeReader {
        let read = (range.after.clone(), i64::MAX);
        RangeReader { log: self.clone(), range, upto, read, ended: false }
    }
}

impl RangeReader {
    /// The next events, at most `limit` of them; none at the end.
    pub async fn next(&mut self, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        if self.ended {
            return Ok(Vec::new());
        }
        let (id, version) = (&self.read.0, self.read.1);
        let sql = format!(
            "{} WHERE aggregate_type = $1 AND (aggregate_id, sequence) > ($2, $3) AND aggregate_id <= $4 AND position <= $5
             ORDER BY aggregate_id, sequence LIMIT $6",
            row::SELECT
        );
        let rows = sqlx::query(&sql)
            .bind(&self.range.aggregate_type)
            .bind(id)
            .bind(version)
            .bind(&self.range.last)
            .bind(self.upto.0)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.log.pool)
            .await?;
        let stored = row::read(&rows)?;
        self.ended = stored.len() < limit;
        if let Some(last) = stored.last() {
            let version = i64::try_from(last.event.sequence).unwrap_or(i64::MAX);
            self.read = (last.event.aggregate_id.clone(), version);
        }
        self.log.opener.open(stored).await
    }
}
