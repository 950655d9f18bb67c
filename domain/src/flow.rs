//! Flows: diagnostic trees that people and the assistant follow.

pub mod event;
pub mod tree;
pub mod validation;
