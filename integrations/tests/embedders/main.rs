//! Embedders: the two that are called over HTTP, spoken for real with a stand-in on loopback; and a model in a folder.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

#[path = "../providers/stand_in.rs"]
#[expect(dead_code, reason = "the tests of assistants need more of it")]
mod stand_in;

mod local;
mod remote;
