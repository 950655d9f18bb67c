//! Whose analytics of which days: what every figure of a request is read by.

use async_graphql::{Context, Result};
use chrono_tz::Tz;
use domain::id::AccountId;
use domain::local_days::DaySpan;
use domain::recorded_event::Position;
use projections::checkpoint;
use projections::outcomes;
use projections::outcomes::queries::Reading;
use sqlx::PgPool;

use crate::graphql::error::Code;
use crate::graphql::request::{clock, fresh, identity, pool, read_failed};
use crate::graphql::vocabulary::Period;

/// An account and a span of its local days.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) pool: PgPool,
    pub(super) account: AccountId,
    pub(super) zone: Tz,
    pub(super) period: Period,
    pub(super) span: DaySpan,
    /// How far the outcomes had come at least when the figures were read.
    pub(super) position: Position,
}

impl Scope {
    /// The caller's account, if their role reads analytics, and the days of a period that ends today; and its analytics.
    pub(super) async fn of(ctx: &Context<'_>, period: Period) -> Result<(Self, Reading)> {
        let me = identity(ctx)?;
        if !me.caller.role.reads_analytics() {
            return Err(Code::Forbidden.error("Analytics are for team admins, analysts and owners."));
        }
        fresh(ctx, &[outcomes::NAME]).await?;
        let (pool, account) = (pool(ctx)?.clone(), me.account);
        let position = checkpoint::of(&pool, outcomes::NAME).await.map_err(|error| read_failed(&error))?;
        let reading = Reading::begin(&pool, account).await.map_err(|error| read_failed(&error))?;
        let zone = reading.zone();
        let today = clock(ctx)?.now().with_timezone(&zone).date_naive();
        let span = DaySpan::ending(today, period.days().unsigned_abs());
        let position = position.unwrap_or_default();
        Ok((Self { pool, account, zone, period, span, position }, reading))
    }
}
