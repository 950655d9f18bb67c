//! Reading proposals: several by id, a page in one of three orders, their supporters, and those that a session may support.

use chrono::{DateTime, Utc};
use domain::flow::diff::TreeDiff;
use domain::flow::tree::FlowNode;
use domain::id::{AccountId, FlowId, ProposalId, SessionId, TeamId, UserId};
use domain::problem::ProblemDomain;
use domain::proposal::status::{ProposalKind, ProposalStatus};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Document;
use crate::error::ProjectionError;

/// A proposal as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposalRow {
    /// Its id.
    pub id: ProposalId,
    /// The aggregate's version.
    pub version: u64,
    /// What it would do.
    pub kind: ProposalKind,
    /// Where it stands.
    pub status: ProposalStatus,
    /// What reviewers read first.
    pub title: String,
    /// The problem and what solved it.
    pub description: Option<String>,
    /// The area it belongs to.
    pub domain: Option<ProblemDomain>,
    /// The team of the session that it was learnt from.
    pub team: Option<TeamId>,
    /// How sure its support makes it, in millionths.
    pub confidence: i64,
    /// How many sessions support it.
    pub supporters: i64,
    /// The session that it was learnt from.
    pub source: SessionId,
    /// The flow that it would change, or whose path held, and the version of it.
    pub target: Option<(FlowId, u32)>,
    /// Words that would lead to the flow.
    pub keywords: Vec<String>,
    /// The tree that would be published.
    pub nodes: Vec<FlowNode>,
    /// What that changes of the target.
    pub diff: Option<TreeDiff>,
    /// Who decided.
    pub reviewed_by: Option<UserId>,
    /// When.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// What they noted.
    pub reviewer_notes: Option<String>,
    /// The version of a flow that it became.
    pub published: Option<(FlowId, u32)>,
    /// When it was raised.
    pub created_at: DateTime<Utc>,
}

/// Which proposals are wanted; an empty list means all, reinforcements only where they are named.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProposalFilter {
    /// With one of these stati.
    pub status: Vec<ProposalStatus>,
    /// Of one of these kinds.
    pub kind: Vec<ProposalKind>,
    /// Of one of these areas.
    pub domain: Vec<ProblemDomain>,
}

/// The order of a page; each ends with the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProposalOrder {
    /// When they were raised.
    #[default]
    Newest,
    /// How sure they are.
    HighestConfidence,
    /// How many sessions support them.
    MostSupport,
}

impl ProposalRow {
    /// Its place in an order, beside its id.
    pub fn place(&self, order: ProposalOrder) -> i64 {
        match order {
            ProposalOrder::Newest => self.created_at.timestamp_micros(),
            ProposalOrder::HighestConfidence => self.confidence,
            ProposalOrder::MostSupport => self.supporters,
        }
    }
}

const COLUMNS: &str = "id, version, kind, status, title, description, domain, team, confidence, supporters,
    source_session, target_flow, target_base_version, document, reviewed_by, reviewed_at, reviewer_notes,
    published_flow, published_version, created_at";

/// Most supporters that one proposal shows.
const SHOWN_SUPPORTERS: i64 = 100;
/// Most proposals that a session is held against, the newest ones.
const COMPARED: i64 = 1_000;

/// Several at once; unknown ones are left out.
pub async fn many(
    pool: &PgPool,
    account: AccountId,
    ids: &[ProposalId],
) -> Result<Vec<ProposalRow>, ProjectionError> {
    let sql = format!("SELECT {COLUMNS} FROM proposals WHERE account = $1 AND id = ANY($2)");
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Stored> = sqlx::query_as(&sql).bind(account.0).bind(ids).fetch_all(pool).await?;
    rows.into_iter().map(ProposalRow::try_from).collect()
}

/// A page of proposals in this order, after the one at this place; one more than `limit` tells of more.
pub async fn page(
    pool: &PgPool,
    account: AccountId,
    filter: &ProposalFilter,
    order: ProposalOrder,
    after: Option<(i64, ProposalId)>,
    limit: i64,
) -> Result<Vec<ProposalRow>, ProjectionError> {
    let column = match order {
        ProposalOrder::Newest => "created_at",
        ProposalOrder::HighestConfidence => "confidence",
        ProposalOrder::MostSupport => "supporters",
    };
    let mut query =
        QueryBuilder::<Postgres>::new(format!("SELECT {COLUMNS} FROM proposals WHERE account = "));
    query.push_bind(account.0);
    narrow(&mut query, filter);
    if let Some((place, id)) = after {
        query.push(format!(" AND ({column}, id) < ("));
        match order {
            ProposalOrder::Newest => query.push_bind(moment(place)),
            ProposalOrder::HighestConfidence | ProposalOrder::MostSupport => query.push_bind(place),
        };
        query.push(", ").push_bind(id.0).push(")");
    }
    query.push(format!(" ORDER BY {column} DESC, id DESC LIMIT ")).push_bind(limit);
    let rows: Vec<Stored> = query.build_query_as().fetch_all(pool).await?;
    rows.into_iter().map(ProposalRow::try_from).collect()
}

/// How many proposals there are.
pub async fn count(
    pool: &PgPool,
    account: AccountId,
    filter: &ProposalFilter,
) -> Result<i64, ProjectionError> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM proposals WHERE account = ");
    query.push_bind(account.0);
    narrow(&mut query, filter);
    let (count,): (i64,) = query.build_query_as().fetch_one(pool).await?;
    Ok(count)
}

