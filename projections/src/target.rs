//! Which rows a runner keeps: those that serve, or those that are built anew beside them, in a schema of their own.

use std::time::Duration;

use crate::projection::Projection;

/// Where a runner writes, and under which name its checkpoint is kept.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) checkpoint: String,
    /// How its transactions begin.
    pub(crate) begin: String,
    /// Whether the outside world is asked for what the events ask for: a rebuild asks for nothing.
    pub(crate) asks: bool,
    /// Whether it stops at the first event that can't be folded, rather than let its stream wait.
    pub(crate) strict: bool,
    /// Most events of one transaction.
    pub(crate) batch: usize,
    /// How long events gather while nobody waits for them.
    pub(crate) lingers: Option<Duration>,
}

/// Most events of a transaction where readers wait for each.
const BATCH: usize = 500;
/// The same where nobody does.
const LARGE_BATCH: usize = 2_000;

/// A commit doesn't wait for the disk. Rows, work and checkpoint are lost together or not at all, and then what the log
/// has, which did wait, is folded once more. Waiting would take the disk's time from the commands.
///
/// A process that is frozen in the middle of it, or cut off from the database, keeps its locks no longer than that: whoever takes
/// the projection over writes the same rows, and a swap keeps readers waiting.
const BEGIN: &str =
    "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = '10s'";

impl Target {
    /// The rows that serve.
    pub(crate) fn live(projection: &dyn Projection) -> Self {
        let lingers = projection.lingers();
        Self {
            checkpoint: projection.name().to_owned(),
            begin: BEGIN.to_owned(),
            asks: true,
            strict: false,
            batch: if lingers.is_some() { LARGE_BATCH } else { BATCH },
            lingers,
        }
    }

    /// Rows that are built anew. The same statements reach them, because their schema is looked at first.
    pub(crate) fn anew(projection: &dyn Projection, strict: bool) -> Self {
        let schema = schema(projection.name());
        Self {
            checkpoint: checkpoint(projection.name()),
            begin: format!("{BEGIN}; SET LOCAL search_path = {schema}, public"),
            asks: false,
            strict,
            batch: LARGE_BATCH,
            lingers: None,
        }
    }
}

/// The schema that a projection is built anew in. Names of projections are words of ours: lower case and underscores.
pub(crate) fn schema(projection: &str) -> String {
    format!("rebuild_{projection}")
}

/// The schema that keeps the rows of before, until the next rebuild.
pub(crate) fn retired(projection: &str) -> String {
    format!("retired_{projection}")
}

/// The schema of rows that are no way back any more, until they are dropped.
pub(crate) fn past(projection: &str) -> String {
    format!("past_{projection}")
}

/// The name of a rebuild's checkpoint.
pub(crate) fn checkpoint(projection: &str) -> String {
    format!("{projection}@rebuild")
}
