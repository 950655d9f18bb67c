//! Attachments: from an upload to the session that takes it, and to whoever may see it there (rules 2.1, 2.2, 11.4).
//!
//! Bytes lie sealed where files are kept, each file under a key of its own. That key is wrapped by the uploader's data key
//! until a session takes the file, then by the session's: whoever destroys that one makes the file unreadable too.

mod kept;
pub mod picture;
pub mod receiving;
pub mod showing;
pub mod taking;

use chrono::Duration;
use event_store::error::StoreError;
use integrations::files::FilesError;
use projections::error::ProjectionError;

/// How long an upload waits for a session.
pub const WAITS: Duration = Duration::hours(24);

/// Nothing about the file itself: it could not be kept or read just now.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The table of uploads could not be read or written.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// A key could not be had, or the log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bytes could not be written, read or removed.
    #[error(transparent)]
    Files(#[from] FilesError),
}
