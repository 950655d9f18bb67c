//! What is measured and what the dashboard for operators shows are the same: nothing shown is not there, nothing there is not
//! shown.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::workspace::{read, sources};

const NAMES: &str = "flowpilot_";

/// The queries of all panels and variables.
fn queries() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("examples/grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let texts = targets
        .map(|target| &target["expr"])
        .chain(variables.map(|variable| &variable["query"]["query"]).filter(|query| query.is_string()));
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The metrics that a text names, without what a histogram's parts are called.
fn named(text: &str) -> BTreeSet<String> {
    text.match_indices(NAMES)
        .map(|(at, _)| {
            let name = text[at..].split(|it: char| it != '_' && !it.is_ascii_lowercase()).next().unwrap();
            let base = name.strip_suffix("_bucket").or_else(|| name.strip_suffix("_count"));
            base.unwrap_or(name).to_owned()
        })
        .collect()
}

/// Each metric that the program tells, with the text of the call that tells it.
fn told() -> Vec<(String, String)> {
    let of = |text: &str| -> Vec<(String, String)> {
        let calls = text.match_indices("metrics::").filter_map(|(at, _)| text[at..].split(';').next());
        calls.filter_map(|call| Some((named(call).pop_first()?, call.to_owned()))).collect()
    };
    sources("").iter().filter(|it| it.path.contains("/src/")).flat_map(|it| of(&it.text)).collect()
}

#[test]
fn the_dashboard_shows_every_metric_that_there_is_and_no_other_one() {
    let shown: BTreeSet<String> = queries().iter().flat_map(|query| named(query)).collect();
    let told: BTreeSet<String> = told().into_iter().map(|(name, _)| name).collect();
    assert!(told.len() > 10, "{told:?}");
    assert_eq!(shown, told);
}

#[test]
fn what_the_dashboard_tells_apart_by_a_label_has_it() {
    let told = told();
    for query in queries() {
        let Some((_, by)) = query.split_once("by (") else { continue };
        let labels = by.split_once(')').unwrap().0.split(", ").filter(|label| *label != "le");
        let name = named(&query).pop_first().unwrap();
        for label in labels {
            let calls = told.iter().filter(|(metric, _)| *metric == name);
            let labelled = calls.filter(|(_, call)| call.contains(&format!("\"{label}\" =>"))).count();
            assert!(labelled > 0, "{name} has no {label}: {query}");
        }
    }
}
