//! Which of an account's flows fit an intake: an index over its published flows, kept in memory while they stay as they are.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::id::{AccountId, FlowId};
use domain::matching::{self, MatchIndex, MatchPolicy, MatchableFlow};
use domain::problem::ProblemDomain;
use domain::session::event::{FlowMatched, MatchCandidate};
use moka::sync::Cache;
use projections::error::ProjectionError;
use projections::flows::queries::{self, PublishedFlow};
use sqlx::PgPool;

/// Accounts whose index is kept.
const KEPT: u64 = 500;
/// Most candidates that an event holds.
const MOST_CANDIDATES: usize = 10;

/// The indexes of the accounts that were asked for lately.
#[derive(Clone)]
pub struct Matching {
    kept: Cache<AccountId, Arc<FlowIndex>>,
}

/// An account's published flows, indexed.
pub struct FlowIndex {
    index: MatchIndex,
    policy: MatchPolicy,
    mark: Mark,
}

/// Tells whether an account's published flows are still the same.
type Mark = (i64, Option<DateTime<Utc>>);

impl Default for Matching {
    fn default() -> Self {
        Self { kept: Cache::new(KEPT) }
    }
}

impl Matching {
    /// The index of an account, as its flows are now.
    pub async fn of(&self, pool: &PgPool, account: AccountId) -> Result<Arc<FlowIndex>, ProjectionError> {
        let mark = queries::published_mark(pool, account).await?;
        if let Some(kept) = self.kept.get(&account).filter(|kept| kept.mark == mark) {
            return Ok(kept);
        }
        let flows: Vec<_> = queries::published(pool, account).await?.into_iter().map(matchable).collect();
        let made =
            Arc::new(FlowIndex { index: MatchIndex::build(&flows), policy: MatchPolicy::default(), mark });
        self.kept.insert(account, made.clone());
        Ok(made)
    }
}

impl FlowIndex {
    /// The best candidates, best first.
    pub fn rank(&self, text: &str, domain: Option<ProblemDomain>, most: usize) -> Vec<MatchCandidate> {
        let mut candidates = self.index.rank(text, domain, &self.policy);
        candidates.truncate(most);
        candidates
    }

    /// What an intake matches, and the flow to follow if one clearly leads: where several fit nearly as well, the first
    /// question tells them apart, and its answer chooses.
    pub fn find(&self, text: &str, domain: Option<ProblemDomain>) -> FlowMatched {
        let candidates = self.rank(text, domain, MOST_CANDIDATES);
        let clear = matching::close(&candidates, &self.policy).is_empty();
        let chosen = matching::choose(&candidates, &self.policy).filter(|_| clear);
        FlowMatched { candidates, chosen, policy_version: self.policy.version }
    }

    /// The same where a model has judged the candidates: the one it confirmed, if that is a match, or none.
    pub fn confirmed(&self, text: &str, domain: ProblemDomain, flow: Option<FlowId>) -> FlowMatched {
        let candidates = self.rank(text, Some(domain), MOST_CANDIDATES);
        let confirmed = candidates.iter().find(|candidate| Some(candidate.flow) == flow);
        let chosen =
            confirmed.and_then(|candidate| matching::choose(std::slice::from_ref(candidate), &self.policy));
        FlowMatched { candidates, chosen, policy_version: self.policy.version }
    }

    /// The policy that ranks.
    pub fn policy(&self) -> &MatchPolicy {
        &self.policy
    }
}

fn matchable(flow: PublishedFlow) -> MatchableFlow {
    MatchableFlow { flow: flow.id, version: flow.version, head: flow.head, nodes: flow.nodes }
}
