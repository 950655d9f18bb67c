//! Folding without the runner: batches are cut exactly where a test wants them, or streams are folded whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::recorded_event::{Position, RecordedEvent};
use event_store::copying::Rows;
use event_store::transaction;
use projections::projection::Projection;
use projections::work_queue;

use crate::world::World;

pub(crate) struct ByHand {
    projections: Vec<Arc<dyn Projection>>,
    at: Position,
    folds: usize,
}

impl ByHand {
    pub(crate) fn new() -> Self {
        Self { projections: projections::all(), at: Position::START, folds: 0 }
    }

    /// Everything new, in one batch a projection; every third time as after a restart, with nothing kept in memory.
    pub(crate) async fn fold(&mut self, world: &World) {
        let page = world.store.log().page(self.at, 10_000, &[]).await.unwrap();
        assert!(page.events.len() < 10_000);
        let events: Vec<Arc<RecordedEvent>> = page.events.into_iter().map(Arc::new).collect();
        self.folds += 1;
        for projection in &self.projections {
            if self.folds.is_multiple_of(3) {
                projection.forget();
            }
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

/// Puts in place of the rows of every projection that folds stream by stream those that come of it.
pub(crate) async fn copy(world: &World) {
    let mut streams: BTreeMap<_, Vec<RecordedEvent>> = BTreeMap::new();
    for event in world.events().await {
        streams.entry((event.aggregate_type.clone(), event.aggregate_id)).or_default().push(event);
    }
    for projection in projections::all() {
        let Some(by_stream) = projection.by_stream() else { continue };
        let mut rows: Vec<Rows> = by_stream.tables().iter().map(|_| Rows::default()).collect();
        for ((aggregate_type, _), events) in &streams {
            if aggregate_type == by_stream.aggregate_type() {
                let mut fold = by_stream.begin();
                for event in events.iter().filter(|event| projection.takes(&event.event_type)) {
                    fold.take(event).unwrap();
                }
                fold.rows(&mut rows).unwrap();
            }
        }
        let mut transaction = transaction::begin(&world.pool).await.unwrap();
        for (table, mut rows) in by_stream.tables().iter().zip(rows) {
            let (name, columns) = (table.name, table.columns);
            sqlx::query(&format!("TRUNCATE {name}")).execute(&mut *transaction).await.unwrap();
            rows.send(&mut transaction, &format!("COPY {name} ({columns}) FROM STDIN")).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
}
