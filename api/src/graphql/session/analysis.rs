//! How far the analysis of a session is: what it teaches is found out after the fact.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Result};
use domain::id::{AccountId, SessionId};
use domain::session::status::SessionStatus;
use domain::session::view::SessionView;
use projections::error::ProjectionError;
use projections::proposals::{self, AnalysisRow};
use sqlx::PgPool;

use crate::graphql::request::{fresh, read_failed};
use crate::graphql::vocabulary::AnalysisStatus;

/// Of a resolved session; none of any other.
pub(super) async fn of(ctx: &Context<'_>, view: &SessionView) -> Result<Option<AnalysisStatus>> {
    if view.status != SessionStatus::Resolved {
        return Ok(None);
    }
    fresh(ctx, &[proposals::NAME]).await?;
    let found = ctx.data::<DataLoader<AnalysisLoader>>()?.load_one(view.id).await;
    let found = found.map_err(|error| read_failed(&*error))?;
    // One that is not there yet is queued.
    Ok(Some(found.map_or(AnalysisStatus::Pending, |row| row.status.into())))
}

impl From<proposals::AnalysisStatus> for AnalysisStatus {
    fn from(status: proposals::AnalysisStatus) -> Self {
        match status {
            proposals::AnalysisStatus::Pending => Self::Pending,
            proposals::AnalysisStatus::Completed => Self::Completed,
            proposals::AnalysisStatus::Failed => Self::Failed,
            proposals::AnalysisStatus::Deferred => Self::Deferred,
        }
    }
}

/// Loads the analyses of the sessions that one request shows, at once.
pub struct AnalysisLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<SessionId> for AnalysisLoader {
    type Value = AnalysisRow;
    type Error = Arc<ProjectionError>;

    async fn load(&self, ids: &[SessionId]) -> Result<HashMap<SessionId, AnalysisRow>, Self::Error> {
        let found = proposals::of_sessions(&self.pool, self.account, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|row| (row.session, row)).collect())
    }
}
