//! The sessions that wait for somebody to pick them up, as each member may (rule 3.3).

use chrono::{DateTime, Utc};
use domain::access::Caller;
use domain::id::{AccountId, SessionId};
use domain::session::view::SessionView;
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::rows::{WHOLE, Whole};
use crate::error::ProjectionError;

/// The sessions that the caller may pick up, those that have waited longest first, after the one with this key (when it
/// was escalated, and its id).
pub async fn page(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    after: Option<(DateTime<Utc>, SessionId)>,
    limit: i64,
) -> Result<Vec<SessionView>, ProjectionError> {
    if !caller.role.handles_sessions() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Postgres>::new(format!("SELECT {WHOLE} FROM sessions AS session WHERE "));
    only_theirs(&mut query, account, caller);
    if let Some((at, id)) = after {
        query.push(" AND (session.escalated_at, session.id) > (").push_bind(at);
        query.push(", ").push_bind(id.0).push(")");
    }
    query.push(" ORDER BY session.escalated_at, session.id LIMIT ").push_bind(limit);
    let rows: Vec<Whole> = query.build_query_as().fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// How many they are.
pub async fn count(pool: &PgPool, account: AccountId, caller: &Caller) -> Result<i64, ProjectionError> {
    if !caller.role.handles_sessions() {
        return Ok(0);
    }
    let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM sessions AS session WHERE ");
    only_theirs(&mut query, account, caller);
    let (count,): (i64,) = query.build_query_as().fetch_one(pool).await?;
    Ok(count)
}

/// [`SessionView::may_be_picked_up_by`] in SQL, for a caller who handles sessions.
fn only_theirs(query: &mut QueryBuilder<'_, Postgres>, account: AccountId, caller: &Caller) {
    let me = caller.user.0;
    query.push("session.account = ").push_bind(account.0);
    query.push(" AND session.status = 'REQUESTING_ESCALATION' AND session.escalated_by <> ").push_bind(me);
    query.push(" AND (session.target = ").push_bind(me);
    query.push(" OR session.target IS NULL AND (session.team IS NULL OR session.team = ANY(");
    query.push_bind(caller.teams.iter().map(|team| team.0).collect::<Vec<_>>()).push(")))");
}
