//! No event is forgotten: a projection takes it, or it is said here why none does.

use std::collections::BTreeSet;

use domain::account::event::AccountEvent;
use domain::flow::event::FlowEvent;
use domain::script::event::ScriptTemplateEvent;
use domain::session::event::SessionEvent;

/// Stored types that no projection takes, each with the reason. None for now.
const TAKEN_BY_NONE: [(&str, &str); 0] = [];

#[test]
fn every_stored_event_is_taken_by_a_projection_or_known_to_be_taken_by_none() {
    let stored =
        [SessionEvent::STORED, FlowEvent::STORED, AccountEvent::STORED, ScriptTemplateEvent::STORED].concat();
    let projections = projections::all();
    let left: BTreeSet<&str> = stored
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !projections.iter().any(|projection| projection.takes(name)))
        .collect();
    assert_eq!(left, TAKEN_BY_NONE.iter().map(|(name, _)| *name).collect());
}

#[test]
fn projections_have_names_of_their_own() {
    let names = crate::process::names();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
}
