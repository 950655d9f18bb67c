//! The knowledge base as it is read: every flow with its draft, and every published version for ever.

pub mod counts;
pub mod queries;

use std::sync::Arc;

use domain::flow::event::{FlowCreated, FlowEvent, FlowPublished};
use domain::problem::ProblemDomain;
use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;
use sqlx::postgres::PgQueryResult;
use sqlx::types::Json;

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;

/// The projection.
#[derive(Debug, Clone, Copy)]
pub struct Flows;

/// Its name.
pub const NAME: &str = "flows";

impl Projection for Flows {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["flows", "flow_versions"]
    }

    fn takes(&self, event_type: &str) -> bool {
        event_type.starts_with("flow.")
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        _work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            for event in events {
                fold(connection, event).await?;
            }
            Ok(())
        })
    }
}

/// Flows change seldom: a statement or two an event will do.
async fn fold(connection: &mut PgConnection, event: &RecordedEvent) -> Result<(), ProjectionError> {
    match event.decode::<FlowEvent>()? {
        FlowEvent::Created(created) => create(connection, event, &created).await,
        FlowEvent::DraftSaved(saved) => {
            let changed = sqlx::query(
                "UPDATE flows SET version = $2, updated_at = $3, name = $4, domain = $5, head = $6, draft = $7
                 WHERE id = $1 AND version = $2 - 1",
            )
            .bind(event.aggregate_id)
            .bind(version(event))
            .bind(event.metadata.recorded_at)
            .bind(&saved.head.name)
            .bind(saved.head.domain.map(ProblemDomain::as_str))
            .bind(Json(&saved.head))
            .bind(Json(&saved.nodes))
            .execute(connection)
            .await?;
            went_on(&changed, event)
        }
        FlowEvent::Published(published) => publish(connection, event, &published).await,
        FlowEvent::Retired(_) => {
            let changed = sqlx::query(
                "UPDATE flows SET version = $2, updated_at = $3, status = 'RETIRED' WHERE id = $1 AND version = $2 - 1",
            )
            .bind(event.aggregate_id)
            .bind(version(event))
            .bind(event.metadata.recorded_at)
            .execute(connection)
            .await?;
            went_on(&changed, event)
        }
    }
}

async fn create(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    created: &FlowCreated,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO flows (account, id, version, status, origin, name, domain, head, draft, created_at, updated_at,
             from_proposal)
         VALUES ($1, $2, $3, 'DRAFT', $4, $5, $6, $7, $8, $9, $9, $10)",
    )
    .bind(event.metadata.account.0)
    .bind(event.aggregate_id)
    .bind(version(event))
    .bind(created.origin.as_str())
    .bind(&created.head.name)
    .bind(created.head.domain.map(ProblemDomain::as_str))
    .bind(Json(&created.head))
    .bind(Json(&created.nodes))
    .bind(event.metadata.recorded_at)
    .bind(created.from_proposal.map(|id| id.0))
    .execute(connection)
    .await?;
    Ok(())
}

async fn publish(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    published: &FlowPublished,
) -> Result<(), ProjectionError> {
    let number = i32::try_from(published.version).unwrap_or(i32::MAX);
    let changed = sqlx::query(
        "UPDATE flows SET version = $2, updated_at = $3, name = $4, domain = $5, head = $6, draft = NULL,
             status = 'PUBLISHED', origin = $7, published_version = $8
         WHERE id = $1 AND version = $2 - 1",
    )
    .bind(event.aggregate_id)
    .bind(version(event))
    .bind(event.metadata.recorded_at)
    .bind(&published.head.name)
    .bind(published.head.domain.map(ProblemDomain::as_str))
    .bind(Json(&published.head))
    .bind(published.origin.as_str())
    .bind(number)
    .execute(&mut *connection)
    .await?;
    went_on(&changed, event)?;
    sqlx::query(
        "INSERT INTO flow_versions
             (account, flow, version, origin, head, nodes, source_session, source_proposal, published_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(event.metadata.account.0)
    .bind(event.aggregate_id)
    .bind(number)
    .bind(published.origin.as_str())
    .bind(Json(&published.head))
    .bind(Json(&published.nodes))
    .bind(published.source_session.map(|id| id.0))
    .bind(published.source_proposal.map(|id| id.0))
    .bind(event.metadata.recorded_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// An event of a flow that is not there, or that is not its next one, is not passed over.
fn went_on(changed: &PgQueryResult, event: &RecordedEvent) -> Result<(), ProjectionError> {
    if changed.rows_affected() == 1 {
        return Ok(());
    }
    Err(ProjectionError::Inconsistent(format!("no flow that flow event {} follows on", event.version)))
}

fn version(event: &RecordedEvent) -> i64 {
    i64::try_from(event.version).unwrap_or(i64::MAX)
}
