//! Closed sessions by the team that they were in, and by who handled them last.

use std::cmp::Reverse;

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use domain::id::{TeamId, UserId};
use projections::outcomes::Durations;
use projections::outcomes::queries::Totals;

use super::durations::{DurationStats, ratio};
use crate::graphql::account::{Team, User};
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
    /// How long resolving took. Exact up to 256 sessions where all those listed beside are at most 4,096; beyond, the percentiles
    /// are within one percent.
    mttr: DurationStats,
    /// The average rating.
    average_rating: Option<f64>,
}

/// Closed sessions of a team.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TeamBreakdown {
    #[graphql(skip)]
    id: TeamId,
    /// Its sessions.
    sessions: ClosedSessions,
}

#[ComplexObject]
impl TeamBreakdown {
    /// The team; null as long as it is not known here.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        Team::named(ctx, self.id).await
    }
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
    /// The busiest first.
    pub(super) fn all(found: Vec<(TeamId, Totals, Durations)>) -> Vec<Self> {
        busiest(found).into_iter().map(|(id, sessions)| Self { id, sessions }).collect()
    }
}

impl HandlerBreakdown {
    /// The busiest first.
    pub(super) fn all(found: Vec<(UserId, Totals, Durations)>) -> Vec<Self> {
        busiest(found).into_iter().map(|(id, sessions)| Self { id, sessions }).collect()
    }
}

fn busiest<Id>(mut found: Vec<(Id, Totals, Durations)>) -> Vec<(Id, ClosedSessions)> {
    found.sort_by_key(|(_, totals, _)| Reverse(totals.closed));
    found.truncate(usize::try_from(MOST_LISTED).unwrap_or(0));
    let of = |(id, totals, mttr): (Id, Totals, Durations)| {
        let sessions = ClosedSessions {
            total: clamp_count(totals.closed),
            resolved: clamp_count(totals.resolved),
            escalated: clamp_count(totals.escalated),
            resolution_rate: ratio(totals.resolved, totals.closed),
            mttr: mttr.into(),
            average_rating: ratio(totals.ratings, totals.rated),
        };
        (id, sessions)
    };
    found.into_iter().map(of).collect()
}
