//! Sessions that were written lately, in memory: most go on within minutes, and reading documents back costs more than
//! folding an event into them.

use chrono::{DateTime, Utc};
use domain::session::view::SessionView;
use moka::sync::Cache;
use uuid::Uuid;

use super::Folded;

/// How many steps are kept in memory, over all sessions; one takes about a kilobyte or two.
const MOST_STEPS: u64 = 8_000;

/// What is kept. It may be ahead of the rows, when the transaction that wrote it was rolled back after all, or behind them,
/// when another process had the projection meanwhile: whoever takes says which version they go on from, and gets no other.
/// What a session is at a version follows from its events alone, so the version is enough to know it by.
pub(super) struct Kept {
    sessions: Cache<Uuid, (SessionView, Option<DateTime<Utc>>)>,
}

impl Default for Kept {
    fn default() -> Self {
        let weigh =
            |_: &Uuid, (view, _): &(SessionView, _)| u32::try_from(view.steps.len() + 4).unwrap_or(u32::MAX);
        Self { sessions: Cache::builder().max_capacity(MOST_STEPS).weigher(weigh).build() }
    }
}

impl Kept {
    /// A session at this very version, if it is kept.
    pub(super) fn take(&self, id: Uuid, version: u64) -> Option<Folded> {
        let (view, matched_at) = self.sessions.remove(&id)?;
        (view.version == version).then(|| Folded::going_on(view, matched_at))
    }

    /// Keeps what was just written. Closed sessions seldom go on.
    pub(super) fn keep(&self, written: Vec<Folded>) {
        for session in written {
            if session.view.closed_at.is_none() {
                self.sessions.insert(session.view.id.0, (session.view, session.matched_at));
            }
        }
    }
}
