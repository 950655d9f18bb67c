//! What a session does with commands, given what happened before: one file for each thing that people do with it.

mod answering;
mod any_sequence;
mod closing;
mod diagnosing;
mod escalating;
mod notes;
mod people;
mod starting;
mod story;
mod transitions;
mod visibility;
