//! Loads the proposals that one request shows, at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use domain::id::{AccountId, ProposalId};
use projections::error::ProjectionError;
use projections::proposals::queries::{self, ProposalRow};
use sqlx::PgPool;

/// Proposals by id. Made anew for each request.
pub struct ProposalLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<ProposalId> for ProposalLoader {
    type Value = Arc<ProposalRow>;
    type Error = Arc<ProjectionError>;

    async fn load(&self, ids: &[ProposalId]) -> Result<HashMap<ProposalId, Arc<ProposalRow>>, Self::Error> {
        let found = queries::many(&self.pool, self.account, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|row| (row.id, Arc::new(row))).collect())
    }
}
