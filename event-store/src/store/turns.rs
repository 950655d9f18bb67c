//! Whoever lost a race for an aggregate waits for its turn in this process, instead of racing again.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// As many queues; aggregates that share one only wait a little longer.
const QUEUES: usize = 64;

/// Queues for aggregates under contention.
#[derive(Debug)]
pub(crate) struct Turns {
    queues: [Mutex<()>; QUEUES],
    hash: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Self { queues: std::array::from_fn(|_| Mutex::new(())), hash: RandomState::new() }
    }
}

impl Turns {
    /// Waits until nobody else in this process retries on this aggregate.
    pub(crate) async fn take(&self, aggregate: Uuid) -> MutexGuard<'_, ()> {
        self.queue(aggregate).lock().await
    }

    /// Waits behind those who retry, if there are any: who comes later shall not overtake them.
    pub(crate) async fn take_if_contended(&self, aggregate: Uuid) -> Option<MutexGuard<'_, ()>> {
        let queue = self.queue(aggregate);
        if queue.try_lock().is_ok() {
            return None;
        }
        Some(queue.lock().await)
    }

    fn queue(&self, aggregate: Uuid) -> &Mutex<()> {
        let n = self.hash.hash_one(aggregate) % QUEUES as u64;
        &self.queues[usize::try_from(n).unwrap_or_default()]
    }
}
