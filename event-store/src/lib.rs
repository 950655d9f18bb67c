//! The event log: what happened, in order, for good; and the private PostgreSQL it can run on.
//!
//! The only crate that reads or writes the events table.

mod append;
pub mod archive;
mod as_stored;
pub mod bulk;
pub mod connections;
pub mod copying;
pub mod embedded;
pub mod error;
pub mod executor;
pub mod feed;
mod idempotency;
pub mod integrity;
pub mod ledger;
pub mod log;
pub mod migrations;
mod opening;
#[cfg(feature = "options")]
pub mod options;
pub mod sealing;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transaction;
pub mod upcasting;

pub use connections::connections;
pub use error::{ExecuteError, StoreError};
pub use executor::{CommandContext, Committed, Outcome};
pub use feed::{LogFeed, Stretch};
pub use log::{Count, EventQuery, Grouping, Log, Page, RangeReader, StreamRange, Until, Whose};
pub use opening::NO_KEY;
pub use sealing::{FileKey, MasterKey, PreparedKey};
pub use store::{EventStore, Loaded};
pub use upcasting::Catalog;
