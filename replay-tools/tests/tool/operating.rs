//! `flowpilot-replay stats|doctor|projection|completion|man`: what admins look at.

use std::process::Output;

use crate::world::{Ran, World, program};

#[tokio::test]
async fn stats_tell_types_accounts_and_growth() {
    let world = World::new().await;
    let session = world.start("One").await;
    world.note(session, "Two").await;
    let lines = world.run(&["stats"]).well().lines();
    let of = |by: &str| lines.iter().filter(|line| line["by"] == by).collect::<Vec<_>>();
    assert_eq!(of("all")[0]["events"], 3);
    assert!(of("all")[0]["bytes"].as_i64().unwrap() > 0);
    assert_eq!(of("type").len(), 3);
    assert_eq!(of("account")[0]["group"], world.account.to_string());
    assert_eq!(of("day").last().unwrap()["total"], 3, "what there is by the end of the last day");
    let nobody = world.run(&["stats", "--account", &session.to_string()]).well().lines();
    assert_eq!(nobody.iter().map(|line| &line["events"]).collect::<Vec<_>>(), [0]);
}

/// What the doctor found, by check.
fn state(ran: &Ran, check: &str) -> String {
    let lines = ran.lines();
    let line = lines.iter().find(|line| line["check"] == check);
    line.unwrap_or_else(|| panic!("{check} is not in {}", ran.said))["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_doctor_names_settings_that_harm_and_what_is_fine() {
    let world = World::new().await;
    world.start("One").await;
    let ran = world.run(&["doctor"]);
    // The tests' own server has its durability switched off, unless somebody runs them on a real one.
    let durable: String = sqlx::query_scalar("SHOW fsync").fetch_one(&world.pool).await.unwrap();
    assert_eq!(state(&ran, "fsync"), if durable == "on" { "ok" } else { "bad" });
    assert_eq!(ran.code == 0, durable == "on", "{}", ran.said);
    for well in ["server", "role", "pgvector", "migrations", "master key", "ledger", "quarantine"] {
        assert_eq!(state(&ran, well), "ok", "{well}: {}", ran.said);
    }
}

#[tokio::test]
async fn the_doctor_notices_a_foreign_key_a_missing_migration_and_a_stream_that_waits() {
    let world = World::new().await;
    world.start("One").await;
    let mut other = world.command(&["doctor"]);
    let other: Output = other.env("FLOWPILOT_MASTER_KEY", "b8".repeat(32)).output().unwrap();
    assert_eq!(state(&Ran::of(other), "master key"), "bad");
    sqlx::query(
        "INSERT INTO quarantined_streams (projection, account, aggregate_type, aggregate_id, position, error, attempts)
         VALUES ('sessions', $1, 'session', $1, 1, 'it does not fold', 3)",
    )
    .bind(world.account.0)
    .execute(&world.pool)
    .await
    .unwrap();
    assert_eq!(state(&world.run(&["doctor"]), "quarantine"), "bad");
    let waiting = world.run(&["projection", "status", "sessions"]).well().lines();
    assert_eq!((waiting.len(), &waiting[0]["error"]), (1, &"it does not fold".into()));
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
        .execute(&world.pool)
        .await
        .unwrap();
    let ran = world.run(&["doctor"]);
    assert_eq!((ran.code, state(&ran, "migrations").as_str()), (1, "bad"));
}

/// Every projection as a running server left it a minute ago, at this position; what was recorded since waits as long.
async fn left_a_minute_ago(world: &World, position: i64) {
    for sql in [
        "INSERT INTO projection_nodes (node) VALUES (gen_random_uuid())",
        "ALTER TABLE events DISABLE TRIGGER USER",
        "UPDATE events SET recorded_at = recorded_at - interval '1 minute'",
        "ALTER TABLE events ENABLE TRIGGER USER",
    ] {
        sqlx::query(sql).execute(&world.pool).await.unwrap();
    }
    for projection in projections::all() {
        sqlx::query(
            "INSERT INTO projection_checkpoints (name, version, position, epoch, updated_at, last_error)
             VALUES ($1, $2, $3, 1, now() - interval '1 minute', 'a table is locked')",
        )
        .bind(projection.name())
        .bind(projection.version())
        .bind(position)
        .execute(&world.pool)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_read_model_that_stands_still_is_told_apart_from_one_that_follows_or_is_paused() {
    let world = World::new().await;
    world.start("One").await;
    let last: i64 =
        sqlx::query_scalar("SELECT max(position) FROM events").fetch_one(&world.pool).await.unwrap();
    left_a_minute_ago(&world, last).await;
    let details = |ran: &Ran, state: &str| -> Vec<String> {
        let lines =
            ran.lines().into_iter().filter(|line| line["check"] == "read models" && line["state"] == state);
        lines.map(|line| line["detail"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(details(&world.run(&["doctor"]), "bad"), Vec::<String>::new(), "nothing waits for it");

    let behind = "UPDATE projection_checkpoints SET position = $1 WHERE name IN ('usage', 'sessions')";
    sqlx::query(behind).bind(last - 1).execute(&world.pool).await.unwrap();
    let ran = world.run(&["doctor"]);
    let told = details(&ran, "bad");
    assert_eq!((ran.code, told.len()), (1, 2), "{}", ran.said);
    let begins = format!("sessions stands still at position {} of {last} since ", last - 1);
    assert!(told[0].starts_with(&begins) && told[0].contains(": a table is locked"), "{told:?}");

    world.run(&["projection", "pause", "usage", "--yes"]).well();
    let ran = world.run(&["doctor"]);
    assert_eq!(details(&ran, "bad").len(), 1, "{}", ran.said);
    assert!(details(&ran, "warning")[0].starts_with("usage is paused"), "{}", ran.said);
    let listed = world.run(&["projection", "list"]).well();
    let states: Vec<_> =
        listed.lines().iter().map(|line| (line["name"].clone(), line["state"].clone())).collect();
    for (name, state) in [("sessions", "stalled"), ("usage", "paused"), ("accounts", "running")] {
        assert!(states.contains(&(name.into(), state.into())), "{name}: {states:?}");
    }

    let told = world.run(&["projection", "status", "sessions"]).well();
    let words = format!("sessions: stalled, version 2, position {} of {last}", last - 1);
    assert!(told.complained.contains(&words), "{}", told.complained);
    assert!(told.complained.contains("it was last stopped by: a table is locked"), "{}", told.complained);
    assert!(told.complained.contains("nothing waits in quarantine"), "{}", told.complained);

    // Where no server runs, nobody is to blame.
    sqlx::query("DELETE FROM projection_nodes").execute(&world.pool).await.unwrap();
    let ran = world.run(&["doctor"]);
    assert_eq!(details(&ran, "bad"), Vec::<String>::new());
    assert!(details(&ran, "warning")[0].contains("no server runs"), "{}", ran.said);
    let listed = world.run(&["projection", "list"]).well();
    assert!(listed.complained.contains("no server runs"), "{}", listed.complained);
}

#[tokio::test]
async fn a_report_of_read_models_that_are_behind_or_empty_says_so() {
    let world = World::new().await;
    assert_eq!(world.run(&["report", "funnel"]).well().complained, "", "of no event there is no read model");
    world.start("One").await;
    let empty = world.run(&["report", "funnel"]).well();
    assert!(empty.complained.contains("no server has run here yet"), "{}", empty.complained);
    let last: i64 =
        sqlx::query_scalar("SELECT max(position) FROM events").fetch_one(&world.pool).await.unwrap();
    left_a_minute_ago(&world, last).await;
    assert_eq!(world.run(&["report", "funnel"]).well().complained, "");
    sqlx::query("UPDATE projection_checkpoints SET position = 1 WHERE name = 'sessions'")
        .execute(&world.pool)
        .await
        .unwrap();
    let old = world.run(&["report", "funnel"]).well();
    assert!(old.complained.contains(&format!("sessions at position 1 of {last}")), "{}", old.complained);
}

#[tokio::test]
async fn projections_are_listed_with_how_far_behind_they_are() {
    let world = World::new().await;
    world.start("One").await;
    let moved =
        "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ('sessions', 1, 1, 1)";
    sqlx::query(moved).execute(&world.pool).await.unwrap();
    let lines = world.run(&["projection", "list"]).well().lines();
    assert_eq!(lines.len(), projections::all().len());
    let of = |name: &str| lines.iter().find(|line| line["name"] == name).unwrap();
    assert_eq!((&of("sessions")["position"], &of("sessions")["behind"]), (&1.into(), &1.into()));
    assert_eq!((&of("usage")["position"], &of("usage")["behind"]), (&serde_json::Value::Null, &2.into()));
    assert_eq!(world.run(&["projection", "status", "weather"]).code, 3);
}

#[test]
fn the_manual_and_the_completion_know_every_command() {
    let said = |arguments: &[&str]| Ran::of(program(arguments).output().unwrap()).well().said;
    assert!(said(&["man"]).contains("flowpilot"));
    let help = said(&["events", "list", "--help"]);
    let at = |text: &str| help.find(text).unwrap_or_else(|| panic!("no {text}: {help}"));
    assert!(at("--before") < at("Database:"), "what a command takes comes before what all take: {help}");
    assert!(at("Database:") < at("--master-key") && at("Output:") < at("--no-color"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(said(&["completion", shell]).contains("doctor"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    said(&["man", "--to", folder.path().to_str().unwrap()]);
    assert!(folder.path().join("flowpilot-replay-events-list.1").exists());
}
