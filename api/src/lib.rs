//! FlowPilot's server: GraphQL, HTTP, authentication, workers and the command line.

pub mod graphql;
