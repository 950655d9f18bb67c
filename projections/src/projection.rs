//! What a projection is: a name, a version, the event types it takes, and how they change its tables.

use std::sync::Arc;
use std::time::Duration;

use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use crate::by_stream::ByStream;
use crate::error::ProjectionError;
use crate::work_queue::WorkItem;

/// A read model. It reads and writes only its own tables, in the order of the log; its changes, the work it asks for and
/// its checkpoint commit together, so that every event counts exactly once.
pub trait Projection: Send + Sync + 'static {
    /// Its stable name, also of its checkpoint.
    fn name(&self) -> &'static str;

    /// Raised whenever the same events would give other rows.
    fn version(&self) -> i32;

    /// Its tables, so that they can be built anew and compared with a fresh fold; none if it keeps no rows of its own.
    fn tables(&self) -> &'static [&'static str];

    /// Whether it takes events of this stored type.
    fn takes(&self, event_type: &str) -> bool;

    /// Changes its tables by a batch of events that it takes, oldest first, and says what work they ask for.
    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>>;

    /// Forgets what it keeps in memory of its rows: somebody else may have written them since.
    fn forget(&self) {}

    /// How late its rows may be while nobody waits for them: events gather so long, and are folded together, which costs less.
    /// Readers who wait for a position end that: of the same process at once, of others within a twentieth of a second.
    fn lingers(&self) -> Option<Duration> {
        None
    }

    /// How its rows are made a whole stream at a time, where the rows of a stream follow from that stream's events alone: a
    /// rebuild is faster by that. Without it, it is built anew as it follows the log.
    fn by_stream(&self) -> Option<&dyn ByStream> {
        None
    }
}
