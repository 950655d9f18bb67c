//! The one place where everything is built and held together.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::id::IdSource;
use event_store::feed::LogFeed;
use event_store::store::EventStore;
use projections::freshness::Freshness;
use sqlx::PgPool;

use crate::auth::Gate;

/// What the whole program shares.
pub struct App {
    /// The database.
    pub pool: PgPool,
    /// The log, to write to.
    pub store: EventStore,
    /// The log, to follow.
    pub feed: LogFeed,
    /// Where every projection stands.
    pub freshness: Freshness,
    /// Who calls.
    pub gate: Gate,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// How it behaves.
    pub settings: Settings,
}

/// How the server behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long startSession and answerStep wait for the next step.
    pub step_wait: Duration,
    /// How long a request waits for the position it names.
    pub freshness_wait: Duration,
    /// How many steps may be made at once.
    pub diagnose_workers: usize,
}
