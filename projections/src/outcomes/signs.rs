//! Closed sessions that are a sign of missing knowledge, domain by domain: those that were escalated, and those that were
//! resolved without guidance.

use domain::id::{AccountId, SessionId};
use domain::local_days::DaySpan;
use domain::problem::ProblemDomain;
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// Sessions of a domain that are named.
const MOST_NAMED: i32 = 10;

/// What is a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Escalation was ever requested.
    Escalated,
    /// It was resolved while in DISCOVERY.
    ResolvedInDiscovery,
}

/// A domain's sessions with the sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signs {
    /// The domain.
    pub domain: ProblemDomain,
    /// How many were closed in the span.
    pub count: i64,
    /// The newest of them, newest first.
    pub newest: Vec<SessionId>,
}

/// The sessions with the sign that were closed in a span; domains without any are left out.
pub async fn signs(
    pool: &PgPool,
    account: AccountId,
    span: DaySpan,
    sign: Sign,
) -> Result<Vec<Signs>, ProjectionError> {
    let shown = match sign {
        Sign::Escalated => "escalated AND closed_day IS NOT NULL",
        Sign::ResolvedInDiscovery => "status = 'RESOLVED' AND tier = 'DISCOVERY'",
    };
    let sql = format!(
        "SELECT domain, count(*), (array_agg(session ORDER BY closed_at DESC, session))[1:$4] FROM outcomes
         WHERE account = $1 AND closed_day BETWEEN $2 AND $3 AND domain IS NOT NULL AND {shown} GROUP BY domain"
    );
    let rows: Vec<(String, i64, Vec<Uuid>)> = sqlx::query_as(&sql)
        .bind(account.0)
        .bind(span.first)
        .bind(span.last)
        .bind(MOST_NAMED)
        .fetch_all(pool)
        .await?;
    let of = |domain: &ProblemDomain| {
        let (_, count, newest) = rows.iter().find(|row| row.0 == domain.as_str())?;
        Some(Signs {
            domain: *domain,
            count: *count,
            newest: newest.iter().copied().map(SessionId).collect(),
        })
    };
    Ok(ProblemDomain::ALL.iter().filter_map(of).collect())
}
