//! Which of an account's flows fit an intake: an index of words kept in memory while the flows stay as they are, nearness of
//! meaning from the database, and what helped lately.

mod meaning;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::id::{AccountId, FlowId};
use domain::matching::recency::recency;
use domain::matching::{self, MatchIndex, MatchPolicy, MatchableFlow, OutsideSignals};
use domain::problem::ProblemDomain;
use domain::session::event::{FlowMatched, MatchCandidate};
use moka::sync::Cache;
use projections::error::ProjectionError;
use projections::flows::queries::{self, PublishedFlow, PublishedMark};
use projections::sessions::helped::last_helped;
use sqlx::PgPool;
use tokio::sync::{Mutex, MutexGuard};

use integrations::embedding::embedders::Embedders;

/// Accounts whose index is kept.
const KEPT: u64 = 500;
/// Most candidates that an event holds.
const MOST_CANDIDATES: usize = 10;

/// The indexes of the accounts that were asked for lately.
#[derive(Clone)]
pub struct Matching {
    kept: Cache<AccountId, Slot>,
    embedders: Embedders,
    documents: Arc<Mutex<()>>,
}

/// An account's published flows, indexed by their words.
struct Words {
    index: MatchIndex,
    flows: Vec<FlowId>,
}

/// An account's published flows, and how near each is to one intake.
pub struct FlowIndex {
    words: Arc<Words>,
    signals: HashMap<FlowId, OutsideSignals>,
    policy: MatchPolicy,
}

/// What is kept of an account. Held while it is made anew, so that of those who come meanwhile nobody makes it, too.
type Slot = Arc<Mutex<Option<(PublishedMark, Arc<Words>)>>>;

impl Matching {
    /// Knows nothing yet.
    pub fn new(embedders: Embedders) -> Self {
        Self { kept: Cache::new(KEPT), embedders, documents: Arc::default() }
    }

    /// Who turns texts into vectors.
    pub fn embedders(&self) -> &Embedders {
        &self.embedders
    }

    /// Whoever embeds flows' documents holds this meanwhile: two who looked at once would pay twice for the same.
    pub async fn one_embeds(&self) -> MutexGuard<'_, ()> {
        self.documents.lock().await
    }

    /// The flows of an account as they are now, held against an intake. If their meaning can't be compared, or not in time,
    /// words alone count.
    pub async fn of(
        &self,
        pool: &PgPool,
        account: AccountId,
        intake: &str,
        now: DateTime<Utc>,
    ) -> Result<FlowIndex, ProjectionError> {
        let words = self.words(pool, account).await?;
        let helped = last_helped(pool, account, &words.flows).await?;
        let meaning = self.meaning(pool, account, intake).await;
        let policy = MatchPolicy::of(meaning.as_ref().map(|meaning| &meaning.model));
        let signals = words.flows.iter().map(|flow| {
            let semantic = meaning.as_ref().and_then(|meaning| meaning.nearness(*flow, &policy));
            let recency = helped.get(flow).map(|helped| recency(*helped, now));
            (*flow, OutsideSignals { semantic, recency })
        });
        let signals = signals.collect();
        Ok(FlowIndex { words, signals, policy })
    }

    async fn words(&self, pool: &PgPool, account: AccountId) -> Result<Arc<Words>, ProjectionError> {
        let mark = queries::published_mark(pool, account).await?;
        let slot = self.kept.get_with(account, Slot::default);
        let mut kept = slot.lock().await;
        if let Some(words) = under(kept.as_ref(), mark) {
            return Ok(words);
        }
        // Whoever waited for the slot may find what is newer than the mark they brought.
        let mark = queries::published_mark(pool, account).await?;
        if let Some(words) = under(kept.as_ref(), mark) {
            return Ok(words);
        }
        let flows: Vec<_> = queries::published(pool, account).await?.into_iter().map(matchable).collect();
        // Half a second for five hundred flows: no request of others is to wait for that.
        let index = move || Words {
            index: MatchIndex::build(&flows),
            flows: flows.iter().map(|flow| flow.flow).collect(),
        };
        let made = tokio::task::spawn_blocking(index).await;
        let made = Arc::new(made.expect("invariant: indexing is total and never panics"));
        *kept = Some((mark, made.clone()));
        Ok(made)
    }
}

fn under(kept: Option<&(PublishedMark, Arc<Words>)>, mark: PublishedMark) -> Option<Arc<Words>> {
    kept.filter(|(of, _)| *of == mark).map(|(_, words)| words.clone())
}

impl FlowIndex {
    /// The best candidates for the intake, best first.
    pub fn rank(&self, text: &str, domain: Option<ProblemDomain>, most: usize) -> Vec<MatchCandidate> {
        let outside = |flow| self.signals.get(&flow).copied().unwrap_or_default();
        let mut candidates = self.words.index.rank_with(text, domain, outside, &self.policy);
        candidates.truncate(most);
        candidates
    }

    /// What an intake matches, and the flow to follow if one clearly leads: where several fit nearly as well, the first
    /// question tells them apart, and its answer chooses.
    pub fn find(&self, text: &str, domain: Option<ProblemDomain>) -> FlowMatched {
        let candidates = self.rank(text, domain, MOST_CANDIDATES);
        let clear = matching::close(&candidates, &self.policy).is_empty();
        let chosen = matching::choose(&candidates, &self.policy).filter(|_| clear);
        FlowMatched { candidates, chosen, policy_version: self.policy.version, declined: false }
    }

    /// The same where a model has judged so many candidates: the one it confirmed, if that is a match, or none.
    pub fn confirmed(
        &self,
        text: &str,
        domain: ProblemDomain,
        flow: Option<FlowId>,
        offered: usize,
    ) -> FlowMatched {
        let candidates = self.rank(text, Some(domain), MOST_CANDIDATES);
        let confirmed = candidates.iter().find(|candidate| Some(candidate.flow) == flow);
        let chosen =
            confirmed.and_then(|candidate| matching::choose(std::slice::from_ref(candidate), &self.policy));
        let declined = flow.is_none() && offered > 0;
        FlowMatched { candidates, chosen, policy_version: self.policy.version, declined }
    }

    /// The policy that ranks.
    pub fn policy(&self) -> &MatchPolicy {
        &self.policy
    }
}

fn matchable(flow: PublishedFlow) -> MatchableFlow {
    MatchableFlow { flow: flow.id, version: flow.version, head: flow.head, nodes: flow.nodes }
}

#[cfg(test)]
mod tests {
    use event_store::testing::database;
    use futures_util::future::join_all;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn of_many_intakes_at_once_one_builds_the_index_of_their_account() {
        let database = database().await;
        let (pool, matching) = (database.pool(), Matching::new(Embedders::default()));
        let account = AccountId(Uuid::from_u128(1));
        let all = join_all((0..20).map(|_| matching.words(&pool, account))).await;
        let first = all[0].as_ref().unwrap();
        assert!(all.iter().all(|words| Arc::ptr_eq(words.as_ref().unwrap(), first)));
        let other = matching.words(&pool, AccountId(Uuid::from_u128(2))).await.unwrap();
        assert!(!Arc::ptr_eq(&other, first), "another account has its own");
    }
}
