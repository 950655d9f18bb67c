//! What can keep the private PostgreSQL from running, in sentences that say what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private PostgreSQL could not be fetched, started, kept running or stopped.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Another process holds the data folder.
    #[error(
        "the data folder {} is in use by another FlowPilot{}. One folder serves one server: stop that one, or \
         give this one a folder of its own with FLOWPILOT_DATA_DIR", folder.display(), holder(*pid)
    )]
    Locked {
        /// The folder both want.
        folder: PathBuf,
        /// The process that holds it, when it could be read.
        pid: Option<u32>,
    },

    /// The packed PostgreSQL could not be had.
    #[error(
        "{detail}\nFlowPilot needs a PostgreSQL. Set DATABASE_URL to use one that runs already (15 or newer, with \
         pgvector), or FLOWPILOT_POSTGRES_BIN to the bin folder of an installed one"
    )]
    NotFetched {
        /// What the fetch said.
        detail: String,
    },

    /// The installed PostgreSQL that was named cannot be used.
    #[error(
        "FLOWPILOT_POSTGRES_BIN={}: {detail}. It must be the bin folder of a PostgreSQL 15 or newer with pgvector",
        bin.display()
    )]
    NotUsable {
        /// The folder that was named.
        bin: PathBuf,
        /// What is wrong with it.
        detail: String,
    },

    /// The cluster was made by another major version.
    #[error(
        "{} was made by PostgreSQL {found}, but the binaries are PostgreSQL {installed}. Point \
         FLOWPILOT_POSTGRES_BIN at a PostgreSQL {found}, or move the data with pg_dump", folder.display()
    )]
    OtherVersion {
        /// The cluster's folder.
        folder: PathBuf,
        /// The major version in the folder.
        found: String,
        /// The major version of the binaries.
        installed: u32,
    },

    /// We run as root, postgres must not, and the user it would run as cannot get at its files.
    #[error(
        "PostgreSQL refuses to run as root, so it would run as user {user}, who may not enter {}. Choose another \
         place with FLOWPILOT_DATA_DIR, or start FlowPilot as an ordinary user", folder.display()
    )]
    NotReachable {
        /// The folder.
        folder: PathBuf,
        /// The user's name.
        user: String,
    },

    /// We run as root and there is nobody to run postgres as.
    #[error(
        "PostgreSQL refuses to run as root, and /etc/passwd has neither a user postgres nor a user nobody. Start \
         FlowPilot as an ordinary user, or set DATABASE_URL"
    )]
    NoOrdinaryUser,

    /// `initdb` failed.
    #[error("initdb could not make a cluster in {}: {output}", folder.display())]
    NotMade {
        /// The folder.
        folder: PathBuf,
        /// The end of what it printed.
        output: String,
    },

    /// The server ended before it answered, or keeps ending.
    #[error("PostgreSQL did not come up: {detail}. Its log is {}", log.display())]
    NotUp {
        /// The end of its log, or what we waited for in vain.
        detail: String,
        /// The log file.
        log: PathBuf,
    },

    /// Processes of an earlier run cannot be ended.
    #[error("process {pid} of an earlier PostgreSQL still holds {} and does not end", folder.display())]
    StillHeld {
        /// One of the processes.
        pid: i32,
        /// The cluster's folder.
        folder: PathBuf,
    },

    /// The server is up, but a first statement failed.
    #[error("the private PostgreSQL refused a statement")]
    Database(#[from] sqlx::Error),

    /// The operating system refused something.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// Names the file and the deed when an I/O call fails.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, EmbeddedError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, EmbeddedError> {
        self.map_err(|source| EmbeddedError::Io { doing, path: path.to_owned(), source })
    }
}

impl<T> Doing<T> for rustix::io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, EmbeddedError> {
        self.map_err(io::Error::from).doing(doing, path)
    }
}
