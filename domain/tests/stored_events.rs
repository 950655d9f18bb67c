//! The stored shape of every event: what once stood in a log can be read for ever.
//!
//! `golden/` holds what was stored, one file for each type, version and shape. A file is never changed; a new event or
//! a new shape gets a sample in `samples/` and a file: the test that misses it prints what to save. Files of a version that is
//! not written any more stay: what reads a log brings them to the newest one (`event-store/src/upcasting.rs`).

#![expect(clippy::unwrap_used, reason = "what can't be read fails the test")]

#[path = "stored_events/samples.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use cqrs_es::DomainEvent;
use domain::account::event::AccountEvent;
use domain::analysis::event::AnalysisEvent;
use domain::flow::event::FlowEvent;
use domain::proposal::event::ProposalEvent;
use domain::script::event::ScriptTemplateEvent;
use domain::session::event::SessionEvent;
use serde_json::Value;

/// Versions that are not written any more, and are in logs for ever.
const OLDER: &[(&str, &str)] = &[("session.abandoned", "1.0")];

fn golden_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// What is stored, by file name without its ending.
fn golden() -> BTreeMap<String, Value> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let payload =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), payload)
    };
    let entries = std::fs::read_dir(golden_folder()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).map(read).collect()
}

/// Type and version that a file is named after; a shape may follow: `session.step_presented-1.0-question`.
fn parts(name: &str) -> (&str, &str) {
    let mut parts = name.split('-');
    let (stored_type, version) = (parts.next(), parts.next());
    stored_type.zip(version).unwrap_or_else(|| panic!("{name}: type or version is missing"))
}

fn stored_now() -> BTreeSet<(&'static str, &'static str)> {
    let knowledge = [FlowEvent::STORED, ProposalEvent::STORED, AnalysisEvent::STORED].concat();
    [SessionEvent::STORED, AccountEvent::STORED, ScriptTemplateEvent::STORED, &knowledge]
        .concat()
        .into_iter()
        .collect()
}

/// Reads a payload as its aggregate does, and stores it again.
fn stored_again(stored_type: &str, payload: &Value) -> (String, Value) {
    fn through<E: DomainEvent>(payload: &Value) -> (String, Value) {
        let event: E = serde_json::from_value(payload.clone()).unwrap_or_else(|error| panic!("{error}"));
        (event.event_type(), serde_json::to_value(event).unwrap())
    }
    match stored_type.split_once('.') {
        Some(("session", _)) => through::<SessionEvent>(payload),
        Some(("flow", _)) => through::<FlowEvent>(payload),
        Some(("proposal", _)) => through::<ProposalEvent>(payload),
        Some(("analysis", _)) => through::<AnalysisEvent>(payload),
        Some(("account", _)) => through::<AccountEvent>(payload),
        Some(("script_template", _)) => through::<ScriptTemplateEvent>(payload),
        _ => panic!("{stored_type} belongs to no aggregate"),
    }
}

#[test]
fn whatever_was_stored_is_read_and_stored_again_without_a_change() {
    for (name, payload) in golden() {
        if OLDER.contains(&parts(&name)) {
            continue;
        }
        let (stored_type, _) = parts(&name);
        assert_eq!(stored_again(stored_type, &payload), (stored_type.to_owned(), payload), "{name}");
    }
}

#[test]
fn every_type_that_is_stored_has_a_file_and_no_file_is_left_over() {
    let golden = golden();
    let covered: BTreeSet<_> = golden.keys().map(|name| parts(name)).collect();
    let older: BTreeSet<_> = OLDER.iter().copied().collect();
    assert!(older.is_disjoint(&stored_now()));
    assert_eq!(covered, &older | &stored_now());
}

#[test]
fn every_sample_is_stored_as_its_file_says() {
    let mut golden = golden();
    golden.retain(|name, _| !OLDER.contains(&parts(name)));
    let mut to_save = String::new();
    for (name, payload) in samples::all() {
        if golden.remove(&name).as_ref() != Some(&payload) {
            let text = serde_json::to_string_pretty(&payload).unwrap();
            write!(to_save, "=== golden/{name}.json\n{text}\n").unwrap();
        }
    }
    assert!(to_save.is_empty(), "Stored shapes never change. If these samples are new, save:\n{to_save}");
    assert!(golden.is_empty(), "files without a sample: {:?}", golden.keys());
}

#[test]
fn whatever_is_personal_is_marked() {
    for (name, payload) in golden() {
        let clear = without_marked(payload).to_string();
        assert!(!clear.contains("PERSONAL"), "{name} holds personal content in clear: {clear}");
    }
}

/// A payload as anybody may read it.
fn without_marked(payload: Value) -> Value {
    match payload {
        Value::Object(fields) if fields.contains_key(domain::personal::PERSONAL_MARK) => Value::Null,
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, without_marked(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_marked).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => payload,
    }
}
