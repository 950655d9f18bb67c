//! Read models: how events become what people read, the engine that keeps them, and the work that they ask for.

pub mod accounts;
pub mod assistant_calls;
pub mod assistant_prompts;
pub mod assistant_quota;
pub mod by_stream;
pub mod checkpoint;
pub mod comparison;
pub mod error;
pub mod flow_vectors;
pub mod flows;
pub mod freshness;
mod one_by_one;
pub mod outcomes;
pub mod projection;
pub mod proposals;
pub mod quarantine;
pub mod rebuild;
pub mod runner;
pub mod script_templates;
pub mod sessions;
pub mod sharing;
pub mod standing;
mod target;
pub mod uploads;
pub mod usage;
pub mod work_queue;
pub mod work_requests;

/// Every projection of the program, in the order in which they are started.
pub fn all() -> Vec<std::sync::Arc<dyn projection::Projection>> {
    vec![
        std::sync::Arc::new(accounts::Accounts),
        std::sync::Arc::new(flows::Flows),
        std::sync::Arc::new(proposals::Proposals),
        std::sync::Arc::new(flow_vectors::FlowVectors),
        std::sync::Arc::new(script_templates::ScriptTemplates),
        std::sync::Arc::new(sessions::Sessions::default()),
        std::sync::Arc::new(outcomes::Outcomes::default()),
        std::sync::Arc::new(usage::Usage),
        std::sync::Arc::new(work_requests::WorkRequests),
    ]
}
