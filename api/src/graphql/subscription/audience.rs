//! Who listens, and whether they still may: roles and teams can change while a stream is open.

use async_graphql::{Context, Result};
use domain::access::Caller;
use domain::id::{AccountId, UserId};
use domain::session::status::SessionStatus;
use domain::session::view::SessionView;
use projections::accounts;
use projections::error::ProjectionError;
use sqlx::PgPool;

use crate::graphql::request::{identity, pool};

/// The listener of a stream about one session.
pub(super) struct Audience {
    pool: PgPool,
    /// Their account.
    pub(super) account: AccountId,
    /// Who they are, as last read.
    pub(super) caller: Caller,
    /// Where the session stood when it was last found visible.
    seen: Option<(SessionStatus, UserId)>,
}

impl Audience {
    /// Whoever sent the request.
    pub(super) fn of(ctx: &Context<'_>) -> Result<Self> {
        let me = identity(ctx)?;
        Ok(Self { pool: pool(ctx)?.clone(), account: me.account, caller: me.caller.clone(), seen: None })
    }

    /// Whether they may see the session as it stands now. Asked anew, of the members too, whenever its status or its
    /// handler changed.
    pub(super) async fn still_sees(&mut self, session: &SessionView) -> Result<bool, ProjectionError> {
        let stands = (session.status, session.handler);
        if self.seen.is_some() && self.seen != Some(stands) && !self.is_still_there().await? {
            return Ok(false);
        }
        self.seen = Some(stands);
        Ok(session.visible_to(&self.caller))
    }

    /// Whether they are an active member still; reads their role and teams anew.
    pub(super) async fn is_still_there(&mut self) -> Result<bool, ProjectionError> {
        let found = accounts::members_by_id(&self.pool, self.account, &[self.caller.user]).await?;
        let Some(member) = found.iter().find(|member| member.active) else { return Ok(false) };
        self.caller = member.caller();
        Ok(true)
    }
}
