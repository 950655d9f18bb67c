//! Loads the sessions that one request names by id, at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use domain::access::Caller;
use domain::id::{AccountId, SessionId};
use domain::session::view::SessionView;
use projections::error::ProjectionError;
use projections::sessions::queries;
use sqlx::PgPool;

/// Loads those that the caller may see. Made anew for each request.
pub struct SessionLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
    /// Who asks.
    pub caller: Caller,
}

impl Loader<SessionId> for SessionLoader {
    type Value = Arc<SessionView>;
    type Error = Arc<ProjectionError>;

    async fn load(&self, ids: &[SessionId]) -> Result<HashMap<SessionId, Arc<SessionView>>, Self::Error> {
        let found = queries::several(&self.pool, self.account, &self.caller, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, Arc::new(view))).collect())
    }
}

/// Loads those whose words a request's events hold: they tell what is masked, and nothing else is to be taken from them. Made anew
/// for each request.
pub struct MaskLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<SessionId> for MaskLoader {
    type Value = Arc<SessionView>;
    type Error = Arc<ProjectionError>;

    async fn load(&self, ids: &[SessionId]) -> Result<HashMap<SessionId, Arc<SessionView>>, Self::Error> {
        let found = queries::whoever_asks(&self.pool, self.account, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, Arc::new(view))).collect())
    }
}
