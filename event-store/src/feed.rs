//! One task a process follows the log and keeps its newest part in memory, for the projections and subscriptions there.

mod ring;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::recorded_event::{Position, RecordedEvent};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::error::StoreError;
use crate::log::Log;
use crate::store::EventStore;
use ring::Ring;

/// How long other nodes' events may go unnoticed.
const POLL: Duration = Duration::from_millis(100);
/// Under load, what commits within this time is read together.
const GATHER: Duration = Duration::from_millis(4);
/// What commits while writers follow on each other without a pause is read together for this long: every look has a price
/// in every projection.
const GATHER_BUSY: Duration = Duration::from_millis(8);
/// A writer that drew a position and has not ended yet holds the log back; this long until the next look, at first.
const HELD_BACK: Duration = Duration::from_millis(3);
const PAGE: usize = 1000;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A handle on the followed log. Cheap to clone.
#[derive(Clone)]
pub struct LogFeed {
    log: Log,
    ring: Arc<Mutex<Ring>>,
    head: watch::Receiver<Position>,
}

/// What stands after a position.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// The events, in order.
    pub events: Vec<Arc<RecordedEvent>>,
    /// Nothing is missing up to here: read on from this position.
    pub up_to: Position,
}

impl LogFeed {
    /// Starts following, from the log's present end on, until it is cancelled.
    pub fn start(store: &EventStore, cancel: CancellationToken) -> Self {
        let (head, receiver) = watch::channel(Position::START);
        let ring = Arc::new(Mutex::new(Ring::default()));
        let follower =
            Follower { log: store.log(), ring: ring.clone(), head, appended: store.appended(), read: None };
        tokio::spawn(async move {
            // Looked at first: who stops the feed closes its connections next, which is no failure to tell of.
            tokio::select! {
                biased;
                () = cancel.cancelled() => {}
                () = follower.follow() => {}
            }
        });
        Self { log: store.log(), ring, head: receiver }
    }

    /// The position up to which the log was read; it changes when there are new events.
    pub fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    /// The log itself, for what is not read in its order.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The events after a position, at most `limit` of them: from memory, or from the database when they are older.
    ///
    /// It never goes past the head. At the head it gives nothing at once: wait for the head to change.
    pub async fn after(&self, position: Position, limit: usize) -> Result<Stretch, StoreError> {
        let head = *self.head.borrow();
        if position >= head {
            return Ok(Stretch { events: Vec::new(), up_to: position });
        }
        let kept = self.ring.lock().unwrap_or_else(PoisonError::into_inner).after(position, limit);
        if let Some(stretch) = kept {
            return Ok(stretch);
        }
        let page = self.log.page_upto(position, head, limit, &[]).await?;
        Ok(Stretch { events: page.events.into_iter().map(Arc::new).collect(), up_to: page.up_to })
    }
}

impl std::fmt::Debug for LogFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogFeed").field("head", &*self.head.borrow()).finish_non_exhaustive()
    }
}

struct Follower {
    log: Log,
    ring: Arc<Mutex<Ring>>,
    head: watch::Sender<Position>,
    appended: watch::Receiver<Position>,
    /// The last event that was read; none before the first look.
    read: Option<Position>,
}

impl Follower {
    async fn follow(mut self) {
        let mut failures: u32 = 0;
        let mut held_back = HELD_BACK;
        loop {
            let started = Instant::now();
            let before = self.read;
            let full = match self.look().await {
                Ok(full) => {
                    if failures > 0 {
                        tracing::info!(failures, "the log can be read again");
                    }
                    failures = 0;
                    full
                }
                Err(error) => {
                    if failures == 0 {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the log can't be read; trying on"
                        );
                    }
                    failures += 1;
                    sleep((POLL * 2_u32.pow(failures.min(6))).min(LONGEST_PAUSE)).await;
                    continue;
                }
            };
            if full {
                continue;
            }
            let awaited = *self.appended.borrow_and_update() > self.read.unwrap_or_default();
            if awaited && self.read == before {
                sleep(held_back).await;
                held_back = (held_back * 2).min(POLL);
                continue;
            }
            held_back = HELD_BACK;
            if awaited {
                sleep(GATHER_BUSY.saturating_sub(started.elapsed())).await;
                continue;
            }
            // A store that is dropped wakes nobody any more; other nodes may still write.
            if let Ok(Err(_)) = timeout(POLL, self.appended.changed()).await {
                sleep(POLL).await;
            }
            // The first event after a silence is read at once, those of a busy time together.
            sleep(GATHER.saturating_sub(started.elapsed())).await;
        }
    }

    /// Reads what is new; says whether there may be more at once.
    async fn look(&mut self) -> Result<bool, StoreError> {
        let ceiling = self.log.ceiling().await?;
        let Some(read) = self.read else {
            // What is older than this is read from the database by whoever wants it.
            let last = self.log.last_event(ceiling).await?;
            self.ring.lock().unwrap_or_else(PoisonError::into_inner).start_at(last);
            self.read = Some(last);
            self.head.send_replace(last);
            return Ok(false);
        };
        let page = self.log.page_upto(read, ceiling, PAGE, &[]).await?;
        // The head is always the position of an event, never the ceiling: positions that were drawn and not used may
        // be drawn again after the database has crashed, and then they are above the last event that was committed.
        let Some(last) = page.events.last().map(|event| event.position) else { return Ok(false) };
        let full = page.events.len() == PAGE;
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).extend(page.events);
        self.read = Some(last);
        self.head.send_replace(last);
        Ok(full)
    }
}
