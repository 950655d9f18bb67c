//! Who may know whom among the workspace's crates, and whom the domain may know at all.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::workspace::{metadata, packages, text};

/// Every crate with those below it. A new one finds its place here first.
const BELOW: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("event-store", &["domain"]),
    ("projections", &["domain", "event-store"]),
    ("integrations", &["domain"]),
    ("replay-tools", &["domain", "event-store", "projections", "integrations"]),
    ("api", &["domain", "event-store", "projections", "integrations"]),
];

/// What the domain is written with: values, text and computation. Nothing that opens a connection, tells the time or
/// starts a task.
const DOMAIN_MAY_USE: &[&str] = &[
    "aho-corasick",
    "base64",
    "chrono",
    "chrono-tz",
    "cqrs-es",
    "hmac",
    "regex",
    "serde",
    "serde-saphyr",
    "serde_json",
    "sha2",
    "thiserror",
    "unicode-normalization",
    "uuid",
];

#[test]
fn crates_depend_only_on_those_below_them() {
    let metadata = metadata(&["--no-deps"]);
    let members: BTreeSet<String> =
        packages(&metadata).iter().map(|package| text(&package["name"])).collect();
    for package in packages(&metadata) {
        let name = text(&package["name"]);
        let below = below(&name);
        for dependency in dependencies(package, |_| true) {
            let known =
                !members.contains(&dependency) || below.contains(&dependency.as_str()) || dependency == name;
            assert!(known, "{name} depends on {dependency}, which is not below it");
        }
    }
}

#[test]
fn the_domain_is_written_with_values_alone() {
    let metadata = metadata(&["--no-deps"]);
    let domain = packages(&metadata).iter().find(|package| package["name"] == "domain").unwrap();
    let used = dependencies(domain, |kind| kind != Some("dev"));
    assert!(used.contains("cqrs-es"), "the dependencies are not where they are looked for");
    for dependency in used {
        assert!(
            DOMAIN_MAY_USE.contains(&dependency.as_str()),
            "the domain depends on {dependency}; if that does no input or output, add it to DOMAIN_MAY_USE"
        );
    }
}

#[test]
fn every_crate_obeys_the_workspace_s_lints() {
    for package in packages(&metadata(&["--no-deps"])) {
        let manifest = std::fs::read_to_string(text(&package["manifest_path"])).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", package["name"]);
        assert_eq!(package["license"], "Apache-2.0", "{}", package["name"]);
        assert_eq!(
            package["publish"],
            serde_json::json!([]),
            "{} could be published by accident",
            package["name"]
        );
    }
}

fn below(name: &str) -> &'static [&'static str] {
    let place = BELOW.iter().find(|(member, _)| *member == name);
    place.unwrap_or_else(|| panic!("{name} has no place in the workspace's order; give it one in BELOW")).1
}

fn dependencies(package: &Value, kind: impl Fn(Option<&str>) -> bool) -> BTreeSet<String> {
    let all = package["dependencies"].as_array().unwrap().iter();
    all.filter(|dependency| kind(dependency["kind"].as_str()))
        .map(|dependency| text(&dependency["name"]))
        .collect()
}
