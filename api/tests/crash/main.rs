//! The whole program with its own PostgreSQL, killed at bad moments: what was acknowledged is there, once, and goes on.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

#[path = "../support/client.rs"]
#[expect(dead_code, reason = "the tests of the API use all of it")]
mod client;
#[path = "../support/play.rs"]
#[expect(dead_code, reason = "the tests of the API use all of it")]
mod play;

mod load;
mod server;

mod ending;
mod killing;
mod sharing;
