//! The GraphQL face: how a schema behaves by the specification, and the contract's types, queries and commands.

pub mod account;
pub mod commands;
pub mod conformance;
pub mod dashboard;
pub mod error;
pub mod event;
pub mod flow;
pub mod gap;
pub mod limits;
pub mod page;
pub mod projection;
pub mod proposal;
pub mod rates;
pub mod request;
pub mod response;
pub mod scalar;
pub mod schema;
pub mod script;
pub mod served;
pub mod session;
pub mod subscription;
pub mod usage;
pub mod user_error;
pub mod vocabulary;
