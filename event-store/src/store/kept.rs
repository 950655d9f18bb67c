//! Aggregates as they were when they last changed in this process: most commands follow soon on another one, and need not
//! load and open the whole stream again.
//!
//! Another process may have changed one meanwhile. That does no harm: an append on an old version meets the newer event
//! and is refused by the database, and nobody refuses a command on the strength of what is kept here.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cqrs_es::Aggregate;
use domain::id::AccountId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use uuid::Uuid;

use super::Loaded;

/// How many are kept, the last ones, and for how long without a command: what had many commands yesterday need not have one today.
const MOST: u64 = 1_000;
const KEPT_UNUSED: Duration = Duration::from_mins(10);

type Slot = Arc<Mutex<Option<Held>>>;

/// What is kept. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kept {
    slots: Cache<(&'static str, Uuid), Slot>,
}

struct Held {
    account: AccountId,
    version: u64,
    state: Box<dyn Any + Send>,
}

impl Default for Kept {
    fn default() -> Self {
        let slots = Cache::builder()
            .max_capacity(MOST)
            .time_to_idle(KEPT_UNUSED)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { slots }
    }
}

impl Kept {
    /// Takes an aggregate out, so that only one command works on it; the others load theirs.
    pub(crate) fn take<A: Aggregate + 'static>(&self, account: AccountId, id: Uuid) -> Option<Loaded<A>> {
        let slot = self.slots.get(&(A::TYPE, id))?;
        let held = slot.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        if held.account != account {
            return None;
        }
        let aggregate = held.state.downcast::<A>().ok()?;
        Some(Loaded { id, aggregate: *aggregate, version: held.version })
    }

    /// Keeps an aggregate whose events were just appended.
    pub(crate) fn keep<A: Aggregate + 'static>(&self, account: AccountId, loaded: Loaded<A>) {
        let Loaded { id, aggregate, version } = loaded;
        let held = Held { account, version, state: Box::new(aggregate) };
        self.slots.insert((A::TYPE, id), Arc::new(Mutex::new(Some(held))));
    }
}
