//! Reading sessions: one, a page, and what sessions tell of a flow. What a caller may not see is not there.

use chrono::{DateTime, Utc};
use domain::access::Caller;
use domain::id::{AccountId, FlowId, SessionId, TeamId, UserId};
use domain::problem::ProblemDomain;
use domain::session::status::{ConfidenceTier, SessionStatus};
use domain::session::view::{IntakeContent, SessionView};
use sqlx::types::Json;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::rows::{WHOLE, Whole};
use super::search;
use crate::error::ProjectionError;

/// Which sessions are wanted; an empty list or none means all.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SessionFilter {
    pub status: Vec<SessionStatus>,
    pub domain: Vec<ProblemDomain>,
    pub tier: Vec<ConfidenceTier>,
    pub handler: Option<UserId>,
    pub opened_by: Option<UserId>,
    pub team: Option<TeamId>,
    /// All of these words begin a word of the intake, the summary or the symptoms.
    pub search: Option<String>,
    pub started_after: Option<DateTime<Utc>>,
    pub started_before: Option<DateTime<Utc>>,
    /// The caller opened or handles it.
    pub mine: bool,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SessionOrder {
    Newest,
    Oldest,
    RecentlyUpdated,
}

/// A session that the caller may see.
pub async fn one(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    id: SessionId,
) -> Result<Option<SessionView>, ProjectionError> {
    Ok(several(pool, account, caller, &[id]).await?.pop())
}

/// The sessions of these ids that the caller may see.
pub async fn several(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    ids: &[SessionId],
) -> Result<Vec<SessionView>, ProjectionError> {
    Ok(whoever_asks(pool, account, ids).await?.into_iter().filter(|view| view.visible_to(caller)).collect())
}

/// The sessions of these ids, for what is not shown: they tell what is masked.
pub async fn whoever_asks(
    pool: &PgPool,
    account: AccountId,
    ids: &[SessionId],
) -> Result<Vec<SessionView>, ProjectionError> {
    let sql = format!(
        "SELECT {WHOLE} FROM sessions AS session WHERE session.account = $1 AND session.id = ANY($2)"
    );
    let rows: Vec<Whole> = sqlx::query_as(&sql)
        .bind(account.0)
        .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// An intake's long texts. Whoever sees the session sees them.
pub async fn intake_content(
    pool: &PgPool,
    account: AccountId,
    id: SessionId,
) -> Result<Option<IntakeContent>, ProjectionError> {
    let row: Option<(Json<IntakeContent>,)> =
        sqlx::query_as("SELECT content FROM session_intakes WHERE account = $1 AND id = $2")
            .bind(account.0)
            .bind(id.0)
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|(content,)| content.0))
}

/// The same of several sessions.
pub async fn intake_contents(
    pool: &PgPool,
    account: AccountId,
    ids: &[SessionId],
) -> Result<Vec<(SessionId, IntakeContent)>, ProjectionError> {
    let rows: Vec<(Uuid, Json<IntakeContent>)> =
        sqlx::query_as("SELECT id, content FROM session_intakes WHERE account = $1 AND id = ANY($2)")
            .bind(account.0)
            .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|(id, content)| (SessionId(id), content.0)).collect())
}

/// A page of sessions after the one with this key (its start or update, and its id).
pub async fn page(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    filter: &SessionFilter,
    order: SessionOrder,
    after: Option<(DateTime<Utc>, SessionId)>,
    limit: i64,
) -> Result<Vec<SessionView>, ProjectionError> {
    let (column, direction, sign) = match order {
        SessionOrder::Newest => ("session.started_at", "DESC", "<"),
        SessionOrder::Oldest => ("session.started_at", "ASC", ">"),
        SessionOrder::RecentlyUpdated => ("session.updated_at", "DESC", "<"),
    };
    let mut query = QueryBuilder::<Postgres>::new(format!("SELECT {WHOLE} FROM sessions AS session WHERE "));
    narrow(&mut query, account, caller, filter);
    if let Some((at, id)) = after {
        query.push(format!(" AND ({column}, session.id) {sign} ("));
        query.push_bind(at).push(", ").push_bind(id.0).push(")");
    }
    query.push(format!(" ORDER BY {column} {direction}, session.id {direction} LIMIT ")).push_bind(limit);
    let rows: Vec<Whole> = query.build_query_as().fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// How many sessions there are.
pub async fn count(
    pool: &PgPool,
    account: AccountId,
    caller: &Caller,
    filter: &SessionFilter,
) -> Result<i64, ProjectionError> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM sessions AS session WHERE ");
    narrow(&mut query, account, caller, filter);
    let (count,): (i64,) = query.build_query_as().fetch_one(pool).await?;
    Ok(count)
}

