//! What can go wrong between a command and the log, and what of it is worth trying again.

use std::borrow::Cow;
use std::error::Error as StdError;

use domain::metadata::MalformedMetadata;
use domain::recorded_event::Unreadable;
use sqlx::error::DatabaseError;
use uuid::Uuid;

/// The event store failed. None of these says anything about a command's own rules.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, or broke off; nothing was stored by the call that says so.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database broke off in the middle of an append, and can't be asked whether it was carried out.
    #[error("the database broke off, and it is not known whether the command was carried out")]
    OutcomeUnknown,
    /// The database cancelled a statement that took too long; nothing was stored by it.
    #[error("the database took too long")]
    TookTooLong(#[source] sqlx::Error),
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
    /// The text holds what PostgreSQL cannot store: the character U+0000.
    #[error("text with the character U+0000 can't be stored")]
    Unstorable,
    /// The stream moved on, or a key of this name appeared, since it was loaded.
    #[error("somebody else wrote to the same stream first")]
    Conflict,
    /// A stored event can't be opened, or has a type or version that this program does not know.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// An event's metadata lack something.
    #[error(transparent)]
    MalformedMetadata(#[from] MalformedMetadata),
    /// An event can't be sealed or turned into JSON: a mistake in the program.
    #[error("an event can't be stored: {0}")]
    Malformed(&'static str),
    /// The master key can't be read, or is none.
    #[error("the master key: {0}")]
    MasterKey(String),
    /// An archive can only be imported where nothing is.
    #[error("there are events already: a log can only be imported into an empty one")]
    NotEmpty,
    /// A line of an archive can't be read.
    #[error("the archive can't be read: {0}")]
    MalformedArchive(String),
    /// A data key is there and can't be opened: it was wrapped by another master key, or changed.
    #[error("the data key of {0} can't be opened with this master key")]
    ForeignKey(String),
    /// A file, or its key, does not open: the key that wrapped it was destroyed, or something was changed.
    #[error("the file {0} does not open with its key")]
    SealedFile(Uuid),
}

impl StoreError {
    /// Whether the same may well succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::OutcomeUnknown | Self::TookTooLong(_) | Self::Conflict)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if connection_is_lost(&error) {
            return Self::Unavailable(error);
        }
        match sql_state(&error).as_deref() {
            // Serialization failure and deadlock; a unique key that somebody else's transaction took first.
            Some("40001" | "40P01" | "23505") => Self::Conflict,
            // "Unsupported Unicode escape sequence" and "invalid byte sequence": U+0000 in JSON and in text.
            Some("22P05" | "22021") => Self::Unstorable,
            Some(CANCELLED) => Self::TookTooLong(error),
            _ => Self::Refused(error),
        }
    }
}

/// Class 57, operator intervention: a statement that ran longer than it may, or that somebody cancelled.
const CANCELLED: &str = "57014";

/// Whether it comes of a statement that the database cancelled because it took too long.
pub fn took_too_long(error: &(impl StdError + ?Sized)) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(told) = cause.downcast_ref::<Box<dyn DatabaseError>>() {
            return told.code().as_deref() == Some(CANCELLED);
        }
        source = cause.source();
    }
    false
}

/// Whether the connection is gone, so that the fate of what was sent over it is open.
pub(crate) fn connection_is_lost(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
        // Class 08: connection exceptions; 57P01–57P05: shutdown, crash, starting up, dropped, idle too long;
        // 53300: too many connections.
        E::Database(_) => sql_state(error)
            .is_some_and(|state| state.starts_with("08") || state.starts_with("57P") || state == "53300"),
        _ => false,
    }
}

fn sql_state(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(DatabaseError::code).map(Cow::into_owned)
}

/// A command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The aggregate refused.
    #[error("{0}")]
    Domain(E),
    /// The command id was used for another input before.
    #[error("the command id was used for another input")]
    KeyReused,
    /// The aggregate is not at the version that was expected, or others wrote to it again and again.
    #[error("the aggregate is at version {current}")]
    VersionConflict {
        /// Where it is.
        current: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
