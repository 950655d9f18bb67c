//! One process of the program, as far as projections go: it follows the log and runs projections.

use std::sync::Arc;
use std::time::Duration;

use domain::recorded_event::Position;
use event_store::LogFeed;
use projections::checkpoint::Node;
use projections::freshness::Freshness;
use projections::projection::Projection;
use projections::runner::{self, Engine};
use projections::{rebuild, sharing};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::World;

/// Long enough for the slowest machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// Short, because whoever comes after a killed process waits for it.
const LEASE: Duration = Duration::from_millis(300);

pub(crate) struct Process {
    pub(crate) engine: Engine,
    pub(crate) runs: Vec<JoinHandle<()>>,
    stop: CancellationToken,
    stop_feed: CancellationToken,
}

pub(crate) fn names() -> Vec<&'static str> {
    projections::all().iter().map(|projection| projection.name()).collect()
}

impl Process {
    pub(crate) fn start(world: &World, projections: Vec<Arc<dyn Projection>>) -> Self {
        Self::start_on(world, world.pool.clone(), projections)
    }

    pub(crate) fn start_on(world: &World, pool: PgPool, projections: Vec<Arc<dyn Projection>>) -> Self {
        Self::start_under(world, pool, projections, LEASE)
    }

    pub(crate) fn start_under(
        world: &World,
        pool: PgPool,
        projections: Vec<Arc<dyn Projection>>,
        lease: Duration,
    ) -> Self {
        let (stop, stop_feed) = (CancellationToken::new(), CancellationToken::new());
        let engine = Engine {
            pool: pool.clone(),
            feed: LogFeed::start(&world.store, stop_feed.clone()),
            freshness: Freshness::new(pool),
            work: Arc::new(Notify::new()),
            node: Node { id: Uuid::new_v4(), lease },
        };
        let runs = projections
            .into_iter()
            .map(|projection| tokio::spawn(runner::run(engine.clone(), projection, stop.clone())))
            .chain([
                tokio::spawn(sharing::run(engine.pool.clone(), engine.node, stop.clone())),
                tokio::spawn(rebuild::run(engine.clone(), projections::all(), stop.clone())),
            ])
            .collect();
        Self { engine, runs, stop, stop_feed }
    }

    /// What runners of one's own share, of a process that runs nothing by itself.
    pub(crate) fn only_engine(self) -> Engine {
        self.stop.cancel();
        self.engine
    }

    /// Until these projections show all that was written so far.
    pub(crate) async fn shows(&self, world: &World, names: &[&'static str]) {
        self.shows_up_to(world.last().await, names).await;
    }

    pub(crate) async fn shows_up_to(&self, position: Position, names: &[&'static str]) {
        assert!(
            self.engine.freshness.reaches(names, position, PATIENCE).await,
            "{names:?} did not come to {position}"
        );
    }

    /// Ends in order.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        for run in self.runs {
            run.await.unwrap();
        }
        self.stop_feed.cancel();
    }

    /// Ends wherever it happens to be.
    pub(crate) async fn kill(self) {
        for run in &self.runs {
            run.abort();
        }
        for run in self.runs {
            let _ = run.await;
        }
        self.stop_feed.cancel();
    }
}
