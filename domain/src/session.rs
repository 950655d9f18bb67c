//! A troubleshooting session: from an intake, step by step, to a documented end.

pub mod answer;
pub mod event;
pub mod intake;
pub mod status;
pub mod step;
pub mod view;
