//! Script templates as they are read: what is offered, how often it was used, and every version for ever.

mod copied;
pub mod queries;

use std::sync::Arc;

use domain::recorded_event::RecordedEvent;
use domain::script::event::{ScriptTemplateEvent, ScriptTemplatePublished};
use futures_util::future::BoxFuture;
use sqlx::PgConnection;
use sqlx::postgres::PgQueryResult;
use sqlx::types::Json;

use crate::by_stream::ByStream;
use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;

/// The projection.
#[derive(Debug, Clone, Copy)]
pub struct ScriptTemplates;

/// Its name.
pub const NAME: &str = "script_templates";

impl Projection for ScriptTemplates {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["script_templates", "script_template_versions"]
    }

    fn takes(&self, event_type: &str) -> bool {
        event_type.starts_with("script_template.")
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

    fn by_stream(&self) -> Option<&dyn ByStream> {
        Some(self)
    }
}

async fn fold(connection: &mut PgConnection, event: &RecordedEvent) -> Result<(), ProjectionError> {
    match event.decode::<ScriptTemplateEvent>()? {
        ScriptTemplateEvent::Published(published) => publish(connection, event, &published).await,
        ScriptTemplateEvent::Deactivated(_) => {
            let changed = sqlx::query(
                "UPDATE script_templates SET version = $2, updated_at = $3, active = false
                 WHERE id = $1 AND version = $2 - 1",
            )
            .bind(event.aggregate_id)
            .bind(version(event))
            .bind(event.metadata.recorded_at)
            .execute(connection)
            .await?;
            went_on(&changed, event)
        }
        ScriptTemplateEvent::Generated(_) => {
            let changed = sqlx::query(
                "UPDATE script_templates SET version = $2, uses = uses + 1 WHERE id = $1 AND version = $2 - 1",
            )
            .bind(event.aggregate_id)
            .bind(version(event))
            .execute(connection)
            .await?;
            went_on(&changed, event)
        }
    }
}

async fn publish(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    published: &ScriptTemplatePublished,
) -> Result<(), ProjectionError> {
    let number = i32::try_from(published.version).unwrap_or(i32::MAX);
    let changed = sqlx::query(
        "INSERT INTO script_templates AS known
             (account, id, version, active, team, name, published_version, uses, created_at, updated_at)
         VALUES ($1, $2, $3, true, $4, $5, $6, 0, $7, $7)
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, active = true, team = excluded.team,
             name = excluded.name, published_version = excluded.published_version, updated_at = excluded.updated_at
         WHERE known.version = excluded.version - 1",
    )
    .bind(event.metadata.account.0)
    .bind(event.aggregate_id)
    .bind(version(event))
    .bind(published.content.team.map(|team| team.0))
    .bind(&published.content.name)
    .bind(number)
    .bind(event.metadata.recorded_at)
    .execute(&mut *connection)
    .await?;
    went_on(&changed, event)?;
    sqlx::query(
        "INSERT INTO script_template_versions (account, template, version, content, published_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(event.metadata.account.0)
    .bind(event.aggregate_id)
    .bind(number)
    .bind(Json(&published.content))
    .bind(event.metadata.recorded_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// An event of a template that is not there, or that is not its next one, is not passed over.
fn went_on(changed: &PgQueryResult, event: &RecordedEvent) -> Result<(), ProjectionError> {
    if changed.rows_affected() == 1 {
        return Ok(());
    }
    Err(not_the_next(event))
}

fn not_the_next(event: &RecordedEvent) -> ProjectionError {
    let version = event.version;
    ProjectionError::Inconsistent(format!(
        "no script template that script template event {version} follows on"
    ))
}

fn version(event: &RecordedEvent) -> i64 {
    i64::try_from(event.version).unwrap_or(i64::MAX)
}
