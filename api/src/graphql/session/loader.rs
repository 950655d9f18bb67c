//! Loads the sessions that one request names by id, at once, and only those that the caller may see.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use domain::access::Caller;
use domain::id::{AccountId, SessionId};
use domain::session::view::SessionView;
use projections::error::ProjectionError;
use projections::sessions::queries;
use sqlx::PgPool;

/// Made anew for each request.
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
