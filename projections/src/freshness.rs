//! Reading one's own writes: waiting, bounded, until the projections that a request reads have come far enough.

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
    here: Arc<Mutex<HashMap<&'static str, watch::Receiver<Position>>>>,
}

impl Freshness {
    /// Knows nothing yet.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, here: Arc::default() }
    }

    /// A runner of this process announces itself; what it sends is believed as long as it lives.
    pub fn announce(&self, projection: &'static str, at: Position) -> watch::Sender<Position> {
        let (sender, receiver) = watch::channel(at);
        self.lock().insert(projection, receiver);
        sender
    }

    /// Where a projection stands, as far as this process knows without asking the database.
    pub fn position(&self, projection: &str) -> Option<Position> {
        self.lock().get(projection).map(|at| *at.borrow())
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
        loop {
            let here = self.lock().get(projection).cloned();
            if let Some(mut at) = here {
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
            sleep(POLL).await;
        }
    }

    async fn stored(&self, projection: &str) -> Option<Position> {
        checkpoint::of(&self.pool, projection).await.unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, watch::Receiver<Position>>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
