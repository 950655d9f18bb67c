//! `flowpilot-replay events export|import`: a log goes elsewhere and comes out the same, fit to go on.

use std::io::Write;
use std::process::Stdio;

use domain::id::SessionId;
use domain::recorded_event::Position;
use domain::session::Session;
use event_store::ledger;

use crate::world::{Ran, World};

async fn a_log() -> (World, SessionId) {
    let world = World::new().await;
    let session = world.start("Locked out\\ \"quoted\"\ttab\nnewline é \u{1F512}").await;
    world.note(session, "Called back").await;
    ledger::extend(&world.pool).await.unwrap();
    world.start("Second").await;
    (world, session)
}

/// Pours an export into another database.
fn import(into: &World, archive: &str) -> Ran {
    let mut importing = into
        .command(&["events", "import", "-", "--yes"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that refuses at once reads nothing.
    let _ = importing.stdin.take().unwrap().write_all(archive.as_bytes());
    Ran::of(importing.wait_with_output().unwrap())
}

#[tokio::test]
async fn out_and_in_and_out_again_gives_the_same_bytes_and_the_log_goes_on() {
    let (world, session) = a_log().await;
    let out = world.run(&["events", "export"]).well();
    assert!(!out.said.contains("Called back"), "what is personal stays sealed");
    let other = World::new().await;
    let imported = import(&other, &out.said).well();
    assert_eq!(imported.lines()[0]["events"], 5);
    assert_eq!(imported.lines()[0]["blocks"], 1);
    assert_eq!(other.run(&["events", "export"]).well().said, out.said);
    other.run(&["verify"]).well();

    let loaded = other.store.load::<Session>(world.account, session.0).await.unwrap();
    assert_eq!(loaded.version, 3);
    let last = world.store.log().last_event(Position(i64::MAX)).await.unwrap();
    let next = other.with_people_of(&world);
    let committed = next.note(session, "Goes on").await;
    assert_eq!((committed.version, committed.position > last), (4, true));
    next.run(&["verify"]).well();
}

#[tokio::test]
async fn an_export_that_was_cut_off_goes_on_behind_its_last_event() {
    let (world, _) = a_log().await;
    let whole = world.run(&["events", "export"]).well().said;
    // Cut off right behind the third event: the block that follows it has not arrived.
    let mut events = 0;
    let arrived: Vec<&str> = whole
        .lines()
        .take_while(|line| {
            let before = events;
            events += i32::from(line.starts_with("{\"event\""));
            before < 3
        })
        .collect();
    let third = arrived.iter().rev().find(|line| line.starts_with("{\"event\"")).unwrap();
    let third: serde_json::Value = serde_json::from_str(third).unwrap();
    let position = third["event"]["position"].to_string();
    let rest = world.run(&["events", "export", "--after", &position]).well().said;
    let other = World::new().await;
    import(&other, &format!("{}\n{rest}", arrived.join("\n"))).well();
    assert_eq!(other.run(&["events", "export"]).well().said, whole);
    other.run(&["verify"]).well();
}

#[tokio::test]
async fn a_log_that_is_there_already_is_left_alone() {
    let (world, _) = a_log().await;
    let out = world.run(&["events", "export"]).well().said;
    let refused = import(&world, &out);
    assert_eq!(refused.code, 4, "{}", refused.complained);
    assert_eq!(world.run(&["events", "export"]).well().said, out);
}

#[tokio::test]
async fn a_broken_archive_leaves_nothing_behind() {
    let (world, _) = a_log().await;
    let out = world.run(&["events", "export"]).well().said;
    let other = World::new().await;
    let cut = &out[..out.len() - 10];
    let broken = import(&other, cut);
    assert_eq!(broken.code, 1);
    assert!(broken.complained.contains("line "), "{}", broken.complained);
    let lines: Vec<&str> = out.lines().collect();
    let twice = import(&other, &[&lines[..], &lines[lines.len() - 1..]].concat().join("\n"));
    assert_eq!(twice.code, 1, "an event twice: {}", twice.complained);
    assert_eq!(import(&other, "{\"block\":{}}").code, 1);
    assert_eq!(other.run(&["events", "count"]).well().lines()[0]["events"], 0);
    import(&other, &out).well();
}

#[tokio::test]
async fn without_yes_nothing_is_imported_and_it_says_what_would_be() {
    let (world, _) = a_log().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let file = file.to_str().unwrap();
    world.run(&["events", "export", "--to", file]).well();
    let again = world.run(&["events", "export", "--to", file]);
    assert_eq!(
        (again.code, again.complained.contains("log.jsonl is there already")),
        (4, true),
        "{}",
        again.complained
    );
    let nothing = world.run(&["events", "export", "--after", "1", "--to", &format!("{file}.other")]);
    assert_eq!(nothing.code, 3, "{}", nothing.complained);
    let other = World::new().await;
    let asked = other.run(&["events", "import", file]);
    assert_eq!(asked.code, 2);
    assert!(asked.complained.contains("--yes"), "{}", asked.complained);
    assert_eq!(other.run(&["events", "count"]).well().lines()[0]["events"], 0);
    other.run(&["events", "import", file, "--yes"]).well();
    assert_eq!(other.run(&["events", "count"]).well().lines()[0]["events"], 5);
}

#[tokio::test]
async fn read_models_that_are_ahead_of_the_import_stand_in_its_way() {
    let (world, _) = a_log().await;
    let out = world.run(&["events", "export"]).well().said;
    let other = World::new().await;
    let ahead =
        "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ('sessions', 1, 9, 1)";
    sqlx::query(ahead).execute(&other.pool).await.unwrap();
    assert_eq!(import(&other, &out).code, 4);
}