/// What sessions tell of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlowRecord {
    /// The flow.
    pub flow: Option<FlowId>,
    /// Sessions whose chosen match it is.
    pub matched: i64,
    /// Of those, closed ones.
    pub closed: i64,
    /// Of those, resolved ones.
    pub resolved: i64,
    /// When the last of them was matched.
    pub last_matched_at: Option<DateTime<Utc>>,
}

/// What sessions tell of these flows; of one that never matched there is no record.
pub async fn flow_records(
    pool: &PgPool,
    account: AccountId,
    flows: &[FlowId],
) -> Result<Vec<FlowRecord>, ProjectionError> {
    type Row = (Uuid, i64, i64, i64, Option<DateTime<Utc>>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT matched_flow, count(*), count(*) FILTER (WHERE status IN ('RESOLVED', 'ESCALATED', 'ABANDONED')),
                count(*) FILTER (WHERE status = 'RESOLVED'), max(matched_at)
         FROM sessions WHERE account = $1 AND matched_flow = ANY($2) GROUP BY matched_flow",
    )
    .bind(account.0)
    .bind(flows.iter().map(|flow| flow.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(flow, matched, closed, resolved, last_matched_at)| FlowRecord {
            flow: Some(FlowId(flow)),
            matched,
            closed,
            resolved,
            last_matched_at,
        })
        .collect())
}

fn narrow(
    query: &mut QueryBuilder<'_, Postgres>,
    account: AccountId,
    caller: &Caller,
    filter: &SessionFilter,
) {
    query.push("session.account = ").push_bind(account.0);
    only_visible(query, caller);
    if !filter.status.is_empty() {
        let names: Vec<_> = filter.status.iter().map(|status| status.as_str()).collect();
        query.push(" AND session.status = ANY(").push_bind(names).push(")");
    }
    if !filter.domain.is_empty() {
        let names: Vec<_> = filter.domain.iter().map(|domain| domain.as_str()).collect();
        query.push(" AND session.domain = ANY(").push_bind(names).push(")");
    }
    if !filter.tier.is_empty() {
        let names: Vec<_> = filter.tier.iter().map(|tier| tier.as_str()).collect();
        query.push(" AND session.tier = ANY(").push_bind(names).push(")");
    }
    for (column, id) in [
        ("handler", filter.handler.map(|id| id.0)),
        ("opened_by", filter.opened_by.map(|id| id.0)),
        ("team", filter.team.map(|id| id.0)),
    ] {
        if let Some(id) = id {
            query.push(format!(" AND session.{column} = ")).push_bind(id);
        }
    }
    if filter.mine {
        query.push(" AND (session.handler = ").push_bind(caller.user.0);
        query.push(" OR session.opened_by = ").push_bind(caller.user.0).push(")");
    }
    if let Some(at) = filter.started_after {
        query.push(" AND session.started_at > ").push_bind(at);
    }
    if let Some(at) = filter.started_before {
        query.push(" AND session.started_at < ").push_bind(at);
    }
    if let Some(words) = filter.search.as_deref().and_then(search::query) {
        query.push(
            " AND session.id IN (SELECT intake.id FROM session_intakes AS intake WHERE intake.account = ",
        );
        query.push_bind(account.0).push(" AND intake.words @@ ").push_bind(words).push("::tsquery)");
    }
}

/// Rule 11.4 in SQL, as [`SessionView::visible_to`] has it: opener, handlers past and present, the escalation's target,
/// whoever may pick it up now, and the roles that read everything.
fn only_visible(query: &mut QueryBuilder<'_, Postgres>, caller: &Caller) {
    if caller.role.reads_everything() {
        return;
    }
    let me = caller.user.0;
    query.push(" AND (session.opened_by = ").push_bind(me);
    query.push(" OR session.handler = ").push_bind(me);
    query.push(" OR session.target = ").push_bind(me);
    query.push(" OR ").push_bind(me).push(" = ANY(session.past_handlers)");
    if caller.role.handles_sessions() {
        query.push(
            " OR (session.status = 'REQUESTING_ESCALATION' AND session.target IS NULL AND session.escalated_by <> ",
        );
        query.push_bind(me).push(" AND (session.team IS NULL OR session.team = ANY(");
        query.push_bind(caller.teams.iter().map(|team| team.0).collect::<Vec<_>>()).push(")))");
    }
    query.push(")");
}
