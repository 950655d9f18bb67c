//! What published flows are found by when meaning counts: their documents, and the vectors that embedders made of them.
//!
//! The documents are a projection. The vectors are kept beside it under their model and their text's digest, and stay when
//! it is folded anew. Their signs follow both.

pub mod nearest;
pub mod signs;
pub mod vectors;

use std::sync::Arc;

use domain::flow::event::{FlowEvent, FlowPublished};
use domain::matching::documents::documents;
use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;

/// The projection.
#[derive(Debug, Clone, Copy)]
pub struct FlowVectors;

/// Its name.
pub const NAME: &str = "flow_vectors";

impl Projection for FlowVectors {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["flow_documents"]
    }

    fn takes(&self, event_type: &str) -> bool {
        matches!(event_type, "flow.published" | "flow.retired")
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        _work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            for event in events {
                match event.decode::<FlowEvent>()? {
                    FlowEvent::Published(published) => {
                        forget(connection, event).await?;
                        add(connection, event, &published).await?;
                    }
                    FlowEvent::Retired(_) => forget(connection, event).await?,
                    FlowEvent::Created(_) | FlowEvent::DraftSaved(_) => {}
                }
            }
            Ok(())
        })
    }
}

async fn forget(connection: &mut PgConnection, event: &RecordedEvent) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM flow_documents WHERE account = $1 AND flow = $2")
        .bind(event.metadata.account.0)
        .bind(event.aggregate_id)
        .execute(connection)
        .await?;
    Ok(())
}

async fn add(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    published: &FlowPublished,
) -> Result<(), ProjectionError> {
    let texts = documents(&published.head, &published.nodes);
    let hashes: Vec<Vec<u8>> = texts.iter().map(|text| digest(text)).collect();
    sqlx::query(
        "INSERT INTO flow_documents (account, flow, ordinal, version, hash, content)
         SELECT $1, $2, place, $3, hash, content
         FROM unnest($4::bytea[], $5::text[]) WITH ORDINALITY AS text (hash, content, place)",
    )
    .bind(event.metadata.account.0)
    .bind(event.aggregate_id)
    .bind(i32::try_from(published.version).unwrap_or(i32::MAX))
    .bind(hashes)
    .bind(texts)
    .execute(connection)
    .await?;
    Ok(())
}

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}
