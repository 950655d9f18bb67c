//! The review queue in numbers.

use async_graphql::SimpleObject;
use projections::proposals::stats::ProposalStats as Counted;

use crate::graphql::scalar::clamp_count;
use crate::graphql::vocabulary::ProblemDomain;

/// The review queue in numbers. Weeks begin on Monday, in the account's time zone.
#[derive(SimpleObject)]
pub struct ProposalStats {
    /// Waiting for a decision; stale ones are not counted.
    pending: i32,
    /// Approved since Monday.
    approved_this_week: i32,
    /// Edited and published since Monday.
    modified_this_week: i32,
    /// Rejected since Monday.
    rejected_this_week: i32,
    /// Dismissed since Monday, and not back yet.
    dismissed_this_week: i32,
    /// Paths that held since Monday.
    reinforced_this_week: i32,
    /// The five areas with most that waits.
    top_domains: Vec<DomainCount>,
}

/// How much of an area.
#[derive(SimpleObject)]
pub struct DomainCount {
    /// The area; null for what belongs to none.
    problem_domain: Option<ProblemDomain>,
    /// How much.
    count: i32,
}

impl From<Counted> for ProposalStats {
    fn from(counted: Counted) -> Self {
        let domains = counted.top_domains.into_iter();
        Self {
            pending: clamp_count(counted.pending),
            approved_this_week: clamp_count(counted.approved),
            modified_this_week: clamp_count(counted.modified),
            rejected_this_week: clamp_count(counted.rejected),
            dismissed_this_week: clamp_count(counted.dismissed),
            reinforced_this_week: clamp_count(counted.reinforced),
            top_domains: domains
                .map(|(domain, count)| DomainCount {
                    problem_domain: domain.map(Into::into),
                    count: clamp_count(count),
                })
                .collect(),
        }
    }
}
