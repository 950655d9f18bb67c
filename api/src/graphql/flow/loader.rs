//! Loads the flows that one request shows, and what sessions tell of them, at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use domain::id::{AccountId, FlowId};
use projections::error::ProjectionError;
use projections::flows::queries::{self as flows, FlowRow};
use projections::sessions::queries::{self as sessions, FlowRecord};
use sqlx::PgPool;

/// Flows by id, each in a published version or the newest. Made anew for each request.
pub struct FlowLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<(FlowId, Option<u32>)> for FlowLoader {
    type Value = Arc<FlowRow>;
    type Error = Arc<ProjectionError>;

    async fn load(
        &self,
        wanted: &[(FlowId, Option<u32>)],
    ) -> Result<HashMap<(FlowId, Option<u32>), Arc<FlowRow>>, Self::Error> {
        let found = flows::many(&self.pool, self.account, wanted).await.map_err(Arc::new)?;
        let found: Vec<_> = found.into_iter().map(Arc::new).collect();
        Ok(wanted.iter().filter_map(|key| Some((*key, pick(&found, *key)?.clone()))).collect())
    }
}

/// Rows don't say which wish they answer: the newest of a flow is the one with the highest version.
fn pick(rows: &[Arc<FlowRow>], (id, version): (FlowId, Option<u32>)) -> Option<&Arc<FlowRow>> {
    let of_flow = rows.iter().filter(|row| row.id == id);
    match version {
        Some(_) => of_flow.into_iter().find(|row| row.published_version == version),
        None => of_flow.max_by_key(|row| row.published_version),
    }
}

/// What sessions tell of flows. Made anew for each request.
pub struct FlowRecordLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<FlowId> for FlowRecordLoader {
    type Value = FlowRecord;
    type Error = Arc<ProjectionError>;

    async fn load(&self, ids: &[FlowId]) -> Result<HashMap<FlowId, FlowRecord>, Self::Error> {
        let records = sessions::flow_records(&self.pool, self.account, ids).await.map_err(Arc::new)?;
        Ok(records.into_iter().filter_map(|record| Some((record.flow?, record))).collect())
    }
}
