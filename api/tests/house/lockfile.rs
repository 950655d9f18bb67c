//! What stands in Cargo.lock: from where crates come, and which of them may be there only once.

use regex::Regex;

use crate::workspace::read;

#[test]
fn crates_that_hold_connections_or_shared_types_are_there_once() {
    let deny = read("deny.toml");
    let pattern = Regex::new(r#"crate = "([^"]+)", deny-multiple-versions = true"#).unwrap();
    let once: Vec<&str> = pattern.captures_iter(&deny).map(|found| found.extract::<1>().1[0]).collect();
    assert!(once.contains(&"sqlx"), "deny.toml no longer asks for one sqlx, or says it otherwise");
    let lock = read("Cargo.lock");
    for name in once {
        let versions = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert_eq!(
            versions, 1,
            "{name} stands in Cargo.lock {versions} times; cargo tree -i {name}@VERSION tells why"
        );
    }
}

#[test]
fn crates_come_from_crates_io_with_a_checksum() {
    let lock = read("Cargo.lock");
    let mut seen = 0;
    for package in lock.split("[[package]]").skip(1) {
        let Some((_, source)) = package.split_once("source = ") else { continue };
        seen += 1;
        assert!(
            source.starts_with("\"registry+https://github.com/rust-lang/crates.io-index\"\n"),
            "{package}"
        );
        assert!(package.contains("\nchecksum = \""), "{package}");
    }
    assert!(seen > 100, "only {seen} crates found: Cargo.lock is written otherwise than this reads it");
}
