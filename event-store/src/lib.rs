//! The event log: append, load, read, seal; and the private PostgreSQL it can run on.

pub mod embedded;
pub mod migrations;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
