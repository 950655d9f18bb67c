//! Closed sessions by what they were about, and by how they were led.

use std::collections::BTreeMap;

use async_graphql::SimpleObject;
use domain::problem::ProblemDomain as Domain;
use domain::session::status::ConfidenceTier as Tier;
use projections::outcomes::Durations;
use projections::outcomes::queries::Totals;

use super::durations::{DurationStats, ratio};
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
    pub(super) fn of((domain, totals): (Domain, Totals), resolving: &BTreeMap<Domain, Durations>) -> Self {
        Self {
            problem_domain: ProblemDomain::from(domain),
            total: clamp_count(totals.closed),
            resolved: clamp_count(totals.resolved),
            escalated: clamp_count(totals.escalated),
            resolution_rate: ratio(totals.resolved, totals.closed),
            mttr: resolving.get(&domain).copied().unwrap_or_default().into(),
        }
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

impl From<(Tier, Totals)> for TierBreakdown {
    fn from((tier, totals): (Tier, Totals)) -> Self {
        Self {
            tier: ConfidenceTier::from(tier),
            sessions: clamp_count(totals.closed),
            resolved: clamp_count(totals.resolved),
            resolution_rate: ratio(totals.resolved, totals.closed),
        }
    }
}
