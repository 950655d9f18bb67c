//! Analytics of an account: what became of its sessions, how long they took, and where knowledge is missing.

pub mod breakdown;
pub mod coverage;
pub mod durations;
mod scope;
pub mod trend;

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use projections::outcomes::Measure;
use projections::outcomes::queries::{self, Totals};

use super::limits::list_cost;
use super::request::read_failed;
use super::scalar::{Position, clamp_count};
use super::vocabulary::{Period, ProblemDomain};
use breakdown::{DomainBreakdown, TierBreakdown};
use coverage::KnowledgeCoverage;
use durations::{DurationStats, ratio};
use scope::Scope;
use trend::{LONGEST_TREND, MttrPoint};

/// The part of the query root that shows analytics.
#[derive(Default)]
pub struct DashboardQueries;

#[Object]
impl DashboardQueries {
    /// What became of the sessions of a period. For everybody but engineers.
    async fn dashboard(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(Period::Last30Days)")] period: Option<Period>,
    ) -> Result<Dashboard> {
        let scope = Scope::of(ctx, period.unwrap_or(Period::Last30Days)).await?;
        Dashboard::of(scope).await
    }

    /// How long resolving took, day by day for up to 90 days, week by week beyond. For everybody but engineers.
    #[graphql(complexity = "list_cost(Some(LONGEST_TREND), child_complexity)")]
    async fn mttr_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(Period::Last90Days)")] period: Option<Period>,
        problem_domain: Option<ProblemDomain>,
    ) -> Result<Vec<MttrPoint>> {
        let scope = Scope::of(ctx, period.unwrap_or(Period::Last90Days)).await?;
        MttrPoint::trend(&scope, problem_domain.map(Into::into)).await
    }
}

/// What became of the sessions of a period: of those that were started in it totalSessions and openSessions tell, everything
/// else of those that were closed in it, by their last close. Rates are shares of closed sessions.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Dashboard {
    /// The period.
    period: Period,
    /// Where in the event log these figures stand.
    position: Position,
    /// Sessions that were started.
    total_sessions: i32,
    /// Of those, the ones that are not closed by now.
    open_sessions: i32,
    /// Closed sessions that were resolved.
    resolved_sessions: i32,
    /// Closed sessions for which escalation was ever requested.
    escalated_sessions: i32,
    /// Closed sessions that were given up.
    abandoned_sessions: i32,
    /// Closed sessions that had been opened again before.
    reopened_sessions: i32,
    /// The share of closed sessions that were resolved; null if none was closed.
    resolution_rate: Option<f64>,
    /// Assistant steps of resolved sessions, on average.
    average_steps_to_resolution: Option<f64>,
    /// The average rating of closed sessions.
    average_rating: Option<f64>,
    #[graphql(skip)]
    scope: Scope,
}

impl Dashboard {
    async fn of(scope: Scope) -> Result<Self> {
        let totals = scope.totals(scope.span).await?;
        Ok(Self {
            period: scope.period,
            position: scope.position.into(),
            total_sessions: clamp_count(totals.started),
            open_sessions: clamp_count(totals.open),
            resolved_sessions: clamp_count(totals.resolved),
            escalated_sessions: clamp_count(totals.escalated),
            abandoned_sessions: clamp_count(totals.abandoned),
            reopened_sessions: clamp_count(totals.reopened),
            resolution_rate: ratio(totals.resolved, totals.closed),
            average_steps_to_resolution: ratio(totals.steps, totals.resolved),
            average_rating: ratio(totals.ratings, totals.rated),
            scope,
        })
    }
}

#[ComplexObject]
impl Dashboard {
    /// From start to the last resolution, of resolved sessions.
    async fn mttr(&self) -> Result<DurationStats> {
        self.scope.durations(Measure::Resolve).await
    }

    /// From start to close, however it was closed.
    async fn session_duration(&self) -> Result<DurationStats> {
        self.scope.durations(Measure::Duration).await
    }

    /// The time to resolve without the spans in which a session was paused, or closed before it was opened again.
    async fn active_time(&self) -> Result<DurationStats> {
        self.scope.durations(Measure::Active).await
    }

    /// What of the time to resolve fell into the account's business hours; of no session if it has said none.
    async fn business_time(&self) -> Result<DurationStats> {
        self.scope.durations(Measure::Business).await
    }

    /// How long the first escalation of a session that was picked up had waited.
    async fn time_to_pick_up(&self) -> Result<DurationStats> {
        self.scope.durations(Measure::PickUp).await
    }

    /// As many days, right before.
    async fn previous(&self) -> Result<PreviousPeriod> {
        let span = self.scope.span.previous();
        let totals = self.scope.totals(span).await?;
        let mttr = queries::durations(&self.scope.pool, self.scope.account, span, Measure::Resolve).await;
        Ok(PreviousPeriod::of(totals, mttr.map_err(|error| read_failed(&error))?.mean))
    }

    /// How long resolving took, day by day for up to 90 days, week by week beyond.
    #[graphql(complexity = "list_cost(Some(LONGEST_TREND), child_complexity)")]
    async fn mttr_trend(&self) -> Result<Vec<MttrPoint>> {
        MttrPoint::trend(&self.scope, None).await
    }

    /// Closed sessions by their domain; sessions that were not classified are left out.
    #[graphql(complexity = "list_cost(Some(12), child_complexity)")]
    async fn by_domain(&self) -> Result<Vec<DomainBreakdown>> {
        DomainBreakdown::all(&self.scope).await
    }

    /// Closed sessions by their tier at close.
    #[graphql(complexity = "list_cost(Some(3), child_complexity)")]
    async fn by_tier(&self) -> Result<Vec<TierBreakdown>> {
        TierBreakdown::all(&self.scope).await
    }

    /// How well the knowledge base covers what came in.
    async fn coverage(&self, ctx: &Context<'_>) -> Result<KnowledgeCoverage> {
        KnowledgeCoverage::of(ctx, &self.scope).await
    }

    /// What was delivered to a PSA; null as long as nothing is.
    async fn psa(&self) -> Option<PsaMetrics> {
        None
    }
}

/// The same figures of the days before.
#[derive(SimpleObject)]
pub struct PreviousPeriod {
    /// Sessions that were started.
    total_sessions: i32,
    /// The share of closed sessions that were resolved.
    resolution_rate: Option<f64>,
    /// From start to resolution, on average.
    mttr_mean: Option<f64>,
    /// The average rating.
    average_rating: Option<f64>,
    /// The share of sessions with a ticket of a PSA; null as long as nothing is delivered to one.
    ticket_link_rate: Option<f64>,
}

impl PreviousPeriod {
    fn of(totals: Totals, mttr_mean: Option<f64>) -> Self {
        Self {
            total_sessions: clamp_count(totals.started),
            resolution_rate: ratio(totals.resolved, totals.closed),
            mttr_mean,
            average_rating: ratio(totals.ratings, totals.rated),
            ticket_link_rate: None,
        }
    }
}

/// What was delivered to a PSA.
#[derive(SimpleObject)]
pub struct PsaMetrics {
    /// The share of sessions with a ticket.
    ticket_link_rate: Option<f64>,
    /// The share of deliveries that succeeded at once.
    first_try_success_rate: Option<f64>,
    /// The share of deliveries that succeeded in the end.
    eventual_success_rate: Option<f64>,
    /// Time entries.
    time_entries: i32,
    /// Hours in them.
    hours_logged: f64,
}
