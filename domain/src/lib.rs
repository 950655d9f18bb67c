//! FlowPilot's facts and rules: what is recorded, decided and forbidden. No network, no clock of its own, no chance:
//! time and ids come in with the command.

pub mod access;
pub mod account;
pub mod analysis;
pub mod assistant;
pub mod business_time;
pub mod clock;
pub mod coverage;
pub mod embedding;
pub mod flow;
pub mod gaps;
pub mod id;
pub mod input;
pub mod local_days;
pub mod matching;
pub mod metadata;
pub mod personal;
pub mod problem;
pub mod proposal;
pub mod recorded_event;
pub mod redaction;
pub mod refusal;
pub mod script;
pub mod session;
pub mod stored_event;
