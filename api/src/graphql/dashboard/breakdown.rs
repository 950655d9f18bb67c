//! Closed sessions by what they were about, and by how they were led.

use async_graphql::{Result, SimpleObject};
use projections::outcomes::queries;

use super::durations::{DurationStats, ratio};
use super::scope::Scope;
use crate::graphql::request::read_failed;
use crate::graphql::scalar::clamp_count;
use crate::graphql::vocabulary::{ConfidenceTier, ProblemDomain};

/// Closed sessions of a domain.
#[derive(SimpleObject)]
pub struct DomainBreakdown {
    /// The domain.
    problem_domain: ProblemDomain,
    /// All of them.
    total: i32,
    /// Resolved ones.
    resolved: i32,
    /// Those for which escalation was ever requested.
    escalated: i32,
    /// The share that was resolved.
    resolution_rate: Option<f64>,
    /// How long resolving took.
    mttr: DurationStats,
}

impl DomainBreakdown {
    /// Of every domain that a session was closed in.
    pub(super) async fn all(scope: &Scope) -> Result<Vec<Self>> {
        let (pool, account, span) = (&scope.pool, scope.account, scope.span);
        let totals = queries::by_domain(pool, account, span).await.map_err(|error| read_failed(&error))?;
        let resolving = queries::resolving_by_domain(pool, account, span).await;
        let resolving = resolving.map_err(|error| read_failed(&error))?;
        let of = |(domain, totals): (_, queries::Totals)| Self {
            problem_domain: ProblemDomain::from(domain),
            total: clamp_count(totals.closed),
            resolved: clamp_count(totals.resolved),
            escalated: clamp_count(totals.escalated),
            resolution_rate: ratio(totals.resolved, totals.closed),
            mttr: resolving.get(&domain).copied().unwrap_or_default().into(),
        };
        Ok(totals.into_iter().map(of).collect())
    }
}

/// Closed sessions of a tier.
#[derive(SimpleObject)]
pub struct TierBreakdown {
    /// The tier at close.
    tier: ConfidenceTier,
    /// All of them.
    sessions: i32,
    /// Resolved ones.
    resolved: i32,
    /// The share that was resolved.
    resolution_rate: Option<f64>,
}

impl TierBreakdown {
    /// Of every tier that a session was closed in.
    pub(super) async fn all(scope: &Scope) -> Result<Vec<Self>> {
        let totals = queries::by_tier(&scope.pool, scope.account, scope.span).await;
        let of = |(tier, totals): (_, queries::Totals)| Self {
            tier: ConfidenceTier::from(tier),
            sessions: clamp_count(totals.closed),
            resolved: clamp_count(totals.resolved),
            resolution_rate: ratio(totals.resolved, totals.closed),
        };
        Ok(totals.map_err(|error| read_failed(&error))?.into_iter().map(of).collect())
    }
}
