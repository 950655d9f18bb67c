//! Are all crates that are built in under a licence of deny.toml's list? An SPDX expression is read as far as crates use it.

use regex::Regex;

use crate::workspace::{metadata, packages, platform, read};

#[test]
fn every_crate_has_a_licence_of_the_list() {
    let allowed = allowed();
    // Crates for other platforms are not on this machine; `cargo deny` looks at those.
    let metadata = metadata(&["--filter-platform", &platform()]);
    assert!(packages(&metadata).len() > 100, "cargo metadata tells of too few crates");
    for package in packages(&metadata) {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(permits(licence, &allowed), "{} is under {licence}", package["name"]);
    }
}

#[test]
fn an_expression_is_permitted_if_what_it_demands_is() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
    for good in ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "MIT AND ISC", "(MIT OR GPL-3.0) AND ISC"] {
        assert!(permits(good, &allowed), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "Apache-2.0", "none", ""] {
        assert!(!permits(bad, &allowed), "{bad}");
    }
    assert!(permits("Apache-2.0 WITH LLVM-exception OR GPL-3.0", &allowed));
}

fn allowed() -> Vec<String> {
    let deny = read("deny.toml");
    let list = Regex::new(r"(?s)\[licenses\].*?\nallow = \[(.*?)\]").unwrap();
    let list = list.captures(&deny).expect("deny.toml lists licences").extract::<1>().1[0].to_owned();
    let allowed: Vec<_> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(allowed.iter().any(|licence| licence == "MIT"), "{allowed:?}");
    allowed
}

/// AND binds closer than OR; an old `/` means OR.
fn permits(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let group = Regex::new(r"\(([^()]*)\)").unwrap();
    if let Some(found) = group.captures(&expression) {
        let (whole, [inner]) = found.extract();
        // "yes" and "no" stand for what has been decided.
        let decided = if permits(inner, allowed) { "yes" } else { "no" };
        return permits(&expression.replacen(whole, decided, 1), allowed);
    }
    expression.split(" OR ").any(|option| {
        option
            .split(" AND ")
            .map(str::trim)
            .all(|licence| licence == "yes" || allowed.iter().any(|one| one == licence))
    })
}
