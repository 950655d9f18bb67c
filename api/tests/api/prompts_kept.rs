//! What a model was asked is kept once, sealed, and found by the digest that stands with its calls.

use api::cli::prompt::shown;
use api::guide::Fallback;
use domain::assistant::prompt::PromptHash;
use serde_json::{Value, json};

use crate::play::{self, LOCKOUT};
use crate::stand_in::StandIn;
use crate::wire::{Wire, class, question, resolution};
use crate::world::{World, eventually};

/// The digests of all calls so far, in the order of the calls.
async fn digests(world: &World) -> Vec<PromptHash> {
    let query = "SELECT prompt FROM assistant_calls ORDER BY sequence";
    let prompts: Vec<String> = sqlx::query_scalar(query).fetch_all(&world.pool).await.unwrap();
    prompts.iter().map(|prompt| prompt.parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_prompt_is_kept_once_also_a_correction_and_nothing_of_it_in_clear() {
    let wire = Wire::Anthropic;
    // The first classification fails, is tried again, and the first step has to be corrected.
    let answers = [
        wire.error(529, "overloaded_error"),
        wire.says(&class()),
        wire.writes("Reboot the server."),
        wire.says(&question()),
    ];
    let stand_in = StandIn::new(answers).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    play::start(&world.firm.engineer, LOCKOUT).await;
    let calls = digests(&world).await;
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[0], calls[1], "the same was asked again");
    assert_ne!(calls[2], calls[3], "a correction is another prompt");
    assert_eq!(world.count("SELECT count(*) FROM assistant_prompts").await, 3);

    let account = world.firm.account;
    let correction = shown(&world.pool, &world.app.store, account, calls[3]).await.unwrap();
    assert_eq!(correction["turns"].as_array().unwrap().len(), 3);
    assert!(correction.to_string().contains("every twenty minutes"), "{correction}");
    assert_eq!(correction["max_output_tokens"], 2_048);
    let sent = stand_in.asked().last().unwrap().body["messages"][0]["content"][0]["text"].clone();
    assert_eq!(correction["turns"][0]["parts"][0]["text"], sent, "it is what was sent");

    let raw = "SELECT count(*) FROM assistant_prompts
        WHERE position('twenty'::bytea IN sealed) > 0 OR position('Reboot'::bytea IN sealed) > 0";
    assert_eq!(world.count(raw).await, 0);
    assert!(shown(&world.pool, &world.app.store, world.rival.account, calls[3]).await.is_err());
    let moved = "UPDATE assistant_prompts SET hash = repeat('0', 64) WHERE hash = $1";
    sqlx::query(moved).bind(calls[3].to_string()).execute(&world.pool).await.unwrap();
    let elsewhere = "0".repeat(64).parse().unwrap();
    assert!(shown(&world.pool, &world.app.store, account, elsewhere).await.is_err(), "it opens in its place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_is_not_shown_once_something_of_its_session_was_redacted_or_its_key_is_gone() {
    let wire = Wire::OpenAi;
    let stand_in = StandIn::new([wire.after_classifying(wire.says(&resolution()))]).await;
    let world = World::guided(wire.guide(&stand_in, Fallback::None)).await;
    let begun = play::start(&world.firm.engineer, LOCKOUT).await;
    play::start(&world.firm.engineer, &format!("{LOCKOUT} Her colleague, too.")).await;
    let calls = digests(&world).await;
    assert_eq!(calls.len(), 4);
    let see = async |hash: PromptHash| shown(&world.pool, &world.app.store, world.firm.account, hash).await;
    assert!(see(calls[1]).await.is_ok());

    let redact = json!({ "sessionId": begun.id, "text": "Jane Doe", "reason": "She asked for it." });
    world.firm.owner.done("redactSession", redact, "").await;
    let refused = see(calls[1]).await.unwrap_err().to_string();
    assert!(refused.contains("redacted"), "{refused}");
    assert!(see(calls[3]).await.is_ok(), "the other session's");

    sqlx::query("DELETE FROM data_keys").execute(&world.pool).await.unwrap();
    let forgetful = event_store::EventStore::new(
        world.pool.clone(),
        event_store::MasterKey::generate(),
        world.clock.clone(),
    );
    let refused = shown(&world.pool, &forgetful, world.firm.account, calls[3]).await;
    assert!(refused.is_err(), "{:?}", refused.unwrap_or(Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_playbook_is_asked_without_a_prompt() {
    let world = World::start().await;
    let begun = play::start(&world.firm.engineer, LOCKOUT).await;
    world
        .firm
        .engineer
        .done("escalateSession", json!({ "sessionId": begun.id, "reason": "Beyond me." }), "")
        .await;
    eventually("the insight is there", async || {
        world.count("SELECT count(*) FROM events WHERE event_type = 'session.escalation_enriched'").await == 1
    })
    .await;
    assert_eq!(world.count("SELECT count(*) FROM assistant_calls").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM assistant_prompts").await, 0);
}
