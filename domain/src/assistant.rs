//! The assistant: what it is given, what it may answer, the port that models stand behind, and the built-in playbook.

pub mod case;
pub mod checked;
pub mod contract;
pub(crate) mod hidden;
pub mod injection;
pub mod playbook;
pub mod port;
pub mod prompt;
pub mod prompting;
pub mod reading;
pub(crate) mod telling;
