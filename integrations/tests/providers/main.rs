//! Both wire formats, spoken for real with a stand-in on loopback that can also misbehave.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

mod anthropic;
mod failures;
mod openai;
mod secrecy;
mod stand_in;
mod world;
