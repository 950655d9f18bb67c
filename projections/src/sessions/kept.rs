//! Sessions that were written lately, in memory: most go on within minutes, and reading documents back costs more than
//! folding an event into them.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use domain::session::event::SessionEvent;
use domain::session::view::SessionView;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use uuid::Uuid;

use super::{Folded, light};

/// How much is kept, as documents: bytes of JSON, which take about twice as much in memory. Some two thousand sessions.
const MOST: u64 = 6_000_000;
/// An open step and what goes with a session, in the same bytes.
const MORE: usize = 1_000;

/// What is kept. It may be ahead of the rows, when the transaction that wrote it was rolled back after all, or behind them,
/// when another process had the projection meanwhile: whoever takes says which version they go on from, and gets no other.
/// What a session is at a version follows from its events alone, so the version is enough to know it by; unless its rows were
/// not what its events give, and were folded anew: whoever takes the projection up forgets what was kept before.
pub(super) struct Kept {
    sessions: Cache<Uuid, Session>,
    /// How often it was forgotten.
    forgotten: AtomicU64,
}

#[derive(Clone)]
struct Session {
    view: SessionView,
    matched_at: Option<DateTime<Utc>>,
    /// The size of its document.
    bytes: usize,
    /// When it was kept, as [`Kept::forgotten`] counts.
    since: u64,
}

impl Default for Kept {
    fn default() -> Self {
        let weigh = |_: &Uuid, session: &Session| u32::try_from(session.bytes + MORE).unwrap_or(u32::MAX);
        let sessions =
            Cache::builder().max_capacity(MOST).weigher(weigh).eviction_policy(EvictionPolicy::lru()).build();
        Self { sessions, forgotten: AtomicU64::new(0) }
    }
}

impl Kept {
    /// A session at this very version, if it is kept, and if what is kept of it is enough for these events.
    pub(super) fn take(&self, id: Uuid, version: u64, events: &[&SessionEvent]) -> Option<Folded> {
        let Session { view, matched_at, since, .. } = self.sessions.remove(&id)?;
        let known = view.version == version && since == self.forgotten.load(Ordering::Relaxed);
        (known && light::suffices(&view, events)).then(|| Folded::going_on(view, matched_at))
    }

    /// Keeps what was just written. A session that is closed seldom goes on; one that does all the same may do so again.
    pub(super) fn keep(&self, written: Vec<Folded>) {
        let since = self.forgotten.load(Ordering::Relaxed);
        for Folded { mut view, matched_at, was_closed, bytes, .. } in written {
            if view.closed_at.is_none() || was_closed {
                light::lighten(&mut view);
                self.sessions.insert(view.id.0, Session { view, matched_at, bytes, since });
            }
        }
    }

    /// Forgets everything. The cache drops it by and by, and may give it once more until then.
    pub(super) fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::Relaxed);
        self.sessions.invalidate_all();
    }
}
