//! Folding without the runner: batches are cut exactly where a test wants them.

use std::sync::Arc;

use domain::recorded_event::{Position, RecordedEvent};
use event_store::transaction;
use projections::projection::Projection;
use projections::work_queue;

use crate::world::World;

pub(crate) struct ByHand {
    projections: Vec<Arc<dyn Projection>>,
    at: Position,
}

impl ByHand {
    pub(crate) fn new() -> Self {
        Self { projections: projections::all(), at: Position::START }
    }

    /// Everything new, in one batch a projection.
    pub(crate) async fn fold(&mut self, world: &World) {
        let page = world.store.log().page(self.at, 10_000, &[]).await.unwrap();
        assert!(page.events.len() < 10_000);
        let events: Vec<Arc<RecordedEvent>> = page.events.into_iter().map(Arc::new).collect();
        for projection in &self.projections {
            let taken: Vec<_> =
                events.iter().filter(|event| projection.takes(&event.event_type)).cloned().collect();
            let mut work = Vec::new();
            let mut transaction = transaction::begin(&world.pool).await.unwrap();
            projection.apply(&mut transaction, &taken, &mut work).await.unwrap();
            work_queue::add(&mut transaction, &work).await.unwrap();
            transaction.commit().await.unwrap();
        }
        self.at = page.up_to;
    }
}
