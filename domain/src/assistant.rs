//! The assistant: what it is given, what it may answer, and the built-in playbook.

pub mod case;
pub mod contract;
pub mod playbook;
