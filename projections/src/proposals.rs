//! The review queue as it is read: proposals with their support, and how far the analysis of each session is.

mod analyses;
pub mod queries;
mod redacted;
pub mod stats;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::analysis::event::AnalysisEvent;
use domain::flow::diff::TreeDiff;
use domain::flow::tree::FlowNode;
use domain::id::UserId;
use domain::problem::ProblemDomain;
use domain::proposal::event::{
    PathReinforced, ProposalDraft, ProposalEvent, ProposalModified, ProposalRaised, Reviewed,
};
use domain::proposal::status::{ProposalKind, ProposalStatus, confidence};
use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::postgres::PgQueryResult;
use sqlx::types::Json;
use uuid::Uuid;

pub use analyses::{AnalysisRow, AnalysisStatus, deferred, of_sessions};

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;

/// The projection.
#[derive(Debug, Clone, Copy)]
pub struct Proposals;

/// Its name.
pub const NAME: &str = "proposals";

impl Projection for Proposals {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["proposals", "proposal_supporters", "session_analyses"]
    }

    fn takes(&self, event_type: &str) -> bool {
        event_type.starts_with("proposal.")
            || event_type.starts_with("analysis.")
            || matches!(event_type, "session.resolved" | "session.reopened" | "session.content_redacted")
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        _work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            for event in events {
                match event.event_type.as_str() {
                    "session.resolved" => analyses::pending(connection, event, event.aggregate_id).await?,
                    "session.content_redacted" => redacted::mask(connection, event).await?,
                    "session.reopened" => analyses::forget(connection, event.aggregate_id).await?,
                    analysis if analysis.starts_with("analysis.") => {
                        analyses::fold(connection, event, event.decode::<AnalysisEvent>()?).await?;
                    }
                    _ => fold(connection, event).await?,
                }
            }
            Ok(())
        })
    }
}

/// What of a proposal is only shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Document {
    keywords: Vec<String>,
    nodes: Vec<FlowNode>,
    diff: Option<TreeDiff>,
    /// The lesson in the words of its session, where title and description are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
}

/// Proposals change seldom: a statement or two an event will do.
async fn fold(connection: &mut PgConnection, event: &RecordedEvent) -> Result<(), ProjectionError> {
    match event.decode::<ProposalEvent>()? {
        ProposalEvent::Raised(raised) => raise(connection, event, &raised).await,
        ProposalEvent::PathReinforced(path) => reinforce(connection, event, &path).await,
        ProposalEvent::Supported(supported) => {
            support(connection, event, supported.session.0).await?;
            match &supported.draft {
                Some(draft) => redraft(connection, event, draft).await,
                None => Ok(()),
            }
        }
        ProposalEvent::SupportWithdrawn(withdrawn) => withdraw(connection, event, withdrawn.session.0).await,
        ProposalEvent::Regrown(regrown) => {
            redraft(connection, event, &regrown.draft).await?;
            count_supporters(connection, event).await
        }
        ProposalEvent::Withdrawn(_) => stand(connection, event, ProposalStatus::Withdrawn, None).await,
        ProposalEvent::Resurfaced(_) => stand(connection, event, ProposalStatus::Pending, None).await,
        ProposalEvent::Stale(_) => stand(connection, event, ProposalStatus::Stale, None).await,
        ProposalEvent::Approved(review) => {
            decided(connection, event, ProposalStatus::Approved, &review).await
        }
        ProposalEvent::Rejected(review) => {
            decided(connection, event, ProposalStatus::Rejected, &review).await
        }
        ProposalEvent::Dismissed(review) => {
            decided(connection, event, ProposalStatus::Dismissed, &review).await
        }
        ProposalEvent::Modified(modified) => modify(connection, event, &modified).await,
        ProposalEvent::Published(published) => {
            let changed = sqlx::query(
                "UPDATE proposals SET version = $2, updated_at = $3, published_flow = $4, published_version = $5
                 WHERE id = $1 AND version = $2 - 1",
            )
            .bind(event.aggregate_id)
            .bind(version(event))
            .bind(event.metadata.recorded_at)
            .bind(published.flow.0)
            .bind(number(published.version))
            .execute(connection)
            .await?;
            went_on(&changed, event)
        }
    }
}

/// A new row, as far as a new flow, a change and a reinforcement have it in common.
struct Fresh<'a> {
    kind: ProposalKind,
    status: ProposalStatus,
    title: &'a str,
    description: Option<&'a str>,
    domain: Option<ProblemDomain>,
    team: Option<Uuid>,
    source: Uuid,
    target: Option<(Uuid, u32)>,
    document: Document,
}

async fn raise(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    raised: &ProposalRaised,
) -> Result<(), ProjectionError> {
    let fresh = Fresh {
        kind: raised.kind,
        status: ProposalStatus::Pending,
        title: &raised.draft.title,
        description: raised.draft.description.as_deref(),
        domain: raised.draft.head.domain,
        team: raised.team.map(|team| team.0),
        source: raised.source.0,
        target: raised.target.map(|target| (target.flow.0, target.base_version)),
        document: Document {
            keywords: raised.draft.head.keywords.clone(),
            nodes: raised.draft.nodes.clone(),
            diff: raised.diff.as_deref().cloned(),
            topic: raised.topic.as_deref().cloned(),
        },
    };
    insert(connection, event, fresh).await
}

async fn reinforce(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    path: &PathReinforced,
) -> Result<(), ProjectionError> {
    let fresh = Fresh {
        kind: ProposalKind::Reinforcement,
        status: ProposalStatus::AutoReinforced,
        title: &path.title,
        description: None,
        domain: path.domain,
        team: path.team.map(|team| team.0),
        source: path.session.0,
        target: Some((path.flow.0, path.version)),
        document: Document::default(),
    };
    insert(connection, event, fresh).await
}

