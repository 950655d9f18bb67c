//! Do the projections take the events that there are: all of them, and no others?

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use domain::account::event::AccountEvent;
use domain::analysis::event::AnalysisEvent;
use domain::flow::event::FlowEvent;
use domain::proposal::event::ProposalEvent;
use domain::script::event::ScriptTemplateEvent;
use domain::session::event::SessionEvent;

/// Events that no read model needs.
const TAKEN_BY_NONE: &[&str] = &[];

#[test]
fn every_stored_event_is_taken_by_a_projection_or_known_to_need_none() {
    for stored in stored() {
        let taken = projections::all().iter().any(|projection| projection.takes(stored));
        let none = TAKEN_BY_NONE.contains(&stored);
        assert!(taken != none, "{stored}: taken by a projection: {taken}; listed as taken by none: {none}");
    }
}

#[test]
fn a_projection_names_only_events_that_are_stored() {
    let stored = stored();
    let mut named = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut named);
    assert!(named.contains("account.opened"), "{named:?}");
    for name in named {
        assert!(stored.contains(name.as_str()), "{name:?} is the name of no stored event");
    }
}

/// The stored name of every event.
fn stored() -> BTreeSet<&'static str> {
    [
        AccountEvent::STORED,
        AnalysisEvent::STORED,
        FlowEvent::STORED,
        ProposalEvent::STORED,
        ScriptTemplateEvent::STORED,
        SessionEvent::STORED,
    ]
    .into_iter()
    .flatten()
    .map(|(name, _)| *name)
    .collect()
}

/// String literals below a folder that stand in a pattern or a comparison and look like an event's stored name.
fn collect(folder: &Path, named: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, named);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let pieces: Vec<&str> = source.split('"').map(str::trim).collect();
        named.extend(pieces.windows(3).filter(|piece| is_compared(piece)).map(|piece| piece[1].to_owned()));
    }
}

fn is_compared(piece: &[&str]) -> bool {
    let compared = piece[0].ends_with(['|', '=']) || piece[2].starts_with(['|', '=']);
    let aggregate = piece[1].split_once('.').map(|(aggregate, _)| aggregate);
    compared
        && matches!(
            aggregate,
            Some("account" | "analysis" | "flow" | "proposal" | "script_template" | "session")
        )
        && !piece[1].contains(' ')
}
