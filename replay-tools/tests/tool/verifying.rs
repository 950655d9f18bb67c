//! `flowpilot-replay verify`: whatever is done to the tables behind the log's back is named by its first position.

use std::sync::Arc;

use event_store::ledger;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::serving::Server;
use crate::world::{Ran, World};

/// Three sessions and a note: seven events, all in the ledger.
async fn a_log() -> (World, Vec<i64>) {
    let world = World::new().await;
    for text in ["First", "Second", "Third"] {
        let session = world.start(text).await;
        if text == "Second" {
            world.note(session, "Called back").await;
        }
    }
    assert!(!ledger::extend(&world.pool).await.unwrap());
    let sql = "SELECT position FROM events ORDER BY position";
    let positions = sqlx::query_scalar(sql).fetch_all(&world.pool).await.unwrap();
    assert_eq!(positions.len(), 7);
    (world, positions)
}

/// As somebody who may do everything, past the trigger.
async fn tamper(world: &World, sql: &str) {
    for table in ["events", "ledger_blocks", "commands"] {
        let off = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
        sqlx::query(&off).execute(&world.pool).await.unwrap();
    }
    assert!(sqlx::query(sql).execute(&world.pool).await.unwrap().rows_affected() > 0, "{sql}");
}

/// The position that a failed check names.
fn named(ran: &Ran, check: &str) -> Value {
    assert_eq!(ran.code, 5, "{}{}", ran.said, ran.complained);
    let lines = ran.lines();
    let line = lines.iter().find(|line| line["check"] == check).unwrap();
    assert_eq!(line["ok"], false, "{line}");
    line["position"].clone()
}

