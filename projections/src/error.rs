//! What can go wrong while folding or reading.

use domain::recorded_event::{Position, Unreadable};

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
    /// The database came back from a crash without the last of what was folded: it is folded again.
    #[error("projection {0} is not where its runner left it")]
    SetBack(String),
    /// A strict rebuild met an event that can't be folded.
    #[error("event {position} can't be folded: {reason}")]
    Stopped {
        /// Where it stands.
        position: Position,
        /// Why.
        reason: String,
    },
    /// A strict rebuild gave other rows than those that serve.
    #[error("the new rows differ from those that serve: {0}")]
    Differs(String),
    /// A strict rebuild could not compare its rows with those that serve.
    #[error("the new rows could not be compared with those that serve: {0}")]
    NotCompared(&'static str),
    /// Another process has fewer projections: this one is left to it.
    #[error("projection {0} is left to another process")]
    Shared(String),
    /// Another runner took this projection over; this one changes nothing any more.
    #[error("projection {0} was taken over by another runner")]
    Fenced(String),
}

impl ProjectionError {
    /// The next attempt may well succeed: the fault lies with the connection or the load, not with an event.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => database_is_passing(error),
            Self::Log(_) | Self::SetBack(_) => true,
            Self::Unreadable(_)
            | Self::Document(_)
            | Self::Inconsistent(_)
            | Self::Stopped { .. }
            | Self::Differs(_)
            | Self::NotCompared(_)
            | Self::Shared(_)
            | Self::Fenced(_) => false,
        }
    }
}

/// Only what a row's content can cause is laid to an event's charge. All else would meet every event alike, and setting
/// streams aside for it would set all of them aside: a lost connection, a full disk, a missing migration or privilege, a
/// replica that can't be written to.
fn database_is_passing(error: &sqlx::Error) -> bool {
    match error {
        // Cardinality, data exception, integrity constraint, program limit exceeded.
        sqlx::Error::Database(error) => {
            !error.code().is_some_and(|code| matches!(code.get(..2), Some("21" | "22" | "23" | "54")))
        }
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::RowNotFound => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_database_is_no_events_fault() {
        assert!(ProjectionError::from(sqlx::Error::PoolTimedOut).is_passing());
        assert!(
            ProjectionError::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())).is_passing()
        );
        assert!(
            !ProjectionError::from(sqlx::Error::Decode("a stored document of another shape".into()))
                .is_passing()
        );
        assert!(
            !ProjectionError::Inconsistent("a step of a session that never started".to_owned()).is_passing()
        );
    }
}
