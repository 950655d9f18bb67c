//! Does the workspace keep its own order: who may know whom, what is built in, how files are named, who reads which table?
//!
//! Each of these is written down in ARCHITECTURE.md or deny.toml. They are checked here, so that nobody has to watch them.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

mod crates;
mod licences;
mod lockfile;
mod metrics;
mod queries;
mod sources;
mod tables;
mod workspace;
