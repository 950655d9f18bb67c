//! The event log on a real PostgreSQL: what it promises to writers, to readers, and to those whom it is about.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test would")]

mod appending;
mod concurrency;
mod diary;
mod feed;
mod idempotency;
mod looking;
mod outages;
mod sealing;
mod together;
mod transactions;
mod upcasting;
