//! Outcomes that were written lately, in memory: most of these sessions go on within minutes, and reading a row back costs
//! about as much as writing it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::{AccountId, SessionId};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::outcome::Outcome;

/// How many are kept; half a kilobyte each.
const MOST: u64 = 8_000;

/// What is kept. Where the transaction that wrote it was rolled back after all, it is ahead of the rows, and the events that it
/// went by are folded again: by their versions it is told, and not given. What another process writes is not seen here: whoever
/// takes the projection up forgets what was kept before.
pub(super) struct Kept {
    outcomes: Cache<(AccountId, SessionId), Entry>,
    /// How often it was forgotten.
    forgotten: AtomicU64,
}

#[derive(Clone)]
struct Entry {
    outcome: Outcome,
    /// The version of the last event that it went by.
    version: u64,
    /// When it was kept, as [`Kept::forgotten`] counts.
    since: u64,
}

impl Default for Kept {
    fn default() -> Self {
        let outcomes = Cache::builder().max_capacity(MOST).eviction_policy(EvictionPolicy::lru()).build();
        Self { outcomes, forgotten: AtomicU64::new(0) }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Kept").field("outcomes", &self.outcomes.entry_count()).finish_non_exhaustive()
    }
}

impl Kept {
    /// The outcome of a session as it was before an event of this version, if it is kept.
    pub(super) fn take(&self, key: (AccountId, SessionId), next: u64) -> Option<Outcome> {
        let Entry { outcome, version, since } = self.outcomes.remove(&key)?;
        (version < next && since == self.forgotten.load(Ordering::Relaxed)).then_some(outcome)
    }

    /// Keeps what was just written, after an event of this version. A session that is closed seldom goes on; one that does all
    /// the same may do so again.
    pub(super) fn keep(&self, outcome: Outcome, version: u64, was_closed: bool) {
        if outcome.close.is_none() || was_closed {
            let since = self.forgotten.load(Ordering::Relaxed);
            self.outcomes.insert((outcome.account, outcome.session), Entry { outcome, version, since });
        }
    }

    /// Forgets everything. The cache drops it by and by, and may give it once more until then.
    pub(super) fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::Relaxed);
        self.outcomes.invalidate_all();
    }
}
