//! What the assistant costs an account, day by day.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use domain::session::step::Tokens;
use projections::usage::{self, Spent};
use projections::{accounts, usage as usage_projection};

use super::error::Code;
use super::request::{app, clock, fresh, identity, pool, read_failed};
use super::scalar::clamp_count;
use super::vocabulary::Period;
use crate::quota;

/// The part of the query root that shows usage.
#[derive(Default)]
pub struct UsageQueries;

#[Object]
impl UsageQueries {
    /// Calls and tokens of the account. For everybody but engineers.
    async fn usage(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(Period::Last30Days)")] period: Option<Period>,
    ) -> Result<Usage> {
        let me = identity(ctx)?;
        if !me.caller.role.reads_analytics() {
            return Err(Code::Forbidden.error("Usage is for team admins, analysts and owners."));
        }
        fresh(ctx, &[usage_projection::NAME, accounts::NAME]).await?;
        let period = period.unwrap_or(Period::Last30Days);
        let account = accounts::account(pool(ctx)?, me.account).await.map_err(|error| read_failed(&error))?;
        let zone = account.as_ref().and_then(|account| account.time_zone.parse().ok()).unwrap_or(Tz::UTC);
        let today = clock(ctx)?.now().with_timezone(&zone).date_naive();
        let first = today.checked_sub_days(Days::new(period.days().unsigned_abs() - 1)).unwrap_or(today);
        let spent =
            usage::days(pool(ctx)?, me.account, first, today).await.map_err(|error| read_failed(&error))?;
        let remaining = quota::remaining(app(ctx)?, me.account).await.map_err(|error| read_failed(&error))?;
        Ok(Usage::of(period, first, today, &spent, remaining))
    }
}

/// What the assistant cost in a period.
#[derive(SimpleObject)]
pub struct Usage {
    /// The period.
    period: Period,
    /// Calls to a model, failed and retried ones too; the playbook's don't count.
    assistant_calls: i32,
    /// Their tokens.
    tokens: TokenUsage,
    /// Day by day, oldest first, days without a call included.
    by_day: Vec<UsageDay>,
    /// Calls that the quota still allows today.
    remaining_today: i32,
}

/// One local day.
#[derive(SimpleObject)]
pub struct UsageDay {
    /// The day, as 2026-01-31.
    day: String,
    /// Calls to a model.
    assistant_calls: i32,
    /// Their tokens.
    tokens: TokenUsage,
}

/// Tokens read and written by a model.
#[derive(SimpleObject, Clone, Copy)]
pub struct TokenUsage {
    /// Read.
    input: i32,
    /// Written.
    output: i32,
}

impl From<Tokens> for TokenUsage {
    fn from(tokens: Tokens) -> Self {
        Self { input: clamp_count(tokens.input), output: clamp_count(tokens.output) }
    }
}

impl Usage {
    fn of(
        period: Period,
        first: NaiveDate,
        today: NaiveDate,
        spent: &[(NaiveDate, Spent)],
        remaining: u64,
    ) -> Self {
        let mut total = Spent::default();
        let by_day = first
            .iter_days()
            .take_while(|day| *day <= today)
            .map(|day| {
                let spent =
                    spent.iter().find(|(on, _)| *on == day).map(|(_, spent)| *spent).unwrap_or_default();
                total.add(spent);
                UsageDay {
                    day: day.to_string(),
                    assistant_calls: clamp_count(spent.calls),
                    tokens: spent.tokens.into(),
                }
            })
            .collect();
        Self {
            period,
            assistant_calls: clamp_count(total.calls),
            tokens: total.tokens.into(),
            by_day,
            remaining_today: clamp_count(remaining),
        }
    }
}
