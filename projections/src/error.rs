//! What can go wrong while folding or reading.

use domain::recorded_event::Unreadable;

/// A projection or a query failed.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The log could not be read.
    #[error("log: {0}")]
    Log(#[from] event_store::error::StoreError),
    /// An event can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A stored document can't be read or written.
    #[error("document: {0}")]
    Document(#[from] serde_json::Error),
    /// The events contradict the read model, e.g. a step of a session that never started.
    #[error("{0}")]
    Inconsistent(String),
    /// Another runner took this projection over; this one changes nothing any more.
    #[error("projection {0} was taken over by another runner")]
    Fenced(&'static str),
}

impl ProjectionError {
    /// The next attempt may well succeed: the fault lies with the connection or the load, not with an event.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => database_is_passing(error),
            Self::Log(_) => true,
            Self::Unreadable(_) | Self::Document(_) | Self::Inconsistent(_) | Self::Fenced(_) => false,
        }
    }
}

/// Connection faults, restarts, exhausted resources, deadlocks and serialisation failures pass; a constraint doesn't.
fn database_is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            matches!(code.get(..2), Some("08" | "40" | "53" | "57" | "58")) || code == "55P03"
        }),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
