//! The archive: the log as lines of JSON, exactly as it is stored, and back into an empty database.
//!
//! What is personal stays sealed; the data keys travel as the database holds them, wrapped by the master key. A log that was
//! restored has the same positions, the same ledger and the same idempotency, and goes on where the other one ended.

mod export;
mod import;
mod line;

pub use export::Export;
pub use import::{Import, Imported};
