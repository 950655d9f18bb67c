//! `flowpilot-replay evaluate matching`: without any database.

use domain::matching::MatchPolicy;
use serde_json::{Value, json};

use crate::world::{Ran, program};

/// Runs it where no model lies and no database is.
fn evaluate(arguments: &[&str]) -> Ran {
    let mut command =
        program(&[&["evaluate", "matching", "--embedding-folder", "/no/such/folder"], arguments].concat());
    for name in ["FLOWPILOT_EMBEDDER", "FLOWPILOT_EMBEDDING_KEY", "FLOWPILOT_EMBEDDING_KEY_FILE"] {
        command.env_remove(name);
    }
    Ran::of(command.output().unwrap())
}

/// One figure of one half by one way.
fn figure(lines: &[Value], half: &str, way: &str, name: &str) -> Value {
    let is = |line: &&Value| line["half"] == half && line["way"] == way && line["figure"] == name;
    lines.iter().find(is).unwrap_or_else(|| panic!("no {name} of {half} by {way} in {lines:#?}")).clone()
}

#[test]
fn the_figures_of_an_own_set_are_those_of_its_intakes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("intakes.jsonl");
    let set = [
        ("My account keeps locking out", "\"account-lockout-source\""),
        (
            "Account locked out again, keeps locking, bad password attempts since password change",
            "\"account-lockout-source\"",
        ),
        ("Keeps locking me out of the account", "\"account-lockout-source\""),
        ("The coffee machine is broken", "null"),
    ];
    let lines = set.map(|(text, flow)| format!("{{\"text\": \"{text}\", \"flow\": {flow}}}\n"));
    std::fs::write(&file, lines.concat()).unwrap();
    let lines = evaluate(&[file.to_str().unwrap()]).well().lines();
    let sum = |way: &str, part: &str| {
        let of = |half| figure(&lines, half, way, "top-1")[part].as_u64().unwrap();
        of("tuning") + of("reporting")
    };
    for way in ["words alone", "meaning alone", "words and meaning"] {
        assert_eq!((sum(way, "of"), sum(way, "all")), (3, 3), "{way}");
    }
    let none = evaluate(&[file.to_str().unwrap(), "--embedder", "none"]).well();
    assert!(none.lines().iter().all(|line| line["way"] == "words alone"), "{}", none.said);
}

#[test]
fn one_half_can_be_looked_at_alone_and_under_a_policy_of_ones_own() {
    let tuning = evaluate(&["--half", "tuning"]).well();
    assert!(tuning.complained.contains("embedder hashing"), "{}", tuning.complained);
    assert!(tuning.lines().iter().all(|line| line["half"] == "tuning"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    let cautious = MatchPolicy { version: 99, guide_from: 1.1, ..MatchPolicy::shipped()[1].1.clone() };
    std::fs::write(&file, serde_json::to_string(&cautious).unwrap()).unwrap();
    let lines = evaluate(&["--half", "reporting", "--policy", file.to_str().unwrap()]).well().lines();
    let guided = figure(&lines, "reporting", "words and meaning", "guided, of them right");
    assert_eq!((&guided["policy"], &guided["all"]), (&json!(99), &json!(0)));
    let policy = ["--policy", file.to_str().unwrap(), "--embedder", "none"];
    let by_words = evaluate(&policy).well().lines();
    assert!(by_words.iter().all(|line| line["policy"] == 99), "without an embedder it is that of the words");
}

#[test]
fn the_shipped_calibrations_promise_what_the_set_for_that_gives() {
    let told = evaluate(&["--fit"]).well().lines();
    let shipped = MatchPolicy::shipped();
    for (way, embedder) in [("words alone", 0), ("words and meaning", 1)] {
        let line = told.iter().find(|line| line["way"] == way).unwrap();
        let calibration = serde_json::from_value(line["calibration"].clone()).unwrap();
        let (_, policy) = &shipped[embedder];
        let fitted = MatchPolicy { calibration, ..policy.clone() };
        for value in (0..=20).map(|twentieth| f64::from(twentieth) / 20.0) {
            let (promised, found) = (policy.calibrate(value), fitted.calibrate(value));
            assert!(
                (promised - found).abs() < 0.1,
                "{way}, {value}: {promised} promised, {found} found: {line}"
            );
        }
    }
}

#[test]
fn the_intakes_that_go_wrong_are_listed_with_what_comes_first_instead() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("intakes.jsonl");
    let (wrong, misled) = (
        "My account keeps locking out since I changed my password",
        "Account locked out again, keeps locking, bad password attempts since password change",
    );
    let right = "The printer does not print";
    let set = [
        json!({ "text": wrong, "flow": "dns-resolution-fails" }),
        json!({ "text": misled, "flow": null }),
        json!({ "text": right, "flow": "printer-queues-and-drivers" }),
    ];
    std::fs::write(&file, set.map(|line| format!("{line}\n")).concat()).unwrap();
    let listed = evaluate(&[file.to_str().unwrap(), "--embedder", "none", "--missed"]).well().lines();
    let of = |text: &str| listed.iter().find(|line| line["text"] == text).unwrap();
    assert_eq!(listed.len(), 2, "{listed:#?}");
    assert_eq!(
        (&of(wrong)["flow"], &of(wrong)["best"]),
        (&json!("dns-resolution-fails"), &json!("account-lockout-source"))
    );
    assert!(of(misled)["flow"].is_null() && of(misled)["score"].as_f64().unwrap() >= 0.8, "{listed:#?}");
}

#[test]
fn what_cannot_be_evaluated_is_a_fault_of_usage_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("intakes.jsonl");
    std::fs::write(&file, "{\"text\": \"a\", \"flow\": \"no-such-flow\"}\n").unwrap();
    let unknown = evaluate(&[file.to_str().unwrap()]);
    assert_eq!(unknown.code, 2, "{}", unknown.said);
    assert!(unknown.complained.contains("no-such-flow"), "{}", unknown.complained);
    let missing = evaluate(&["/no/such/file"]);
    assert!(missing.code == 2 && missing.complained.contains("/no/such/file"), "{}", missing.complained);
    let local = evaluate(&["--embedder", "local"]);
    assert!(local.code == 2 && local.complained.contains("/no/such/folder"), "{}", local.complained);
}
