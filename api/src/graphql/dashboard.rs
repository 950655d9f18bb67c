//! Analytics of an account: what became of its sessions, how long they took, and where knowledge is missing.

pub mod breakdown;
pub mod coverage;
pub mod durations;
pub mod people;
mod scope;
pub mod trend;

use std::collections::BTreeMap;

use async_graphql::{ComplexObject, Context, Lookahead, Object, Result, SimpleObject};
use domain::problem::ProblemDomain as Domain;
use projections::error::ProjectionError;
use projections::outcomes::Measure;
use projections::outcomes::queries::{Reading, Totals};

use super::limits::list_cost;
use super::request::read_failed;
use super::scalar::{Position, clamp_count};
use super::vocabulary::{Period, ProblemDomain};
use breakdown::{DomainBreakdown, TierBreakdown};
use coverage::KnowledgeCoverage;
use durations::{DurationStats, ratio};
use people::{HandlerBreakdown, MOST_LISTED, TeamBreakdown};
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
        let (scope, reading) = Scope::of(ctx, period.unwrap_or(Period::Last30Days)).await?;
        let read = Dashboard::read(scope, reading, &ctx.look_ahead()).await;
        read.map_err(|error| read_failed(&error))
    }

    /// How long resolving took, day by day for up to 90 days, week by week beyond. For everybody but engineers.
    #[graphql(complexity = "list_cost(Some(LONGEST_TREND), child_complexity)")]
    async fn mttr_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(Period::Last90Days)")] period: Option<Period>,
        problem_domain: Option<ProblemDomain>,
    ) -> Result<Vec<MttrPoint>> {
        let (scope, mut reading) = Scope::of(ctx, period.unwrap_or(Period::Last90Days)).await?;
        let trend = MttrPoint::trend(&scope, &mut reading, problem_domain.map(Into::into)).await;
        trend.map_err(|error| read_failed(&error))
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
    /// From start to the last resolution, of resolved sessions.
    mttr: DurationStats,
    /// From start to close, however it was closed.
    session_duration: DurationStats,
    /// The time to resolve without the spans in which a session was paused, or closed before it was opened again.
    active_time: DurationStats,
    /// What of the time to resolve fell into the account's business hours; of no session if it has said none.
    business_time: DurationStats,
    /// How long the first escalation of a session that was picked up had waited.
    time_to_pick_up: DurationStats,
    /// As many days, right before.
    previous: PreviousPeriod,
    /// How long resolving took, day by day for up to 90 days, week by week beyond.
    #[graphql(complexity = "list_cost(Some(LONGEST_TREND), child_complexity)")]
    mttr_trend: Vec<MttrPoint>,
    /// Closed sessions by their domain; sessions that were not classified are left out.
    #[graphql(complexity = "list_cost(Some(12), child_complexity)")]
    by_domain: Vec<DomainBreakdown>,
    /// Closed sessions by their tier at close.
    #[graphql(complexity = "list_cost(Some(3), child_complexity)")]
    by_tier: Vec<TierBreakdown>,
    /// Closed sessions by their team, the busiest first; sessions without a team are left out.
    #[graphql(complexity = "list_cost(Some(MOST_LISTED), child_complexity)")]
    by_team: Vec<TeamBreakdown>,
    /// Closed sessions by who handled them last, the busiest first.
    #[graphql(complexity = "list_cost(Some(MOST_LISTED), child_complexity)")]
    by_handler: Vec<HandlerBreakdown>,
    #[graphql(skip)]
    closed: Vec<(Domain, Totals)>,
    #[graphql(skip)]
    scope: Scope,
}

impl Dashboard {
    /// Reads what is selected, all of it at one moment; what is not selected is left empty.
    async fn read(
        scope: Scope,
        mut reading: Reading,
        selected: &Lookahead<'_>,
    ) -> std::result::Result<Self, ProjectionError> {
        let (span, is_selected) = (scope.span, |field: &str| selected.field(field).exists());
        let totals = reading.totals(span).await?;
        let [mttr, session_duration, active_time, business_time, time_to_pick_up] =
            durations(&mut reading, &scope, selected).await?;
        let previous =
            if is_selected("previous") { reading.totals(span.previous()).await? } else { Totals::default() };
        let mttr_trend = if is_selected("mttrTrend") {
            MttrPoint::trend(&scope, &mut reading, None).await?
        } else {
            Vec::new()
        };
        let closed = if is_selected("byDomain") || is_selected("coverage") {
            reading.by_domain(span).await?
        } else {
            Vec::new()
        };
        let resolving = if selected.field("byDomain").field("mttr").exists() {
            reading.resolving_by_domain(span).await?
        } else {
            BTreeMap::new()
        };
        let teams = if is_selected("byTeam") { reading.by_team(span).await? } else { Vec::new() };
        let handlers = if is_selected("byHandler") { reading.by_handler(span).await? } else { Vec::new() };
        let tiers = if is_selected("byTier") { reading.by_tier(span).await? } else { Vec::new() };
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
            mttr,
            session_duration,
            active_time,
            business_time,
            time_to_pick_up,
            previous: previous.into(),
            mttr_trend,
            by_domain: closed.iter().map(|it| DomainBreakdown::of(*it, &resolving)).collect(),
            by_tier: tiers.into_iter().map(Into::into).collect(),
            by_team: TeamBreakdown::all(teams),
            by_handler: HandlerBreakdown::all(handlers),
            closed,
            scope,
        })
    }
}

/// The durations that are selected, in the order of the fields.
async fn durations(
    reading: &mut Reading,
    scope: &Scope,
    selected: &Lookahead<'_>,
) -> std::result::Result<[DurationStats; 5], ProjectionError> {
    let fields = [
        ("mttr", Measure::Resolve),
        ("sessionDuration", Measure::Duration),
        ("activeTime", Measure::Active),
        ("businessTime", Measure::Business),
        ("timeToPickUp", Measure::PickUp),
    ];
    let wanted = fields.map(|(field, measure)| selected.field(field).exists().then_some(measure));
    let measures: Vec<Measure> = wanted.into_iter().flatten().collect();
    let mut read =
        if measures.is_empty() { Vec::new() } else { reading.durations(scope.span, &measures).await? }
            .into_iter();
    Ok(wanted.map(|wanted| wanted.and_then(|_| read.next()).unwrap_or_default().into()))
}

#[ComplexObject]
impl Dashboard {
    /// How well the knowledge base covers what came in.
    async fn coverage(&self, ctx: &Context<'_>) -> Result<KnowledgeCoverage> {
        KnowledgeCoverage::of(ctx, &self.scope, &self.closed).await
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

impl From<Totals> for PreviousPeriod {
    fn from(totals: Totals) -> Self {
        Self {
            total_sessions: clamp_count(totals.started),
            resolution_rate: ratio(totals.resolved, totals.closed),
            mttr_mean: totals.mean_resolve_seconds(),
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
