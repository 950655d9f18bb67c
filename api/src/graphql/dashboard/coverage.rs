//! How well the knowledge base covers what came in, domain by domain.

use async_graphql::{Context, Result, SimpleObject};
use domain::coverage::Coverage;
use domain::local_days::midnight;
use domain::problem::ProblemDomain as Domain;
use projections::flows;
use projections::flows::counts::{self, Offered};
use projections::outcomes::queries::Totals;
use projections::proposals::{self, stats};

use super::durations::ratio;
use super::scope::Scope;
use crate::graphql::request::{fresh, read_failed};
use crate::graphql::scalar::clamp_count;
use crate::graphql::vocabulary::{ProblemDomain, Severity};

/// The knowledge base, and what came in.
#[derive(SimpleObject)]
pub struct KnowledgeCoverage {
    /// Published flows.
    total_flows: i32,
    /// Of those, the ones that the flywheel made.
    ai_generated_flows: i32,
    /// Proposals that wait for a review.
    pending_proposals: i32,
    /// Proposals that were approved in the period, as they were or after they were modified.
    approved_in_period: i32,
    /// Proposals that were rejected in the period.
    rejected_in_period: i32,
    /// Every domain that has a published flow, or a session that was closed in the period.
    by_domain: Vec<DomainCoverage>,
}

/// How well a domain is covered.
#[derive(SimpleObject)]
pub struct DomainCoverage {
    /// The domain.
    problem_domain: ProblemDomain,
    /// Published flows.
    flow_count: i32,
    /// Sessions that were closed in the period.
    session_count: i32,
    /// The share of those that were GUIDED at close; null if there were none.
    guided_rate: Option<f64>,
    /// How much the gap matters. Null where half of the sessions were guided, or fewer than five were closed. The graver, the
    /// more of this holds: many sessions (20 or more), few flows (none, or one for more than ten sessions), few guided (less
    /// than a fifth).
    severity: Option<Severity>,
    /// Why it matters so much.
    explanation: Option<String>,
}

impl KnowledgeCoverage {
    pub(super) async fn of(ctx: &Context<'_>, scope: &Scope, closed: &[(Domain, Totals)]) -> Result<Self> {
        fresh(ctx, &[flows::NAME, proposals::NAME]).await?;
        let offered =
            counts::offered(&scope.pool, scope.account).await.map_err(|error| read_failed(&error))?;
        let began = midnight(scope.zone, scope.span.first);
        let proposed =
            stats::of(&scope.pool, scope.account, began).await.map_err(|error| read_failed(&error))?;
        let sum = |count: fn(&Offered) -> i64| clamp_count(offered.iter().map(count).sum::<i64>());
        Ok(Self {
            total_flows: sum(|it| it.flows),
            ai_generated_flows: sum(|it| it.generated),
            pending_proposals: clamp_count(proposed.pending),
            approved_in_period: clamp_count(proposed.approved + proposed.modified),
            rejected_in_period: clamp_count(proposed.rejected),
            by_domain: Domain::ALL
                .iter()
                .filter_map(|domain| DomainCoverage::of(*domain, &offered, closed))
                .collect(),
        })
    }
}

impl DomainCoverage {
    fn of(domain: Domain, offered: &[Offered], closed: &[(Domain, Totals)]) -> Option<Self> {
        let flows = offered.iter().find(|it| it.domain == Some(domain)).map(|it| it.flows);
        let totals = closed.iter().find(|it| it.0 == domain).map(|it| it.1);
        if flows.is_none() && totals.is_none() {
            return None;
        }
        let totals = totals.unwrap_or_default();
        let coverage = Coverage { flows: flows.unwrap_or(0), sessions: totals.closed, guided: totals.guided };
        Some(Self {
            problem_domain: domain.into(),
            flow_count: clamp_count(coverage.flows),
            session_count: clamp_count(coverage.sessions),
            guided_rate: ratio(coverage.guided, coverage.sessions),
            severity: coverage.severity().map(Into::into),
            explanation: coverage.explanation(),
        })
    }
}
