//! The GraphQL face: how a schema behaves by the specification, and the contract's own scalars and pages.

pub mod conformance;
pub mod error;
pub mod limits;
pub mod page;
pub mod response;
pub mod scalar;