async fn insert(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    fresh: Fresh<'_>,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO proposals (account, id, version, kind, status, title, description, domain, team, confidence,
             supporters, source_session, target_flow, target_base_version, document, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, $13, $14, $15, $15)",
    )
    .bind(event.metadata.account.0)
    .bind(event.aggregate_id)
    .bind(version(event))
    .bind(fresh.kind.as_str())
    .bind(fresh.status.as_str())
    .bind(fresh.title)
    .bind(fresh.description)
    .bind(fresh.domain.map(ProblemDomain::as_str))
    .bind(fresh.team)
    .bind(millionths(1))
    .bind(fresh.source)
    .bind(fresh.target.map(|(flow, _)| flow))
    .bind(fresh.target.map(|(_, base)| number(base)))
    .bind(Json(&fresh.document))
    .bind(event.metadata.recorded_at)
    .execute(&mut *connection)
    .await?;
    add_supporter(connection, event, fresh.source).await
}

async fn add_supporter(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    session: Uuid,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO proposal_supporters (account, proposal, session, supported_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(event.metadata.account.0)
    .bind(event.aggregate_id)
    .bind(session)
    .bind(event.metadata.recorded_at)
    .execute(connection)
    .await?;
    Ok(())
}

async fn support(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    session: Uuid,
) -> Result<(), ProjectionError> {
    add_supporter(connection, event, session).await?;
    count_supporters(connection, event).await
}

async fn withdraw(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    session: Uuid,
) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM proposal_supporters WHERE account = $1 AND proposal = $2 AND session = $3")
        .bind(event.metadata.account.0)
        .bind(event.aggregate_id)
        .bind(session)
        .execute(&mut *connection)
        .await?;
    count_supporters(connection, event).await
}

async fn count_supporters(
    connection: &mut PgConnection,
    event: &RecordedEvent,
) -> Result<(), ProjectionError> {
    let supporters: i64 =
        sqlx::query_scalar("SELECT count(*) FROM proposal_supporters WHERE account = $1 AND proposal = $2")
            .bind(event.metadata.account.0)
            .bind(event.aggregate_id)
            .fetch_one(&mut *connection)
            .await?;
    let changed = sqlx::query(
        "UPDATE proposals SET version = $2, updated_at = $3, supporters = $4, confidence = $5
         WHERE id = $1 AND version = $2 - 1",
    )
    .bind(event.aggregate_id)
    .bind(version(event))
    .bind(event.metadata.recorded_at)
    .bind(supporters)
    .bind(millionths(usize::try_from(supporters).unwrap_or(0)))
    .execute(connection)
    .await?;
    went_on(&changed, event)
}

/// What is proposed after this event, the difference from the target left as it was.
async fn redraft(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    draft: &ProposalDraft,
) -> Result<(), ProjectionError> {
    sqlx::query("UPDATE proposals SET title = $2, description = $3, document = document || $4 WHERE id = $1")
        .bind(event.aggregate_id)
        .bind(&draft.title)
        .bind(&draft.description)
        .bind(serde_json::json!({ "keywords": draft.head.keywords, "nodes": draft.nodes }))
        .execute(connection)
        .await?;
    Ok(())
}

type By = (UserId, DateTime<Utc>, Option<String>);

/// Where it stands; by whom, if somebody decided.
async fn stand(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    status: ProposalStatus,
    by: Option<By>,
) -> Result<(), ProjectionError> {
    let (by, at, notes) = match by {
        Some((by, at, notes)) => (Some(by.0), Some(at), notes),
        None => (None, None, None),
    };
    let changed = sqlx::query(
        "UPDATE proposals SET version = $2, updated_at = $3, status = $4, reviewed_by = $5, reviewed_at = $6,
             reviewer_notes = $7
         WHERE id = $1 AND version = $2 - 1",
    )
    .bind(event.aggregate_id)
    .bind(version(event))
    .bind(event.metadata.recorded_at)
    .bind(status.as_str())
    .bind(by)
    .bind(at)
    .bind(notes)
    .execute(connection)
    .await?;
    went_on(&changed, event)
}

async fn decided(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    status: ProposalStatus,
    review: &Reviewed,
) -> Result<(), ProjectionError> {
    let by = (review.by, event.metadata.recorded_at, review.notes.as_deref().cloned());
    stand(connection, event, status, Some(by)).await
}

async fn modify(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    modified: &ProposalModified,
) -> Result<(), ProjectionError> {
    let by = (modified.by, event.metadata.recorded_at, modified.notes.as_deref().cloned());
    stand(connection, event, ProposalStatus::Modified, Some(by)).await?;
    redraft(connection, event, &modified.draft).await?;
    sqlx::query("UPDATE proposals SET target_base_version = coalesce($2, target_base_version) WHERE id = $1")
        .bind(event.aggregate_id)
        .bind(modified.base_version.map(number))
        .execute(connection)
        .await?;
    Ok(())
}

/// An event of a proposal that is not there, or that is not its next one, is not passed over.
fn went_on(changed: &PgQueryResult, event: &RecordedEvent) -> Result<(), ProjectionError> {
    if changed.rows_affected() == 1 {
        return Ok(());
    }
    Err(ProjectionError::Inconsistent(format!(
        "no proposal that proposal event {} follows on",
        event.version
    )))
}

fn version(event: &RecordedEvent) -> i64 {
    i64::try_from(event.version).unwrap_or(i64::MAX)
}

fn number(version: u32) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}

/// How sure so many supporters make it.
#[expect(clippy::cast_possible_truncation, reason = "0 to 1,000,000")]
fn millionths(supporters: usize) -> i64 {
    (confidence(supporters) * 1e6).round() as i64
}
