//! What becomes of a run that failed: one line on standard error, and an exit code that a script can act on.

use std::io;
use std::process::ExitCode;

use event_store::StoreError;
use event_store::embedded::EmbeddedError;
use projections::error::ProjectionError;
use sqlx::migrate::MigrateError;

/// What PostgreSQL says of a table and of a function that is not there.
const MISSING: [&str; 2] = ["42P01", "42883"];

/// Failures that the tool itself finds. Those of the database are told apart by [`exit_code`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The arguments can't be meant so.
    #[error("{0}")]
    Usage(String),
    /// What was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// Something stands in the way.
    #[error("{0}")]
    Conflict(String),
    /// What was asked for was begun, and came to nothing.
    #[error("{0}")]
    Failed(String),
    /// What is stored is not as it must be; the report names the places.
    #[error("{0}")]
    VerificationFailed(String),
    /// The doctor is not content.
    #[error("{0} findings are bad")]
    Unwell(usize),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// One line that says what happened; none if nobody needs to be told.
pub(crate) fn said(error: &anyhow::Error) -> Option<String> {
    if reader_is_gone(error) {
        return None;
    }
    if lacks_tables(error) {
        let why = "this database has not all of FlowPilot's tables: `flowpilot migrate` makes them, or a server when it starts";
        return Some(why.to_owned());
    }
    Some(in_words(error))
}

/// The error and its causes, where they say something new: many repeat what caused them.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, more| match said.as_str() {
        "" => more,
        before if before.contains(&more) => said,
        _ => format!("{said}: {more}"),
    })
}

fn lacks_tables(error: &anyhow::Error) -> bool {
    let database = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref() {
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| MISSING.contains(&&*code)),
        _ => false,
    };
    error.chain().any(database)
}

/// 0 ok, 1 failure, 2 usage, 3 not found, 4 conflict, 5 verification failed, 6 unreachable, 7 denied, 130 interrupted.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if reader_is_gone(error) {
        return ExitCode::SUCCESS;
    }
    let code = error.chain().find_map(|cause| {
        let own = cause.downcast_ref().map(own);
        let stored = || cause.downcast_ref().and_then(store);
        let embedded = || cause.downcast_ref::<EmbeddedError>().map(|_| 6);
        let projection = || match cause.downcast_ref() {
            Some(ProjectionError::Log(error)) => store(error),
            Some(ProjectionError::Database(error)) => database(error),
            _ => None,
        };
        let plain = || cause.downcast_ref().and_then(database);
        let migration = || match cause.downcast_ref() {
            Some(MigrateError::Execute(error)) => database(error),
            _ => None,
        };
        own.or_else(stored).or_else(embedded).or_else(projection).or_else(plain).or_else(migration)
    });
    ExitCode::from(code.unwrap_or(1))
}

fn own(failure: &Failure) -> u8 {
    match failure {
        Failure::Unwell(_) | Failure::Failed(_) => 1,
        Failure::Usage(_) => 2,
        Failure::NotFound(_) => 3,
        Failure::Conflict(_) => 4,
        Failure::VerificationFailed(_) => 5,
        Failure::Interrupted => 130,
    }
}

fn store(error: &StoreError) -> Option<u8> {
    match error {
        StoreError::Unavailable(error) => database(error).or(Some(6)),
        StoreError::OutcomeUnknown => Some(6),
        StoreError::Refused(error) | StoreError::TookTooLong(error) => database(error),
        StoreError::Conflict | StoreError::NotEmpty => Some(4),
        _ => None,
    }
}

fn database(error: &sqlx::Error) -> Option<u8> {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            Some(6)
        }
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // Who may connect, and insufficient_privilege.
            Some("28000" | "28P01" | "42501") => Some(7),
            // A database of that name is not there.
            Some("3D000") => Some(3),
            Some(state) if MISSING.contains(&state) => Some(3),
            Some(state) if state.starts_with("08") || state.starts_with("57P") || state == "53300" => Some(6),
            _ => None,
        },
        _ => None,
    }
}

/// `… | head` has read enough: that is no failure.
fn reader_is_gone(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
