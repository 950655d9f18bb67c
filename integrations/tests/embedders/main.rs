//! Embedders: the two that are called over HTTP, spoken for real with a stand-in on loopback; a model in a folder; and how
//! good matching is with those that are shipped.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

#[path = "../providers/stand_in.rs"]
#[expect(dead_code, reason = "the tests of assistants need more of it")]
mod stand_in;

mod gaps;
#[cfg(feature = "local-model")]
mod local;
mod matching;
mod proposals;
mod remote;
