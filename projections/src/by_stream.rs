//! Projections whose rows of a stream follow from that stream's events alone: they can be made in memory, in any order.

use domain::recorded_event::RecordedEvent;
use event_store::copying::Rows;

use crate::error::ProjectionError;

/// What such a projection offers. Streams of its aggregate type give all its rows, and each row belongs to one of them.
pub trait ByStream: Sync {
    /// The type of the streams.
    fn aggregate_type(&self) -> &'static str;

    /// Its tables, in the order in which [`StreamFold::rows`] gives their rows.
    fn tables(&self) -> &'static [OwnTable];

    /// Begins a stream.
    fn begin(&self) -> Box<dyn StreamFold>;
}

/// A table whose rows belong to a stream each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnTable {
    /// Its name.
    pub name: &'static str,
    /// The column that names the stream.
    pub stream: &'static str,
    /// The columns, in the order in which a fold gives their cells.
    pub columns: &'static str,
}

/// A stream while its events are folded in memory.
pub trait StreamFold: Send {
    /// Takes the stream's next event.
    ///
    /// # Errors
    /// What [`crate::projection::Projection::apply`] would say of it; then the stream is folded anew by that.
    fn take(&mut self, event: &RecordedEvent) -> Result<(), ProjectionError>;

    /// Adds the rows that the events gave: exactly those that `apply` would have left. None without any event.
    ///
    /// # Errors
    /// A document that can't be written. What was added by then is thrown away.
    fn rows(self: Box<Self>, into: &mut [Rows]) -> Result<(), ProjectionError>;
}
