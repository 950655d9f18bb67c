//! The read models and their engine on a real PostgreSQL: what they show, and what they survive.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test would")]

mod alone;
mod assistant_quota;
mod bi_views;
mod by_hand;
mod by_stream;
mod comparing;
mod crashes;
mod equality;
mod flow_queries;
mod flow_vectors;
mod freshness;
mod kept_outcomes;
mod like_signs;
mod msp;
mod outages;
mod outcome_figures;
mod outcome_weeks;
mod poison;
mod process;
mod rebuilding;
mod renewing;
mod rolling_back;
mod script_templates;
mod session_queries;
mod story;
mod tables;
mod usage_days;
mod visibility;
mod work_queue;
mod world;
