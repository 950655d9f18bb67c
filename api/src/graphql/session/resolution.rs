//! How a session was solved.

use async_graphql::{Context, Object, Result};
use domain::session::view::ResolutionView;

use crate::graphql::account::User;

/// How a session was solved.
pub struct Resolution(pub(super) ResolutionView);

/// How a session was solved.
#[Object]
impl Resolution {
    /// What it was and what helped.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// What was done.
    async fn action(&self) -> Option<&str> {
        self.0.action.as_deref()
    }

    /// By whom.
    async fn resolved_by(&self, ctx: &Context<'_>) -> Result<User> {
        User::named(ctx, self.0.resolved_by).await
    }
}
