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
use super::visible::{self, Part};
use crate::error::ProjectionError;

const INTAKES: &str = "SELECT intake.id FROM session_intakes AS intake WHERE intake.account = ";

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
    let order = Ordered::by(order, after, limit);
    let (column, direction) = (order.column, order.direction);
    let mut query = QueryBuilder::<Postgres>::new("");
    if let Some(parts) = visible::parts(caller, filter) {
        gather(&mut query, account, caller, filter, parts, &order);
        query.push(format!(
            "SELECT {WHOLE} FROM (SELECT id, at FROM seen ORDER BY at {direction}, id {direction} LIMIT "
        ));
        query.push_bind(limit).push(") AS chosen JOIN sessions AS session ON session.account = ");
        query.push_bind(account.0).push(" AND session.id = chosen.id");
        query.push(format!(" ORDER BY chosen.at {direction}, chosen.id {direction}"));
    } else {
        query.push(format!("SELECT {WHOLE} FROM sessions AS session WHERE session.account = "));
        query.push_bind(account.0);
        narrow(&mut query, account, filter, Words::Looked);
        order.behind(&mut query);
        query.push(format!(" ORDER BY {column} {direction}, session.id {direction} LIMIT ")).push_bind(limit);
    }
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
    let mut query = QueryBuilder::<Postgres>::new("");
    if let Some(parts) = visible::parts(caller, filter) {
        gather(&mut query, account, caller, filter, parts, &Ordered::all());
        query.push("SELECT count(*) FROM seen");
    } else {
        query.push("SELECT count(*) FROM sessions AS session WHERE session.account = ").push_bind(account.0);
        narrow(&mut query, account, filter, Words::Looked);
    }
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

/// In which order, from where on and how many.
struct Ordered {
    is_by_start: bool,
    column: &'static str,
    direction: &'static str,
    sign: &'static str,
    after: Option<(DateTime<Utc>, SessionId)>,
    limit: Option<i64>,
}

impl Ordered {
    fn by(order: SessionOrder, after: Option<(DateTime<Utc>, SessionId)>, limit: i64) -> Self {
        let (column, direction, sign) = match order {
            SessionOrder::Newest => ("session.started_at", "DESC", "<"),
            SessionOrder::Oldest => ("session.started_at", "ASC", ">"),
            SessionOrder::RecentlyUpdated => ("session.updated_at", "DESC", "<"),
        };
        let is_by_start = order != SessionOrder::RecentlyUpdated;
        Self { is_by_start, column, direction, sign, after, limit: Some(limit) }
    }

    fn all() -> Self {
        Self { limit: None, ..Self::by(SessionOrder::Newest, None, 0) }
    }

    fn behind(&self, query: &mut QueryBuilder<'_, Postgres>) {
        if let Some((at, id)) = self.after {
            query.push(format!(" AND ({}, session.id) {} (", self.column, self.sign));
            query.push_bind(at).push(", ").push_bind(id.0).push(")");
        }
    }
}

/// Begins a statement: `seen` are the ids of the sessions of these parts, each once, with what they are ordered by.
///
/// Every part is gathered by its own index. It is not left to the planner: joined by OR, or cut to a page before they are gathered,
/// it takes the parts for more than they are and walks the whole account for them.
fn gather(
    query: &mut QueryBuilder<'_, Postgres>,
    account: AccountId,
    caller: &Caller,
    filter: &SessionFilter,
    parts: &[Part],
    order: &Ordered,
) {
    let Ordered { column, direction, .. } = order;
    query.push("WITH ");
    if let Some(words) = filter.search.as_deref().and_then(search::query) {
        query.push("found AS MATERIALIZED (").push(INTAKES).push_bind(account.0);
        query.push(" AND intake.words @@ ").push_bind(words).push("::tsquery), ");
    }
    query.push("seen AS MATERIALIZED (");
    for (number, part) in parts.iter().enumerate() {
        query.push(if number == 0 { "(" } else { " UNION (" });
        query.push(format!(
            "SELECT session.id, {column} AS at FROM sessions AS session WHERE session.account = "
        ));
        query.push_bind(account.0);
        part.push(query, caller);
        narrow(query, account, filter, Words::Found);
        order.behind(query);
        // This index alone has the order, too, so that no other one is taken for a page of it.
        if let (Part::Handled, true, Some(limit)) = (part, order.is_by_start, order.limit) {
            query
                .push(format!(" ORDER BY {column} {direction}, session.id {direction} LIMIT "))
                .push_bind(limit);
        }
        query.push(")");
    }
    query.push(") ");
}

/// Whose words fit a search.
#[derive(Clone, Copy, PartialEq)]
enum Words {
    /// They are looked for here.
    Looked,
    /// They were, once for the statement.
    Found,
}

fn narrow(query: &mut QueryBuilder<'_, Postgres>, account: AccountId, filter: &SessionFilter, words: Words) {
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
    if let Some(at) = filter.started_after {
        query.push(" AND session.started_at > ").push_bind(at);
    }
    if let Some(at) = filter.started_before {
        query.push(" AND session.started_at < ").push_bind(at);
    }
    match filter.search.as_deref().and_then(search::query) {
        Some(_) if words == Words::Found => {
            query.push(" AND session.id IN (SELECT id FROM found)");
        }
        Some(words) => {
            query.push(" AND session.id IN (").push(INTAKES).push_bind(account.0);
            query.push(" AND intake.words @@ ").push_bind(words).push("::tsquery)");
        }
        None => {}
    }
}
