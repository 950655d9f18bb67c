//! The read models and their engine on a real PostgreSQL: what they show, and what they survive.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test would")]

mod by_hand;
mod catalog;
mod equality;
mod msp;
mod process;
mod script_templates;
mod story;
mod tables;
mod world;
