//! Who listens, and whether they still may: roles and teams can change while a stream is open.

use std::sync::Arc;

use async_graphql::{Context, Result};
use chrono::{DateTime, Utc};
use domain::access::Caller;
use domain::id::{AccountId, UserId};
use domain::session::status::SessionStatus;
use domain::session::view::SessionView;
use projections::accounts;
use projections::error::ProjectionError;
use sqlx::PgPool;

use crate::auth::{AuthError, Gate, Identity};
use crate::graphql::request::{app, identity, pool};

/// The listener of a stream about one session.
pub(super) struct Audience {
    pool: PgPool,
    gate: Gate,
    /// Their account.
    pub(super) account: AccountId,
    /// Who they are, as last read.
    pub(super) caller: Caller,
    until: DateTime<Utc>,
    /// Where the session stood when it was last found visible.
    seen: Option<(SessionStatus, UserId)>,
}

impl Audience {
    /// Whoever sent the request.
    pub(super) fn of(ctx: &Context<'_>) -> Result<Self> {
        let me = identity(ctx)?;
        let (pool, gate) = (pool(ctx)?.clone(), app(ctx)?.gate.clone());
        Ok(Self { pool, gate, account: me.account, caller: me.caller.clone(), until: me.until, seen: None })
    }

    /// Whether they may see the session as it stands now. Members are asked anew whenever its status or its handler changed;
    /// otherwise what is known of them for a moment will do.
    pub(super) async fn still_sees(&mut self, session: &SessionView) -> Result<bool, AuthError> {
        let stands = (session.status, session.handler);
        let is_there = if self.seen.is_some() && self.seen != Some(stands) {
            self.is_still_there().await.map_err(Arc::new)?
        } else {
            self.is_known_still().await?
        };
        self.seen = Some(stands);
        Ok(is_there && session.visible_to(&self.caller))
    }

    async fn is_known_still(&mut self) -> Result<bool, AuthError> {
        let listener = Identity { account: self.account, caller: self.caller.clone(), until: self.until };
        let Some(known) = self.gate.again(&listener).await? else { return Ok(false) };
        self.caller = known.caller;
        Ok(true)
    }

    /// Whether they are an active member still; reads their role and teams anew.
    pub(super) async fn is_still_there(&mut self) -> Result<bool, ProjectionError> {
        let found = accounts::members_by_id(&self.pool, self.account, &[self.caller.user]).await?;
        let Some(member) = found.iter().find(|member| member.active) else { return Ok(false) };
        self.caller = member.caller();
        Ok(true)
    }
}