/// The sessions that support a proposal, the first ones first, at most a hundred.
pub async fn supporters(
    pool: &PgPool,
    account: AccountId,
    id: ProposalId,
) -> Result<Vec<SessionId>, ProjectionError> {
    let sessions: Vec<Uuid> = sqlx::query_scalar(
        "SELECT session FROM proposal_supporters WHERE account = $1 AND proposal = $2
         ORDER BY supported_at, session LIMIT $3",
    )
    .bind(account.0)
    .bind(id.0)
    .bind(SHOWN_SUPPORTERS)
    .fetch_all(pool)
    .await?;
    Ok(sessions.into_iter().map(SessionId).collect())
}

/// A proposal that may be of the same problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Twin {
    /// Which.
    pub id: ProposalId,
    /// Where it stands.
    pub status: ProposalStatus,
    /// Its title and description, and where these are a model's, what it was learnt from in the session's words.
    pub texts: Vec<String>,
}

/// Proposals of this area (or of none, as this one) that concern the same flow, or a new one; the newest thousand, withdrawn
/// ones left out.
pub async fn twins(
    pool: &PgPool,
    account: AccountId,
    domain: Option<ProblemDomain>,
    target: Option<FlowId>,
) -> Result<Vec<Twin>, ProjectionError> {
    let rows: Vec<(Uuid, String, String, Option<String>)> = sqlx::query_as(
        "SELECT id, status, title || '. ' || coalesce(description, ''), document ->> 'topic' FROM proposals
         WHERE account = $1 AND domain IS NOT DISTINCT FROM $2 AND target_flow IS NOT DISTINCT FROM $3
           AND kind <> 'REINFORCEMENT' AND status <> 'WITHDRAWN'
         ORDER BY created_at DESC, id DESC LIMIT $4",
    )
    .bind(account.0)
    .bind(domain.map(ProblemDomain::as_str))
    .bind(target.map(|flow| flow.0))
    .bind(COMPARED)
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|(id, status, text, topic)| {
            let texts = std::iter::once(text).chain(topic).collect();
            Ok(Twin { id: ProposalId(id), status: named(status)?, texts })
        })
        .collect()
}

/// Pending proposals to change a flow that were made from another version of it than this one, or of any where none is offered;
/// at most a thousand.
pub async fn made_from_others(
    pool: &PgPool,
    account: AccountId,
    flow: FlowId,
    offered: Option<u32>,
) -> Result<Vec<ProposalId>, ProjectionError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM proposals WHERE account = $1 AND target_flow = $2 AND target_base_version IS DISTINCT FROM $3
           AND status = 'PENDING' ORDER BY created_at, id LIMIT $4",
    )
    .bind(account.0)
    .bind(flow.0)
    .bind(offered.map(super::number))
    .bind(COMPARED)
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(ProposalId).collect())
}

fn narrow(query: &mut QueryBuilder<'_, Postgres>, filter: &ProposalFilter) {
    if !filter.status.is_empty() {
        let names: Vec<_> = filter.status.iter().map(|status| status.as_str()).collect();
        query.push(" AND status = ANY(").push_bind(names).push(")");
    }
    if !filter.kind.is_empty() {
        let names: Vec<_> = filter.kind.iter().map(|kind| kind.as_str()).collect();
        query.push(" AND kind = ANY(").push_bind(names).push(")");
    } else if !filter.status.contains(&ProposalStatus::AutoReinforced) {
        query.push(" AND kind <> 'REINFORCEMENT'");
    }
    if !filter.domain.is_empty() {
        let names: Vec<_> = filter.domain.iter().map(|domain| domain.as_str()).collect();
        query.push(" AND domain = ANY(").push_bind(names).push(")");
    }
}

/// A cursor of somebody's own making may hold any number: what no moment has reads as the beginning or the end of time.
fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros.max(0)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

pub(super) fn named<T: serde::de::DeserializeOwned>(name: String) -> Result<T, ProjectionError> {
    Ok(serde_json::from_value(Value::String(name))?)
}

#[derive(FromRow)]
struct Stored {
    id: Uuid,
    version: i64,
    kind: String,
    status: String,
    title: String,
    description: Option<String>,
    domain: Option<String>,
    team: Option<Uuid>,
    confidence: i64,
    supporters: i64,
    source_session: Uuid,
    target_flow: Option<Uuid>,
    target_base_version: Option<i32>,
    document: Json<Document>,
    reviewed_by: Option<Uuid>,
    reviewed_at: Option<DateTime<Utc>>,
    reviewer_notes: Option<String>,
    published_flow: Option<Uuid>,
    published_version: Option<i32>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Stored> for ProposalRow {
    type Error = ProjectionError;
    fn try_from(row: Stored) -> Result<Self, ProjectionError> {
        let Document { keywords, nodes, diff, topic: _ } = row.document.0;
        let version_of =
            |flow: Option<Uuid>, version: Option<i32>| Some((FlowId(flow?), version?.unsigned_abs()));
        Ok(Self {
            id: ProposalId(row.id),
            version: row.version.unsigned_abs(),
            kind: named(row.kind)?,
            status: named(row.status)?,
            title: row.title,
            description: row.description,
            domain: row.domain.map(named).transpose()?,
            team: row.team.map(TeamId),
            confidence: row.confidence,
            supporters: row.supporters,
            source: SessionId(row.source_session),
            target: version_of(row.target_flow, row.target_base_version),
            keywords,
            nodes,
            diff,
            reviewed_by: row.reviewed_by.map(UserId),
            reviewed_at: row.reviewed_at,
            reviewer_notes: row.reviewer_notes,
            published: version_of(row.published_flow, row.published_version),
            created_at: row.created_at,
        })
    }
}
