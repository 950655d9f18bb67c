//! Does a schema with the conformance extension answer as the GraphQL specification (October 2021) says?
//!
//! What is expected here is written from the specification, with the section named where it helps.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]
#![expect(clippy::unused_async, reason = "resolvers are async for the library's macros")]

#[path = "graphql_conformance/schema.rs"]
mod schema;

#[path = "graphql_conformance/codes.rs"]
mod codes;
#[path = "graphql_conformance/composed.rs"]
mod composed;
#[path = "graphql_conformance/format.rs"]
mod format;
#[path = "graphql_conformance/inputs.rs"]
mod inputs;
#[path = "graphql_conformance/limits.rs"]
mod limits;
#[path = "graphql_conformance/mutations.rs"]
mod mutations;
#[path = "graphql_conformance/nulls.rs"]
mod nulls;
#[path = "graphql_conformance/order.rs"]
mod order;
#[path = "graphql_conformance/overlap.rs"]
mod overlap;
#[path = "graphql_conformance/subscriptions.rs"]
mod subscriptions;
