//! An account: one MSP with its teams, members, roles and settings.

pub mod event;
