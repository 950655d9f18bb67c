//! A server, as far as read models go: it keeps them up with the log and builds them anew.

use std::sync::Arc;
use std::time::Duration;

use domain::recorded_event::Position;
use event_store::LogFeed;
use projections::checkpoint::{LEASE, Node};
use projections::freshness::Freshness;
use projections::runner::{self, Engine};
use projections::{rebuild, sharing};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::World;

/// Long enough for the slowest machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Server {
    freshness: Freshness,
    runs: JoinSet<()>,
    stop: CancellationToken,
    stop_feed: CancellationToken,
}

impl Server {
    pub(crate) fn start(world: &World) -> Self {
        let (stop, stop_feed) = (CancellationToken::new(), CancellationToken::new());
        let engine = Engine {
            pool: world.pool.clone(),
            feed: LogFeed::start(&world.store, stop_feed.clone()),
            freshness: Freshness::new(world.pool.clone()),
            work: Arc::new(Notify::new()),
            node: Node { id: Uuid::new_v4(), lease: LEASE },
        };
        let (mut runs, freshness) = (JoinSet::new(), engine.freshness.clone());
        for projection in projections::all() {
            runs.spawn(runner::run(engine.clone(), projection, stop.clone()));
        }
        runs.spawn(sharing::run(engine.pool.clone(), engine.node, stop.clone()));
        runs.spawn(rebuild::run(engine, projections::all(), stop.clone()));
        Self { freshness, runs, stop, stop_feed }
    }

    /// Until every read model shows what was written so far.
    pub(crate) async fn catches_up(&self, world: &World) {
        let last = world.store.log().last_event(Position(i64::MAX)).await.unwrap();
        let names: Vec<_> = projections::all().iter().map(|projection| projection.name()).collect();
        assert!(self.freshness.reaches(&names, last, PATIENCE).await, "{names:?} did not come to {last}");
    }

    /// Ends in order.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.runs.join_next().await {
            ended.unwrap();
        }
        self.stop_feed.cancel();
    }
}
