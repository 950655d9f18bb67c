//! Whose analytics of which days: what every figure of a request is read by.

use async_graphql::{Context, Result};
use chrono_tz::Tz;
use domain::id::AccountId;
use domain::local_days::DaySpan;
use domain::recorded_event::Position;
use projections::checkpoint;
use projections::outcomes::queries::{self, Totals};
use projections::outcomes::{self, Measure};
use sqlx::PgPool;

use super::durations::DurationStats;
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
    /// The caller's account, if their role reads analytics, and the days of a period that ends today.
    pub(super) async fn of(ctx: &Context<'_>, period: Period) -> Result<Self> {
        let me = identity(ctx)?;
        if !me.caller.role.reads_analytics() {
            return Err(Code::Forbidden.error("Analytics are for team admins, analysts and owners."));
        }
        fresh(ctx, &[outcomes::NAME]).await?;
        let (pool, account) = (pool(ctx)?.clone(), me.account);
        let position = checkpoint::of(&pool, outcomes::NAME).await.map_err(|error| read_failed(&error))?;
        let zone = queries::time_zone(&pool, account).await.map_err(|error| read_failed(&error))?;
        let today = clock(ctx)?.now().with_timezone(&zone).date_naive();
        let span = DaySpan::ending(today, period.days().unsigned_abs());
        Ok(Self { pool, account, zone, period, span, position: position.unwrap_or_default() })
    }

    /// What a span adds up to.
    pub(super) async fn totals(&self, span: DaySpan) -> Result<Totals> {
        queries::totals(&self.pool, self.account, span).await.map_err(|error| read_failed(&error))
    }

    /// How long it took.
    pub(super) async fn durations(&self, measure: Measure) -> Result<DurationStats> {
        let figures = queries::durations(&self.pool, self.account, self.span, measure).await;
        Ok(figures.map_err(|error| read_failed(&error))?.into())
    }
}
