//! Reading flows: one, a page, and all published ones of an account for matching.

use chrono::{DateTime, Utc};
use domain::flow::FlowStatus;
use domain::flow::event::{FlowHead, FlowOrigin};
use domain::flow::tree::FlowNode;
use domain::id::{AccountId, FlowId, ProposalId, SessionId};
use domain::problem::ProblemDomain;
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::error::ProjectionError;

/// A flow as it is shown: with the tree of one version.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRow {
    /// Its id.
    pub id: FlowId,
    /// The aggregate's version.
    pub version: u64,
    /// The version whose tree this is, if it was ever published: the newest, or the one asked for.
    pub published_version: Option<u32>,
    /// Whether it is offered.
    pub status: FlowStatus,
    /// Where this version comes from.
    pub origin: FlowOrigin,
    /// What it is about.
    pub head: FlowHead,
    /// The published tree; the draft where nothing was published yet.
    pub tree: Vec<FlowNode>,
    /// The draft, if there is one.
    pub draft: Option<Vec<FlowNode>>,
    /// The session that this version was learnt from.
    pub source_session: Option<SessionId>,
    /// The proposal that this version came from, or else the one that the flow was copied from.
    pub source_proposal: Option<ProposalId>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Which flows are wanted; an empty list or none means all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FlowFilter {
    /// With one of these stati.
    pub status: Vec<FlowStatus>,
    /// Of one of these domains.
    pub domain: Vec<ProblemDomain>,
    /// Of one of these origins.
    pub origin: Vec<FlowOrigin>,
    /// Whose name, description or keywords hold this, whatever its case.
    pub search: Option<String>,
}

/// How many published flows are read by one statement.
const OFFERED_AT_ONCE: i64 = 2_000;

const COLUMNS: &str = "flow.id, flow.version, flow.status, coalesce(shown.origin, flow.origin) AS origin,
    shown.version AS published_version, coalesce(shown.head, flow.head) AS head, flow.draft, shown.nodes,
    shown.source_session,
    coalesce(shown.source_proposal, flow.from_proposal) AS source_proposal, flow.created_at, flow.updated_at";

/// A flow in its newest published version, or in the one named; none if it, or that version of it, is not there.
pub async fn one(
    pool: &PgPool,
    account: AccountId,
    id: FlowId,
    version: Option<u32>,
) -> Result<Option<FlowRow>, ProjectionError> {
    Ok(many(pool, account, &[(id, version)]).await?.pop())
}

/// Several flows at once, each in the version named or the newest; unknown ones are left out.
pub async fn many(
    pool: &PgPool,
    account: AccountId,
    wanted: &[(FlowId, Option<u32>)],
) -> Result<Vec<FlowRow>, ProjectionError> {
    let rows: Vec<Stored> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM unnest($2::uuid[], $3::int[]) AS wanted (id, version)
         JOIN flows AS flow ON flow.id = wanted.id AND flow.account = $1
         LEFT JOIN flow_versions AS shown ON shown.flow = flow.id
              AND shown.version = coalesce(wanted.version, flow.published_version)
         WHERE wanted.version IS NULL OR shown.version IS NOT NULL"
    ))
    .bind(account.0)
    .bind(wanted.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(_, version)| version.map(stored)).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(FlowRow::try_from).collect()
}

/// A page of flows, newest first, after the one with this creation time and id; one more than `limit` tells of more.
pub async fn page(
    pool: &PgPool,
    account: AccountId,
    filter: &FlowFilter,
    after: Option<(DateTime<Utc>, FlowId)>,
    limit: i64,
) -> Result<Vec<FlowRow>, ProjectionError> {
    let mut query = QueryBuilder::<Postgres>::new(format!(
        "SELECT {COLUMNS} FROM flows AS flow LEFT JOIN flow_versions AS shown
         ON shown.flow = flow.id AND shown.version = flow.published_version WHERE flow.account = "
    ));
    query.push_bind(account.0);
    narrow(&mut query, filter);
    if let Some((at, id)) = after {
        query.push(" AND (flow.created_at, flow.id) < (").push_bind(at).push(", ").push_bind(id.0).push(")");
    }
    query.push(" ORDER BY flow.created_at DESC, flow.id DESC LIMIT ").push_bind(limit);
    let rows: Vec<Stored> = query.build_query_as().fetch_all(pool).await?;
    rows.into_iter().map(FlowRow::try_from).collect()
}

/// How many flows there are.
pub async fn count(pool: &PgPool, account: AccountId, filter: &FlowFilter) -> Result<i64, ProjectionError> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM flows AS flow WHERE flow.account = ");
    query.push_bind(account.0);
    narrow(&mut query, filter);
    let (count,): (i64,) = query.build_query_as().fetch_one(pool).await?;
    Ok(count)
}

