//! Reading one's own writes: waiting, bounded, until the projections that a request reads have come far enough.

pub(crate) mod wanted;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::recorded_event::Position;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::checkpoint;

/// How often the database is asked about projections that another process runs.
const POLL: Duration = Duration::from_millis(20);

/// Where every projection stands: told by the runners of this process, else by the checkpoints.
#[derive(Debug, Clone)]
pub struct Freshness {
    pool: PgPool,
    here: Arc<Mutex<HashMap<&'static str, Here>>>,
}

/// A projection that runs in this process.
#[derive(Debug, Clone)]
struct Here {
    at: watch::Receiver<Position>,
    readers: Arc<watch::Sender<usize>>,
}

/// What a runner that announced itself is in touch by.
#[derive(Debug)]
pub struct Announced {
    /// It says here how far it is; what it says is believed as long as it lives.
    pub at: watch::Sender<Position>,
    /// How many readers of this process wait for it just now.
    pub readers: watch::Receiver<usize>,
}

/// A reader, while it waits.
struct Waiting(Arc<watch::Sender<usize>>);

impl Waiting {
    fn begin(readers: Arc<watch::Sender<usize>>) -> Self {
        readers.send_modify(|waiting| *waiting += 1);
        Self(readers)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

impl Freshness {
    /// Knows nothing yet.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, here: Arc::default() }
    }

    /// A runner of this process announces itself.
    pub fn announce(&self, projection: &'static str, at: Position) -> Announced {
        let (here, announced) = announcement(at);
        self.lock().insert(projection, here);
        announced
    }

    /// Where a projection stands, as far as this process knows without asking the database.
    pub fn position(&self, projection: &str) -> Option<Position> {
        self.lock().get(projection).map(|here| *here.at.borrow())
    }

    /// Waits until all of these projections have come to `position`. False if they did not within `limit`.
    pub async fn reaches(&self, projections: &[&'static str], position: Position, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        for projection in projections {
            if !self.one_reaches(projection, position, deadline).await {
                return false;
            }
        }
        true
    }

    async fn one_reaches(&self, projection: &'static str, position: Position, deadline: Instant) -> bool {
        let mut said = false;
        loop {
            let here = self.lock().get(projection).cloned();
            if let Some(Here { mut at, readers }) = here {
                if *at.borrow() >= position {
                    return true;
                }
                let _waiting = Waiting::begin(readers);
                let reached = async { at.wait_for(|at| *at >= position).await.map(|_| ()) };
                match timeout_at(deadline, reached).await {
                    Ok(Ok(())) => return true,
                    Err(_) => return false,
                    // Its runner ended: it starts again in a moment, or another process has it now.
                    Ok(Err(_)) => {}
                }
            }
            if self.stored(projection).await.is_some_and(|at| at >= position) {
                return true;
            }
            if Instant::now() + POLL >= deadline {
                return false;
            }
            if !said {
                self.say_to_others(projection, position, deadline).await;
                said = true;
            }
            sleep(POLL).await;
        }
    }

    /// Lets whoever holds the projection elsewhere know that it is waited for. Where that fails it comes a little later.
    async fn say_to_others(&self, projection: &str, position: Position, deadline: Instant) {
        let within = deadline.saturating_duration_since(Instant::now());
        let said = wanted::want(&self.pool, projection, position, within);
        if let Ok(Err(error)) = timeout_at(deadline, said).await {
            tracing::debug!(projection.name = projection, error = %error, "other processes don't know that it is waited for");
        }
    }

    async fn stored(&self, projection: &str) -> Option<Position> {
        checkpoint::of(&self.pool, projection).await.unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, Here>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Announced {
    /// Of a runner that nobody reads from yet.
    pub(crate) fn to_nobody(at: Position) -> Self {
        announcement(at).1
    }
}

fn announcement(position: Position) -> (Here, Announced) {
    let (told, at) = watch::channel(position);
    let (readers, waiting) = watch::channel(0);
    (Here { at, readers: Arc::new(readers) }, Announced { at: told, readers: waiting })
}
