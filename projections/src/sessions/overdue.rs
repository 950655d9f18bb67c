//! Sessions whose time is up by their account's settings (rule 2.16): open ones that nobody touches, escalations that
//! nobody takes.

use chrono::{DateTime, Utc};
use domain::id::{AccountId, SessionId};
use sqlx::{PgPool, QueryBuilder};
use uuid::Uuid;

use crate::error::ProjectionError;

/// A session whose time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// Whose it is.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// The version that this is told of.
    pub version: u64,
    /// Since when it waits.
    pub since: DateTime<Utc>,
}

/// What a session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// For anything to happen in it.
    Idle,
    /// For somebody to pick it up.
    Unclaimed,
}

/// The account's sessions that have waited since `limit` or longer, the longest first, after the one given: a page at a
/// time.
pub async fn page(
    pool: &PgPool,
    account: AccountId,
    waiting: Waiting,
    limit: DateTime<Utc>,
    after: Option<&Overdue>,
    most: i64,
) -> Result<Vec<Overdue>, ProjectionError> {
    let (since, statuses) = match waiting {
        Waiting::Idle => ("updated_at", "('ACTIVE', 'PAUSED')"),
        Waiting::Unclaimed => ("escalated_at", "('REQUESTING_ESCALATION')"),
    };
    let mut query = QueryBuilder::new(format!(
        "SELECT id, version, {since} FROM sessions WHERE status IN {statuses} AND account = "
    ));
    query.push_bind(account.0).push(format!(" AND {since} <= ")).push_bind(limit);
    if let Some(after) = after {
        query.push(format!(" AND ({since}, id) > (")).push_bind(after.since);
        query.push(", ").push_bind(after.session.0).push(")");
    }
    query.push(format!(" ORDER BY {since}, id LIMIT ")).push_bind(most);
    let rows: Vec<(Uuid, i64, DateTime<Utc>)> = query.build_query_as().fetch_all(pool).await?;
    Ok(rows
        .into_iter()
        .map(|(session, version, since)| Overdue {
            account,
            session: SessionId(session),
            version: u64::try_from(version).unwrap_or(0),
            since,
        })
        .collect())
}
