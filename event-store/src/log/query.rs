//! Looking through an account's events by what they are, who caused them and when.

use chrono::{DateTime, Utc};
use domain::id::{AccountId, CorrelationId};
use domain::metadata::Actor;
use domain::recorded_event::Position;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::row;
use crate::opening::StoredEvent;

/// Which of an account's events are wanted. What is empty or none asks for nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventQuery {
    /// Of these aggregate types.
    pub aggregate_types: Vec<String>,
    /// Of this aggregate.
    pub aggregate_id: Option<Uuid>,
    /// Of these stored event types.
    pub types: Vec<String>,
    /// Caused by this actor.
    pub actor: Option<Actor>,
    /// That belong together with this id.
    pub correlation: Option<CorrelationId>,
    /// After this position.
    pub after: Option<Position>,
    /// Before this position.
    pub before: Option<Position>,
    /// Recorded at this instant or later.
    pub recorded_after: Option<DateTime<Utc>>,
    /// Recorded before this instant.
    pub recorded_before: Option<DateTime<Utc>>,
    /// The newest first, instead of the oldest.
    pub newest_first: bool,
}

impl EventQuery {
    /// Whether it may have to read all that there is: nothing but an account's events and a stream's are found by an index.
    pub fn looks_through(&self) -> bool {
        let narrowed = !self.aggregate_types.is_empty()
            || !self.types.is_empty()
            || self.actor.is_some()
            || self.correlation.is_some()
            || self.recorded_after.is_some()
            || self.recorded_before.is_some();
        self.aggregate_id.is_none() && narrowed
    }
}

pub(super) async fn run(
    pool: &PgPool,
    whose: Whose,
    query: &EventQuery,
    ceiling: Position,
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let mut sql = QueryBuilder::<Postgres>::new(row::SELECT);
    conditions(&mut sql, whose, query, ceiling);
    sql.push(if query.newest_first { " ORDER BY position DESC" } else { " ORDER BY position" });
    sql.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    row::read(&sql.build().fetch_all(pool).await?)
}

/// Whose events are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One account's.
    Account(AccountId),
    /// Everybody's: for those who run the database, never for a caller of the API.
    Everybody,
}

pub(super) fn conditions<'a>(
    sql: &mut QueryBuilder<'a, Postgres>,
    whose: Whose,
    query: &'a EventQuery,
    ceiling: Position,
) {
    sql.push(" WHERE position <= ").push_bind(ceiling.0);
    if let Whose::Account(account) = whose {
        sql.push(" AND account = ").push_bind(account.0);
    }
    if !query.aggregate_types.is_empty() {
        sql.push(" AND aggregate_type = ANY (").push_bind(&query.aggregate_types).push(")");
    }
    if let Some(id) = query.aggregate_id {
        sql.push(" AND aggregate_id = ").push_bind(id.to_string());
    }
    if !query.types.is_empty() {
        sql.push(" AND event_type = ANY (").push_bind(&query.types).push(")");
    }
    if let Some(actor) = &query.actor {
        sql.push(" AND metadata->>'actor' = ").push_bind(actor.to_string());
    }
    if let Some(correlation) = query.correlation {
        sql.push(" AND metadata->>'correlation' = ").push_bind(correlation.to_string());
    }
    if let Some(after) = query.after {
        sql.push(" AND position > ").push_bind(after.0);
    }
    if let Some(before) = query.before {
        sql.push(" AND position < ").push_bind(before.0);
    }
    if let Some(instant) = query.recorded_after {
        sql.push(" AND recorded_at >= ").push_bind(instant);
    }
    if let Some(instant) = query.recorded_before {
        sql.push(" AND recorded_at < ").push_bind(instant);
    }
}
