//! Who names which table: only event-store those of the log, only one file (and its folder) of projections each of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;

use crate::workspace::{Source, members, root, sources};

/// The log and what belongs to it. Every other table is a projection's or its engine's.
const LOG: &[&str] = &["events", "commands", "data_keys", "ledger_blocks"];

#[test]
fn only_event_store_names_the_log_s_tables_and_only_projections_the_others() {
    let tables = tables();
    let mut by_log = BTreeSet::new();
    for member in members() {
        for source in sources(&format!("{member}/src")) {
            for table in named(&source, &tables) {
                let home = if LOG.contains(&table.as_str()) { "event-store" } else { "projections" };
                assert_eq!(member, home, "{} names the table {table}", source.path);
                by_log.insert(table);
            }
        }
    }
    assert_eq!(
        by_log, tables,
        "a table that no code names is either dead or named in a way that this does not see"
    );
}

#[test]
fn every_projection_s_table_is_named_in_one_place() {
    let tables = tables();
    let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources("projections/src") {
        for table in named(&source, &tables) {
            homes.entry(table).or_default().insert(module(&source.path));
        }
    }
    for (table, modules) in homes {
        assert_eq!(
            modules.len(),
            1,
            "the table {table} is named in {modules:?}; one of them should ask the other"
        );
    }
}

/// `projections/src/flows/queries.rs` belongs to `flows`.
fn module(path: &str) -> String {
    path.split('/').nth(2).unwrap().trim_end_matches(".rs").to_owned()
}

/// Every table of the migrations.
fn tables() -> BTreeSet<String> {
    let pattern = Regex::new(r"(?m)^CREATE TABLE (?:IF NOT EXISTS )?(\w+)").unwrap();
    let mut tables = BTreeSet::new();
    for entry in fs::read_dir(root().join("migrations")).unwrap() {
        let migration = fs::read_to_string(entry.unwrap().path()).unwrap();
        tables.extend(pattern.captures_iter(&migration).map(|found| found.extract::<1>().1[0].to_owned()));
    }
    assert!(LOG.iter().all(|table| tables.contains(*table)), "{tables:?}");
    tables
}

/// The tables that a file's SQL names. Keywords of SQL are written in capitals, so prose is not taken for it.
fn named(source: &Source, tables: &BTreeSet<String>) -> BTreeSet<String> {
    let pattern =
        Regex::new(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TRUNCATE|LOCK|COPY|USING)\s+(?:ONLY\s+)?(\w+)")
            .unwrap();
    let code = source.code();
    let names = pattern.captures_iter(&code).map(|found| found.extract::<1>().1[0].to_owned());
    names.filter(|name| tables.contains(name)).collect()
}
