//! Sessions as the commands of this process left them, in memory: who makes the next step, and who is shown what came of a
//! command, need not read the stream again.

use std::sync::Arc;

use domain::id::AccountId;
use domain::recorded_event::Unreadable;
use domain::session::view::{SessionView, StepPart, StepView, ViewError};
use event_store::error::StoreError;
use event_store::executor::Committed;
use event_store::log::Until;
use event_store::store::EventStore;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use uuid::Uuid;

/// How much is kept, in bytes by estimate: a thousand sessions of usual length.
const MOST: u64 = 10_000_000;
/// What a session takes beside its steps and its intake.
const FRAME: usize = 3_000;
/// What a step's options, checklist and answer take on average, beside its main text.
const PARTS: usize = 400;

/// What is kept. What a session is at a version follows from its events alone, so a version is enough to know it by; that
/// another process may have changed it since does no harm, because nobody goes on from any but the version that they name.
pub struct LiveSessions {
    kept: Cache<Uuid, Arc<SessionView>>,
}

impl Default for LiveSessions {
    fn default() -> Self {
        let weigh = |_: &Uuid, view: &Arc<SessionView>| {
            let content = view.intake.content.as_ref();
            let texts = content.into_iter().flat_map(|it| [it.text.as_ref(), it.log.as_ref()]).flatten();
            let intake: usize = texts.map(String::len).sum();
            let steps: usize = view
                .steps
                .iter()
                .map(|step| match step.part {
                    StepPart::Note { .. } => size_of::<StepView>() + step.text.len(),
                    _ => size_of::<StepView>() + step.text.len() + PARTS,
                })
                .sum();
            u32::try_from(FRAME + intake + steps).unwrap_or(u32::MAX)
        };
        let kept =
            Cache::builder().max_capacity(MOST).weigher(weigh).eviction_policy(EvictionPolicy::lru()).build();
        Self { kept }
    }
}

impl LiveSessions {
    /// The session as it stands after a command, or later: folded on if it is kept at the version before, else read from
    /// the log. None if there is none.
    ///
    /// # Errors
    /// The log can't be read.
    pub async fn after(
        &self,
        store: &EventStore,
        account: AccountId,
        committed: &Committed,
    ) -> Result<Option<Arc<SessionView>>, StoreError> {
        let view = if let Some(view) = self.advanced(account, committed)? {
            view
        } else {
            let events = store.log().stream_of(account, "session", committed.aggregate, Until::Now).await?;
            let Some(view) = SessionView::fold(&events)? else { return Ok(None) };
            Arc::new(view)
        };
        self.keep(committed.aggregate, &view);
        Ok(Some(view))
    }

    /// Goes on with what is kept, so that whoever needs the session next need not read it; nothing is read for that.
    pub fn follow(&self, account: AccountId, committed: &Committed) {
        // What cannot be read is told to whoever reads it.
        if let Ok(Some(view)) = self.advanced(account, committed) {
            self.keep(committed.aggregate, &view);
        }
    }

    fn keep(&self, id: Uuid, view: &Arc<SessionView>) {
        // A closed session seldom goes on.
        if view.closed_at.is_none() {
            self.kept.insert(id, view.clone());
        } else {
            self.kept.invalidate(&id);
        }
    }

    fn advanced(
        &self,
        account: AccountId,
        committed: &Committed,
    ) -> Result<Option<Arc<SessionView>>, Unreadable> {
        let kept = self.kept.get(&committed.aggregate).filter(|view| view.account == account);
        if kept.as_ref().is_some_and(|view| view.version >= committed.version) {
            return Ok(kept);
        }
        let Some((first, rest)) = committed.events.split_first() else { return Ok(None) };
        let (mut view, events) = if first.version == 1 {
            let view = SessionView::start(first).map_err(|error| match error {
                ViewError::Unreadable(unreadable) => unreadable,
                ViewError::NotAStart(_) => first.unreadable(error.to_string()),
            })?;
            (view, rest)
        } else {
            let Some(kept) = kept.filter(|view| view.version + 1 == first.version) else { return Ok(None) };
            // Let go first, so that what nobody else holds is changed in place.
            self.kept.invalidate(&committed.aggregate);
            (Arc::unwrap_or_clone(kept), &committed.events[..])
        };
        for recorded in events {
            view.apply(recorded, &recorded.decode()?);
        }
        Ok(Some(Arc::new(view)))
    }
}
