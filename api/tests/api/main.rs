//! The real API with a real PostgreSQL, from outside: what the contract promises, under load, under attack and in peace.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

#[path = "../../../domain/tests/prompts/attempts.rs"]
mod attempts;
#[path = "../support/client.rs"]
mod client;
#[path = "../support/play.rs"]
mod play;
#[path = "../../../integrations/tests/providers/stand_in.rs"]
#[expect(dead_code, reason = "the tests of providers need more of it")]
mod stand_in;

mod firm;
mod furnished;
mod logs;
mod watching;
mod wire;
mod world;

mod accounts;
mod analytics;
mod attachments;
mod bad_input;
mod by_model;
mod course;
mod embedding;
mod escalation;
mod exports;
mod flows;
mod flywheel;
mod freshness;
mod gaps;
mod history;
mod injection;
mod insight;
mod keys;
mod lessons;
mod likeness;
mod model_faults;
mod model_scripts;
mod once;
mod operating;
mod people;
mod poison;
mod projections;
mod prompts_kept;
mod published_keys;
mod quotas;
mod rates;
mod review;
mod roles;
mod scripts;
mod secrecy;
mod slow_reads;
mod subscriptions;
mod thinking;
mod time_travel;
mod tokens;
mod visibility;
mod working;
