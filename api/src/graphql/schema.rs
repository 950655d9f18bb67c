//! The schema as it is served: every part of its roots, the limits, and the extension that makes it keep to the
//! specification.

use async_graphql::{MergedObject, Schema as Built};
use domain::id::{IdSource, SystemIds};

use super::account::AccountQueries;
use super::commands::Mutation;
use super::conformance::{Conformance, TraceId};
use super::dashboard::DashboardQueries;
use super::event::queries::EventQueries;
use super::flow::queries::FlowQueries;
use super::gap::GapQueries;
use super::limits::Limits;
use super::projection::ProjectionQueries;
use super::proposal::queries::ProposalQueries;
use super::rates::RateLimits;
use super::script::queries::ScriptQueries;
use super::session::queries::SessionQueries;
use super::session::queue::QueueQueries;
use super::subscription::Subscription;
use super::usage::UsageQueries;

/// The query root.
#[derive(MergedObject, Default)]
pub struct Query(
    AccountQueries,
    SessionQueries,
    QueueQueries,
    FlowQueries,
    ProposalQueries,
    ScriptQueries,
    UsageQueries,
    DashboardQueries,
    GapQueries,
    EventQueries,
    ProjectionQueries,
);

/// The schema.
pub type Schema = Built<Query, Mutation, Subscription>;

/// The schema within the usual limits. What its resolvers need comes with each request.
pub fn build() -> Schema {
    let draw_trace_id = || TraceId::new(SystemIds.next().simple().to_string());
    Built::build(Query::default(), Mutation::default(), Subscription)
        .extension(Conformance::new(Limits::default(), draw_trace_id))
        .extension(RateLimits)
        .finish()
}

/// The schema's text, as `flowpilot schema` prints it and `api/schema.graphql` holds it.
pub fn sdl() -> String {
    build().sdl()
}
