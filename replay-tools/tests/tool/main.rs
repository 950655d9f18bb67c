//! The program as people run it, on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test would")]

mod access;
mod archive;
mod comparing;
mod dumping;
mod evaluating;
mod events;
mod operating;
mod parquet;
mod pooler;
mod rebuilding;
mod reports;
mod serving;
mod sessions;
mod simulating;
mod terminal;
mod upcasting;
mod verifying;
mod what_if;
mod world;
