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

/// The sessions whose time is up at `now`, those that have waited longest first, after the one given: a page at a time.
pub async fn page(
    pool: &PgPool,
    waiting: Waiting,
    now: DateTime<Utc>,
    after: Option<&Overdue>,
    limit: i64,
) -> Result<Vec<Overdue>, ProjectionError> {
    let (since, setting, statuses) = match waiting {
        Waiting::Idle => ("updated_at", "idle_hours", "('ACTIVE', 'PAUSED')"),
        Waiting::Unclaimed => ("escalated_at", "escalation_hours", "('REQUESTING_ESCALATION')"),
    };
    // A hundred years at most: no setting may lead out of the calendar. The shortest of all settings bounds what is
    // looked at.
    let hours =
        |of: &str| format!("make_interval(hours => LEAST(({of}quotas->>'{setting}')::bigint, 876000)::int)");
    let (theirs, any) = (hours("account."), hours(""));
    let mut query = QueryBuilder::new(format!(
        "SELECT session.account, session.id, session.version, session.{since}
         FROM sessions AS session JOIN accounts AS account ON account.id = session.account
         WHERE session.status IN {statuses} AND session.{since} <= "
    ));
    query.push_bind(now).push(format!(" - (SELECT min({any}) FROM accounts)"));
    query.push(format!(" AND session.{since} <= ")).push_bind(now).push(format!(" - {theirs}"));
    if let Some(after) = after {
        query.push(format!(" AND (session.{since}, session.id) > (")).push_bind(after.since);
        query.push(", ").push_bind(after.session.0).push(")");
    }
    query.push(format!(" ORDER BY session.{since}, session.id LIMIT ")).push_bind(limit);
    let rows: Vec<(Uuid, Uuid, i64, DateTime<Utc>)> = query.build_query_as().fetch_all(pool).await?;
    Ok(rows
        .into_iter()
        .map(|(account, session, version, since)| Overdue {
            account: AccountId(account),
            session: SessionId(session),
            version: u64::try_from(version).unwrap_or(0),
            since,
        })
        .collect())
}