fn head(ran: &Ran) -> String {
    let lines = ran.lines();
    lines.iter().find(|line| line["check"] == "head").unwrap()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_log_that_nobody_touched_is_fine_also_against_its_own_head() {
    let (world, _) = a_log().await;
    let ran = world.run(&["verify"]).well();
    assert!(ran.lines().iter().all(|line| line["ok"] == true));
    let head = head(&ran);
    assert!(head.starts_with("1:"), "{head}");
    world.run(&["verify", "--head", &head]).well();
    // The log went on: the older head is still in it.
    world.start("Fourth").await;
    ledger::extend(&world.pool).await.unwrap();
    let later = world.run(&["verify", "--head", &head]).well();
    assert!(later.said.contains("\"2:"), "{}", later.said);
}

#[tokio::test]
async fn a_changed_payload_is_named() {
    let (world, positions) = a_log().await;
    let sql =
        format!("UPDATE events SET payload = payload || '{{\"x\": 1}}' WHERE position = {}", positions[3]);
    tamper(&world, &sql).await;
    assert_eq!(named(&world.run(&["verify"]), "ledger"), positions[3]);
}

#[tokio::test]
async fn a_changed_time_or_actor_is_named() {
    let (world, positions) = a_log().await;
    let at = positions[2];
    tamper(
        &world,
        &format!("UPDATE events SET recorded_at = recorded_at + interval '1 us' WHERE position = {at}"),
    )
    .await;
    assert_eq!(named(&world.run(&["verify"]), "ledger"), at);
    let at = positions[1];
    let sql =
        format!("UPDATE events SET metadata = metadata || '{{\"actor\": \"system\"}}' WHERE position = {at}");
    tamper(&world, &sql).await;
    assert_eq!(named(&world.run(&["verify"]), "ledger"), at);
}

#[tokio::test]
async fn a_deleted_event_is_named() {
    let (world, positions) = a_log().await;
    tamper(&world, &format!("DELETE FROM events WHERE position = {}", positions[2])).await;
    let ran = world.run(&["verify"]);
    assert_eq!(named(&ran, "ledger"), positions[2]);
    assert_eq!(named(&ran, "streams"), positions[3], "the second event of that session follows nothing");
}

#[tokio::test]
async fn two_swapped_events_are_named() {
    let (world, positions) = a_log().await;
    let (one, other) = (positions[2], positions[3]);
    let sql = format!("UPDATE events SET position = -position WHERE position IN ({one}, {other})");
    tamper(&world, &sql).await;
    let sql = format!("UPDATE events SET position = {one} + {other} + position WHERE position < 0");
    tamper(&world, &sql).await;
    let ran = world.run(&["verify"]);
    assert_eq!(named(&ran, "ledger"), one);
    assert_eq!(named(&ran, "streams"), one, "the first event of its session stands behind the second");
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_named() {
    let (world, positions) = a_log().await;
    tamper(&world, &format!("DELETE FROM events WHERE position >= {}", positions[5])).await;
    assert_eq!(named(&world.run(&["verify"]), "ledger"), positions[5]);
}

#[tokio::test]
async fn a_tail_that_the_ledger_has_not_come_to_is_missed_by_its_command() {
    let (world, _) = a_log().await;
    let late = world.start("Fourth").await;
    let at = world.note(late, "The last word").await.position.0;
    tamper(&world, &format!("DELETE FROM events WHERE position = {at}")).await;
    assert_eq!(named(&world.run(&["verify"]), "commands"), at);
}

#[tokio::test]
async fn a_tail_cut_off_everywhere_is_missed_by_a_head_that_was_kept() {
    let (world, positions) = a_log().await;
    world.start("Fourth").await;
    ledger::extend(&world.pool).await.unwrap();
    let kept = head(&world.run(&["verify"]).well());
    let last = positions[6];
    for table in ["events", "commands"] {
        tamper(&world, &format!("DELETE FROM {table} WHERE position > {last}")).await;
    }
    tamper(&world, &format!("DELETE FROM ledger_blocks WHERE last_position > {last}")).await;
    world.run(&["verify"]).well();
    assert_eq!(named(&world.run(&["verify", "--head", &kept]), "ledger"), last + 1);
}

#[tokio::test]
async fn a_log_written_anew_with_its_ledger_differs_from_the_head_that_was_kept() {
    let (world, positions) = a_log().await;
    let kept = head(&world.run(&["verify"]).well());
    let changed =
        format!("UPDATE events SET command_id = gen_random_uuid() WHERE position = {}", positions[6]);
    tamper(&world, &changed).await;
    tamper(&world, "DELETE FROM ledger_blocks").await;
    ledger::extend(&world.pool).await.unwrap();
    world.run(&["verify"]).well();
    let ran = world.run(&["verify", "--head", &kept]);
    assert_eq!(named(&ran, "ledger"), positions[0], "somewhere in this block, which begins here");
}

#[tokio::test]
async fn a_change_in_the_ledger_itself_is_named() {
    let (world, positions) = a_log().await;
    tamper(&world, "UPDATE ledger_blocks SET digests = overlay(digests PLACING '\\x00' FROM 40)").await;
    assert_eq!(named(&world.run(&["verify"]), "ledger"), positions[0]);
}

#[tokio::test]
async fn an_event_of_an_unknown_type_is_named_and_a_destroyed_key_is_no_fault() {
    let (world, positions) = a_log().await;
    tamper(&world, "DELETE FROM data_keys").await;
    let erased = world.run(&["verify"]).well();
    assert!(erased.said.contains("4 sealed"), "{}", erased.said);
    let at = positions[1];
    tamper(&world, &format!("UPDATE events SET event_type = 'session.dreamt' WHERE position = {at}")).await;
    assert_eq!(named(&world.run(&["verify"]), "events"), at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_log_that_goes_on_while_it_is_read_is_fine() {
    let world = Arc::new(World::new().await);
    let session = world.start("First").await;
    let server = Server::start(&world);
    let (writing, over) = (world.clone(), CancellationToken::new());
    let until = over.clone();
    let writer = tokio::spawn(async move {
        while !until.is_cancelled() {
            writing.note(session, "And on").await;
        }
    });
    for _ in 0..10 {
        let checked = world.run(&["verify"]);
        assert_eq!(checked.code, 0, "{}", checked.said);
    }
    over.cancel();
    writer.await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_read_model_that_claims_more_than_the_log_holds_is_named() {
    let (world, positions) = a_log().await;
    let checkpoint =
        "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ('usage', 2, $1, 1)";
    sqlx::query(checkpoint).bind(positions[6]).execute(&world.pool).await.unwrap();
    world.run(&["verify"]).well();
    let claims = "UPDATE projection_checkpoints SET position = position + 1";
    sqlx::query(claims).execute(&world.pool).await.unwrap();
    assert_eq!(named(&world.run(&["verify"]), "checkpoints"), positions[6] + 1);
}

#[tokio::test]
async fn the_database_refuses_to_change_the_ledger() {
    let (world, _) = a_log().await;
    for sql in ["UPDATE ledger_blocks SET number = 2", "DELETE FROM ledger_blocks", "TRUNCATE ledger_blocks"]
    {
        let refused = sqlx::query(sql).execute(&world.pool).await.unwrap_err();
        assert!(refused.to_string().contains("only ever grows"), "{refused}");
    }
}
