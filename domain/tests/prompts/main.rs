//! Whole prompts: as golden files, and against words that are written to steer a model.

#![expect(clippy::unwrap_used, reason = "what can't be read fails the test")]

mod attempts;
mod cases;
mod golden;
mod injection;
