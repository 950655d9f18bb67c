//! Does GraphQL show what the log holds, to those who may see it and to nobody else?
//!
//! Commands write the log, the projections fold it, and the queries and subscriptions of the served schema read it. No
//! worker runs here: every event is one that the test asked for.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

#[path = "reading/world.rs"]
mod world;

#[path = "reading/events.rs"]
mod events;
#[path = "reading/flows.rs"]
mod flows;
#[path = "reading/sessions.rs"]
mod sessions;
#[path = "reading/subscriptions.rs"]
mod subscriptions;