/// A published flow, as matching looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedFlow {
    /// The flow.
    pub id: FlowId,
    /// Its newest version.
    pub version: u32,
    /// What it is about.
    pub head: FlowHead,
    /// Its tree.
    pub nodes: Vec<FlowNode>,
}

/// How many flows are published, and a digest of which.
pub type PublishedMark = (i64, i64);

/// All that an account offers, read a bounded page at a time.
pub async fn published(pool: &PgPool, account: AccountId) -> Result<Vec<PublishedFlow>, ProjectionError> {
    type Row = (Uuid, i32, Json<FlowHead>, Json<Vec<FlowNode>>);
    let mut offered: Vec<PublishedFlow> = Vec::new();
    loop {
        let after = offered.last().map_or(Uuid::nil(), |flow| flow.id.0);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT flow.id, shown.version, shown.head, shown.nodes FROM flows AS flow
             JOIN flow_versions AS shown ON shown.flow = flow.id AND shown.version = flow.published_version
             WHERE flow.account = $1 AND flow.status = 'PUBLISHED' AND flow.id > $2 ORDER BY flow.id LIMIT $3",
        )
        .bind(account.0)
        .bind(after)
        .bind(OFFERED_AT_ONCE)
        .fetch_all(pool)
        .await?;
        let is_last = rows.len() < usize::try_from(OFFERED_AT_ONCE).unwrap_or(usize::MAX);
        offered.extend(rows.into_iter().map(|(id, version, head, nodes)| PublishedFlow {
            id: FlowId(id),
            version: version.unsigned_abs(),
            head: head.0,
            nodes: nodes.0,
        }));
        if is_last {
            return Ok(offered);
        }
    }
}

/// Tells whether what [`published`] gives is still the same: which flows are published, and in which version. Drafts change
/// nothing, and clocks don't matter.
pub async fn published_mark(pool: &PgPool, account: AccountId) -> Result<PublishedMark, ProjectionError> {
    Ok(sqlx::query_as(
        "SELECT count(*), coalesce(bit_xor(uuid_hash_extended(id, published_version)), 0)
         FROM flows WHERE account = $1 AND status = 'PUBLISHED'",
    )
    .bind(account.0)
    .fetch_one(pool)
    .await?)
}

fn narrow(query: &mut QueryBuilder<'_, Postgres>, filter: &FlowFilter) {
    if !filter.status.is_empty() {
        let names: Vec<_> = filter.status.iter().map(|status| status.as_str()).collect();
        query.push(" AND flow.status = ANY(").push_bind(names).push(")");
    }
    if !filter.domain.is_empty() {
        let names: Vec<_> = filter.domain.iter().map(|domain| domain.as_str()).collect();
        query.push(" AND flow.domain = ANY(").push_bind(names).push(")");
    }
    if !filter.origin.is_empty() {
        let names: Vec<_> = filter.origin.iter().map(|origin| origin.as_str()).collect();
        query.push(" AND flow.origin = ANY(").push_bind(names).push(")");
    }
    if let Some(search) = &filter.search {
        if search.contains('\0') {
            // No text in PostgreSQL holds it.
            query.push(" AND false");
            return;
        }
        query
            .push(" AND position(lower(")
            .push_bind(search.clone())
            .push(") in lower(flow.name || ' ' || coalesce(flow.head ->> 'description', '') || ' ' || (flow.head ->> 'keywords'))) > 0");
    }
}

/// A version so high that it can't be stored stays one that is not there.
fn stored(version: u32) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}

#[derive(FromRow)]
struct Stored {
    id: Uuid,
    version: i64,
    status: String,
    origin: String,
    published_version: Option<i32>,
    head: Json<FlowHead>,
    draft: Option<Json<Vec<FlowNode>>>,
    nodes: Option<Json<Vec<FlowNode>>>,
    source_session: Option<Uuid>,
    source_proposal: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Stored> for FlowRow {
    type Error = ProjectionError;
    fn try_from(row: Stored) -> Result<Self, ProjectionError> {
        let draft = row.draft.map(|draft| draft.0);
        Ok(Self {
            id: FlowId(row.id),
            version: row.version.unsigned_abs(),
            published_version: row.published_version.map(i32::unsigned_abs),
            status: serde_json::from_value(Value::String(row.status))?,
            origin: serde_json::from_value(Value::String(row.origin))?,
            head: row.head.0,
            tree: row.nodes.map(|nodes| nodes.0).or_else(|| draft.clone()).unwrap_or_default(),
            draft,
            source_session: row.source_session.map(SessionId),
            source_proposal: row.source_proposal.map(ProposalId),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
