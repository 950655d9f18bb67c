//! Closed sessions by the team that they were in, and by who handled them last.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use domain::id::UserId;
use projections::accounts;
use projections::error::ProjectionError;
use projections::outcomes::queries::{Reading, Totals};

use super::durations::ratio;
use super::scope::Scope;
use crate::graphql::account::{Team, User};
use crate::graphql::request::{fresh, read_failed};
use crate::graphql::scalar::clamp_count;

/// At most so many teams or people are listed.
pub(super) const MOST_LISTED: i32 = 100;

/// What closed sessions add up to.
#[derive(SimpleObject)]
pub struct ClosedSessions {
    /// All of them.
    total: i32,
    /// Resolved ones.
    resolved: i32,
    /// Those for which escalation was ever requested.
    escalated: i32,
    /// The share that was resolved; null if none was closed.
    resolution_rate: Option<f64>,
    /// Seconds from start to resolution, on average.
    mttr_mean: Option<f64>,
    /// The average rating.
    average_rating: Option<f64>,
}

impl From<Totals> for ClosedSessions {
    fn from(totals: Totals) -> Self {
        Self {
            total: clamp_count(totals.closed),
            resolved: clamp_count(totals.resolved),
            escalated: clamp_count(totals.escalated),
            resolution_rate: ratio(totals.resolved, totals.closed),
            mttr_mean: totals.mean_resolve_seconds(),
            average_rating: ratio(totals.ratings, totals.rated),
        }
    }
}

/// Closed sessions of a team.
#[derive(SimpleObject)]
pub struct TeamBreakdown {
    /// The team.
    team: Team,
    /// Its sessions.
    sessions: ClosedSessions,
}

/// Closed sessions of somebody.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct HandlerBreakdown {
    #[graphql(skip)]
    id: UserId,
    /// The sessions that they handled last.
    sessions: ClosedSessions,
}

#[ComplexObject]
impl HandlerBreakdown {
    /// Who.
    async fn handler(&self, ctx: &Context<'_>) -> Result<User> {
        User::named(ctx, self.id).await
    }
}

impl TeamBreakdown {
    /// Of every team that a session was closed in.
    pub(super) async fn all(ctx: &Context<'_>, scope: &Scope) -> Result<Vec<Self>> {
        fresh(ctx, &[accounts::NAME]).await?;
        let read = async {
            let teams = accounts::teams(&scope.pool, scope.account).await?;
            let ids: Vec<_> = teams.iter().map(|team| team.id).collect();
            let closed = Reading::begin(&scope.pool, scope.account).await?.by_team(scope.span, &ids).await?;
            Ok::<_, ProjectionError>((teams, closed))
        };
        let (teams, closed) = read.await.map_err(|error| read_failed(&error))?;
        let found = teams.into_iter().filter_map(|team| closed.get(&team.id).map(|it| (*it, team)));
        let of = |(totals, team): (Totals, _)| Self { team: Team::from(team), sessions: totals.into() };
        Ok(busiest(found.collect()).into_iter().map(of).collect())
    }
}

impl HandlerBreakdown {
    /// Of everybody who closed a session.
    pub(super) async fn all(ctx: &Context<'_>, scope: &Scope) -> Result<Vec<Self>> {
        fresh(ctx, &[accounts::NAME]).await?;
        let read: Result<_, ProjectionError> = async {
            let members = accounts::members(&scope.pool, scope.account).await?;
            let ids: Vec<_> = members.iter().map(|member| member.id).collect();
            Reading::begin(&scope.pool, scope.account).await?.by_handler(scope.span, &ids).await
        }
        .await;
        let closed = read.map_err(|error| read_failed(&error))?;
        let found = closed.into_iter().map(|(id, totals)| (totals, id));
        let of = |(totals, id): (Totals, _)| Self { id, sessions: totals.into() };
        Ok(busiest(found.collect()).into_iter().map(of).collect())
    }
}

fn busiest<T>(mut found: Vec<(Totals, T)>) -> Vec<(Totals, T)> {
    found.sort_by_key(|(totals, _)| std::cmp::Reverse(totals.closed));
    found.truncate(usize::try_from(MOST_LISTED).unwrap_or(0));
    found
}
