//! `flowpilot-replay projection verify`: a read model is what its events give, or the first row that is not is named.

use serde_json::Value;

use crate::world::World;

/// A simulated history, folded as a server would have.
async fn a_served_history() -> World {
    let world = World::new().await;
    world.run(&["simulate", "--sessions", "12", "--days", "3", "--yes"]).well();
    world.serve().await;
    world
}

/// Changes one row, and gives what the check of that projection says.
async fn after(world: &World, projection: &str, sql: &str) -> Value {
    assert_eq!(sqlx::query(sql).execute(&world.pool).await.unwrap().rows_affected(), 1, "{sql}");
    let ran = world.run(&["projection", "verify", projection]);
    assert_eq!(ran.code, 5, "{}{}", ran.said, ran.complained);
    ran.lines().remove(0)
}

#[tokio::test]
async fn read_models_that_follow_the_log_are_the_same_as_fresh_ones() {
    let world = a_served_history().await;
    let lines = world.run(&["projection", "verify"]).well().lines();
    let same: Vec<&str> = lines
        .iter()
        .filter(|line| line["result"] == "same")
        .map(|line| line["name"].as_str().unwrap())
        .collect();
    assert!(same.contains(&"sessions") && same.contains(&"accounts") && same.contains(&"usage"), "{lines:?}");
    assert_eq!(lines.len(), projections::all().len());
}

#[tokio::test]
async fn a_row_that_was_changed_lost_or_slipped_in_is_named() {
    let world = a_served_history().await;
    let changed = after(
        &world,
        "sessions",
        "UPDATE sessions SET version = version + 1 WHERE id = (SELECT min(id::text)::uuid FROM sessions)",
    )
    .await;
    assert_eq!(
        (&changed["table"], &changed["columns"]),
        (&"sessions".into(), &serde_json::json!(["version"]))
    );
    let first: uuid::Uuid =
        sqlx::query_scalar("SELECT min(id::text)::uuid FROM sessions").fetch_one(&world.pool).await.unwrap();
    assert_eq!(changed["key"]["id"], first.to_string());

    let one = "(account, id) = (SELECT account, id FROM members ORDER BY id LIMIT 1)";
    let lost = after(&world, "accounts", &format!("DELETE FROM members WHERE {one}")).await;
    assert_eq!((&lost["table"], &lost["result"]), (&"members".into(), &"missing".into()));

    let sql = "INSERT INTO usage_zones SELECT gen_random_uuid(), time_zone FROM usage_zones";
    let surplus = after(&world, "usage", sql).await;
    assert_eq!((&surplus["table"], &surplus["result"]), (&"usage_zones".into(), &"surplus".into()));
}

#[tokio::test]
async fn comparing_changes_nothing_and_what_never_ran_says_so() {
    let world = World::new().await;
    let lines = world.run(&["projection", "verify", "sessions"]).well().lines();
    assert_eq!(lines[0]["result"], "never ran");
    assert_eq!(world.run(&["projection", "verify", "weather"]).code, 3);
    let world = a_served_history().await;
    let before: String = sqlx::query_scalar("SELECT json_agg(it)::text FROM sessions AS it")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    world.run(&["projection", "verify", "sessions"]).well();
    let after: String = sqlx::query_scalar("SELECT json_agg(it)::text FROM sessions AS it")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(before, after);
}
