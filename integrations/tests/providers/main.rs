//! Both wire formats, spoken for real with a stand-in on loopback that can also misbehave.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

mod anthropic;
mod failures;
mod openai;
mod secrecy;
#[expect(dead_code, reason = "the tests of the API need more of it")]
mod stand_in;
mod world;
