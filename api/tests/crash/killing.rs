//! kill -9, of the server and of PostgreSQL, again and again.

use std::time::Duration;

use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use crate::load::{Load, holds, insist, new_key, open_step, send, sessions};
use crate::server::{Installation, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_a_stored_answer_and_the_next_step_the_step_comes_after_the_restart() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let session = sessions(&server.owner, 1).await.remove(0);
    let mut sent = Vec::new();
    let mut since = json!("0");
    // At once after the acknowledgement, and a little later each time; the last ones without waiting for it.
    for round in 0..6_u32 {
        let step = open_step(&server.owner, &session, &since).await;
        let answer = json!({ "freeText": format!("Answer {round}.") });
        let input = json!({ "sessionId": session, "stepId": step["id"], "answer": answer, "idempotencyKey": new_key() });
        let one = if round < 4 {
            let one = send(&server.owner, "answerStep", input).await;
            assert!(one.acknowledged.is_some(), "{}", server.log());
            tokio::time::sleep(Duration::from_millis(u64::from(round) * 4)).await;
            server.kill();
            one
        } else {
            let client = server.owner.clone();
            let sending = tokio::spawn(async move { send(&client, "answerStep", input).await });
            tokio::time::sleep(Duration::from_millis(u64::from(round) * 3)).await;
            server.kill();
            sending.await.unwrap()
        };
        server = installation.serve();
        let again = insist(&server.owner, &one).await;
        assert!(one.acknowledged.as_ref().is_none_or(|before| *before == again), "{one:?} and again {again}");
        let next = open_step(&server.owner, &session, &again).await;
        since = again;
        assert_ne!(next["id"], step["id"]);
        sent.push(one);
    }
    holds(&server.owner, std::slice::from_ref(&session), &sent).await;
    once_each(&server.owner, &session, sent.len()).await;
}

/// So many answers, and one request and one step for each.
async fn once_each(client: &crate::client::Client, session: &str, answers: usize) {
    let query = "query($id: ID!) { session(id: $id) { events(first: 100) { nodes { type } } } }";
    let data = client.data(query, json!({ "id": session })).await;
    let types: Vec<Value> = data["session"]["events"]["nodes"].as_array().unwrap().clone();
    let count = |kind: &str| types.iter().filter(|event| event["type"] == kind).count();
    assert_eq!(count("session.started"), 1);
    assert_eq!(count("session.intake_classified"), 1);
    assert_eq!(count("session.flow_matched"), 1);
    assert_eq!(count("session.step_answered"), answers);
    assert_eq!(count("session.step_requested"), answers + 1);
    assert_eq!(count("session.step_presented"), answers + 2, "with the analysis of the intake");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_projecting_nothing_is_lost_or_doubled() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let sessions = sessions(&server.owner, 6).await;
    let mut sent = Vec::new();
    for round in 0..3 {
        let load = Load::on(&server.owner, &sessions);
        load.reaches(40 + 17 * round).await;
        server.kill();
        sent.extend(load.ended().await);
        server = installation.serve();
    }
    assert!(sent.iter().any(|one| one.acknowledged.is_none()), "some were under way");
    holds(&server.owner, &sessions, &sent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_postgres_is_killed_under_load_the_server_brings_it_back_and_nothing_is_lost_or_doubled() {
    let installation = Installation::new();
    let server = installation.serve();
    let sessions = sessions(&server.owner, 6).await;
    let mut sent = Vec::new();
    for round in 0..2 {
        let load = Load::on(&server.owner, &sessions);
        load.reaches(40 + 17 * round).await;
        let postgres = installation.postgres().unwrap();
        kill_process(postgres, Signal::KILL).unwrap();
        sent.extend(load.ended().await);
        eventually("PostgreSQL is back", async || installation.postgres().is_some_and(|pid| pid != postgres))
            .await;
        eventually("it is ready", async || server.owner.get("/readyz").await.status() == 200).await;
    }
    assert!(sent.iter().any(|one| one.acknowledged.is_none()), "some were under way");
    holds(&server.owner, &sessions, &sent).await;
    // Both at once, as when the machine loses power.
    let load = Load::on(&server.owner, &sessions);
    load.reaches(30).await;
    server.signal(Signal::STOP);
    kill_process(installation.postgres().unwrap(), Signal::KILL).unwrap();
    server.kill();
    sent.extend(load.ended().await);
    let server = installation.serve();
    holds(&server.owner, &sessions, &sent).await;
}
