//! The review queue in numbers: what waits, and what was decided in a week.

use chrono::{DateTime, Utc};
use domain::id::AccountId;
use domain::problem::ProblemDomain;
use sqlx::{FromRow, PgPool};

use super::queries::named;
use crate::error::ProjectionError;

/// How many areas are told.
const TOP_DOMAINS: i64 = 5;

/// The review queue in numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProposalStats {
    /// Waiting for a decision, stale ones not counted.
    pub pending: i64,
    /// Approved since the week began.
    pub approved: i64,
    /// Modified since then.
    pub modified: i64,
    /// Rejected since then.
    pub rejected: i64,
    /// Dismissed since then, and not back yet.
    pub dismissed: i64,
    /// Paths that held since then.
    pub reinforced: i64,
    /// The areas with most that waits, and how much.
    pub top_domains: Vec<(Option<ProblemDomain>, i64)>,
}

#[derive(FromRow)]
struct Counted {
    pending: i64,
    approved: i64,
    modified: i64,
    rejected: i64,
    dismissed: i64,
    reinforced: i64,
}

/// An account's numbers; `week` is when its week began.
pub async fn of(
    pool: &PgPool,
    account: AccountId,
    week: DateTime<Utc>,
) -> Result<ProposalStats, ProjectionError> {
    let counted: Counted = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE status = 'PENDING') AS pending,
                count(*) FILTER (WHERE status = 'APPROVED' AND reviewed_at >= $2) AS approved,
                count(*) FILTER (WHERE status = 'MODIFIED' AND reviewed_at >= $2) AS modified,
                count(*) FILTER (WHERE status = 'REJECTED' AND reviewed_at >= $2) AS rejected,
                count(*) FILTER (WHERE status = 'DISMISSED' AND reviewed_at >= $2) AS dismissed,
                count(*) FILTER (WHERE status = 'AUTO_REINFORCED' AND created_at >= $2) AS reinforced
         FROM proposals WHERE account = $1",
    )
    .bind(account.0)
    .bind(week)
    .fetch_one(pool)
    .await?;
    let domains: Vec<(Option<String>, i64)> = sqlx::query_as(
        "SELECT domain, count(*) FROM proposals WHERE account = $1 AND status = 'PENDING'
         GROUP BY domain ORDER BY count(*) DESC, domain NULLS LAST LIMIT $2",
    )
    .bind(account.0)
    .bind(TOP_DOMAINS)
    .fetch_all(pool)
    .await?;
    let domain = |(name, count): (Option<String>, i64)| Ok((name.map(named).transpose()?, count));
    Ok(ProposalStats {
        pending: counted.pending,
        approved: counted.approved,
        modified: counted.modified,
        rejected: counted.rejected,
        dismissed: counted.dismissed,
        reinforced: counted.reinforced,
        top_domains: domains.into_iter().map(domain).collect::<Result<_, ProjectionError>>()?,
    })
}
