//! How often a member may ask (rule 11.7).

use std::num::NonZeroU32;

use api::rates::RateSettings;
use serde_json::{Value, json};

use crate::attachments;
use crate::client::{Answer, Client, assert_sentence};
use crate::play::{self, RIDDLE};
use crate::watching::Socket;
use crate::world::World;

const READ: &str = "{ viewer { role } }";
const FIGURES: &str = "{ usage { remainingToday } }";

fn rates(starts: u32, answers: u32, analyses: u32, others: u32) -> RateSettings {
    RateSettings {
        starts: NonZeroU32::new(starts),
        answers: NonZeroU32::new(answers),
        analyses: NonZeroU32::new(analyses),
        others: NonZeroU32::new(others),
    }
}

async fn asked(client: &Client, query: &str) -> Answer {
    client.graphql(query, Value::Null).await
}

fn assert_limited(answer: &Answer) {
    assert_eq!((answer.status, answer.code()), (200, "RATE_LIMITED"));
    let after = answer.body["errors"][0]["extensions"]["retryAfterMs"].as_i64().unwrap();
    assert!((1..=60_000).contains(&after), "{after}");
}

fn assert_refused(payload: &Value) {
    let error = &payload["userErrors"][0];
    assert_eq!(error["code"], "RATE_LIMITED", "{payload}");
    assert_sentence(error["message"].as_str().unwrap());
    assert!((1..=60_000).contains(&error["retryAfterMs"].as_i64().unwrap()), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starts_answers_and_other_commands_have_buckets_of_their_own_for_each_member() {
    let world = World::limited(rates(1, 1, 0, 2)).await;
    let (engineer, colleague) = (&world.firm.engineer, &world.firm.engineer2);
    let begun = play::start(engineer, RIDDLE).await;
    assert_refused(&engineer.command("startSession", json!({ "text": RIDDLE }), "").await);
    play::start(colleague, RIDDLE).await;
    let skip = json!({ "freeText": "It hums." });
    let answered = play::answer(engineer, &begun.id, &begun.step, skip.clone()).await;
    assert_eq!(answered["userErrors"], json!([]), "{answered}");
    assert_refused(&play::answer(engineer, &begun.id, &answered["nextStep"], skip).await);
    let session = json!({ "sessionId": begun.id });
    engineer.done("pauseSession", session.clone(), "").await;
    engineer.done("resumeSession", session.clone(), "").await;
    assert_refused(&engineer.command("pauseSession", session, "").await);
    let events = "SELECT count(*) FROM events WHERE event_type = 'session.paused'";
    assert_eq!(world.count(events).await, 1, "what is refused does nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_and_other_reads_have_buckets_of_their_own_and_a_request_counts_once() {
    let world = World::limited(rates(0, 0, 1, 2)).await;
    let owner = &world.firm.owner;
    asked(owner, FIGURES).await.data();
    assert_limited(&asked(owner, FIGURES).await);
    asked(owner, "{ viewer { role } account { name } a: account { version } }").await.data();
    asked(owner, READ).await.data();
    assert_limited(&asked(owner, READ).await);
    let wrong = asked(&world.firm.admin, "{ nonsense }").await;
    assert_eq!(wrong.code(), "GRAPHQL_VALIDATION_FAILED");
    asked(&world.firm.admin, READ).await.data();
    asked(&world.rival.owner, READ).await.data();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_counts_once_however_much_it_tells() {
    let world = World::limited(rates(0, 0, 0, 2)).await;
    let engineer = &world.firm.engineer;
    let begun = play::start(engineer, RIDDLE).await;
    let query = "subscription($id: ID!) { sessionEvents(sessionId: $id, after: \"0\") { type } }";
    let mut socket = Socket::following(engineer, query, json!({ "id": begun.id })).await;
    for _ in 0..4 {
        socket.item().await;
    }
    asked(engineer, READ).await.data();
    assert_limited(&asked(engineer, READ).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_pictures_and_exports_take_from_the_bucket_of_other_requests() {
    let world = World::limited(rates(0, 0, 0, 2)).await;
    let (engineer, analyst) = (&world.firm.engineer, &world.firm.analyst);
    let told = attachments::upload(engineer, "screen.png", &attachments::png(1, 500)).await;
    assert_eq!(attachments::status(engineer, &told).await, 200);
    assert_eq!(attachments::status(engineer, &told).await, 429);
    let (status, refused) = attachments::send(engineer, "again.png", &attachments::png(2, 500)).await;
    assert_eq!((status, &refused["errors"][0]["extensions"]["code"]), (429, &json!("RATE_LIMITED")));
    assert_limited_export(analyst).await;
}

async fn assert_limited_export(client: &Client) {
    for _ in 0..2 {
        assert_eq!(client.get("/events.jsonl").await.status(), 200);
    }
    let limited = client.get("/events.jsonl").await;
    assert_eq!(limited.status(), 429);
    let seconds: u64 = limited.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let body: Value = limited.json().await.unwrap();
    assert_sentence(body["errors"][0]["message"].as_str().unwrap());
    let after = body["errors"][0]["extensions"]["retryAfterMs"].as_i64().unwrap();
    assert!((1..=60_000).contains(&after), "{after}");
}
