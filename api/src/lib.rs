//! FlowPilot's server: GraphQL, HTTP, authentication, workers and the command line.

pub mod app;
pub mod attachments;
pub mod auth;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod embedding_calls;
pub mod gaps;
pub mod graphql;
pub mod guide;
pub mod http;
pub mod kept_vectors;
pub mod live_sessions;
pub mod matching;
pub mod postgres_command;
pub mod quota;
pub mod rates;
pub mod serve;
pub mod telemetry;
pub mod workers;
