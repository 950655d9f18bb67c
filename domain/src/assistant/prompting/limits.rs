//! How much a call may cost and a prompt may hold (rules 4.5 and 4.7). Sizes are in characters of the text before
//! escaping; what is longer is cut, and the cut is told.

use std::time::Duration;

/// Most tokens that a step may take.
pub const STEP_OUTPUT_TOKENS: u32 = 2_048;
/// Most tokens of an escalation's insight.
pub const INSIGHT_OUTPUT_TOKENS: u32 = 1_024;
/// Most tokens of a classification.
pub const CLASSIFICATION_OUTPUT_TOKENS: u32 = 512;
/// Most tokens of a generated flow.
pub const FLOW_OUTPUT_TOKENS: u32 = 8_192;

/// How long a step or a flow may take, one attempt with all its reading.
pub const DEEP_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a classification or an insight may take.
pub const QUICK_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest context that a team's admin sets.
pub const MAX_TEAM_CONTEXT: usize = 4_000;
/// Most script templates that a prompt offers.
pub const MAX_TEMPLATES: usize = 20;
/// Most candidate flows that a classification sees.
pub const MAX_CANDIDATES: usize = 5;

/// What is shown of the intake's text: all that an intake may hold.
pub const TEXT_BUDGET: usize = 20_000;
/// What is shown of a ticket's description and facts together.
pub const TICKET_BUDGET: usize = 8_000;
/// What is shown of a pasted log: its head, its tail, and telling lines from between.
pub const LOG_BUDGET: usize = 12_000;
/// What a classification sees of a log.
pub const QUICK_LOG_BUDGET: usize = 6_000;
/// What is shown of one entry of the course (a step, an answer, a note).
pub const ENTRY_BUDGET: usize = 3_000;
/// What is shown of the whole course; the oldest entries are shortened, then left out, before the latest are.
pub const COURSE_BUDGET: usize = 48_000;
/// What is left of an entry that had to be shortened.
pub const SHORT_ENTRY: usize = 240;
/// What a correcting turn repeats of the answer that was wrong.
pub const REPEATED_OUTPUT: usize = 8_000;
/// What a correcting turn says of the fault.
pub const FAULT: usize = 1_000;
