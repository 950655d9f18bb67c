//! Many commands at once, each under a key, and what became of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use domain::id::{IdSource, SystemIds};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{Client, command};
use crate::play::{self, STEP};
use crate::server::eventually;

/// A command that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) mutation: &'static str,
    pub(crate) input: Value,
    /// Its position, if the server said that it was done.
    pub(crate) acknowledged: Option<Value>,
}

/// A fresh idempotency key.
pub(crate) fn new_key() -> String {
    SystemIds.next().to_string()
}

/// Sends a command once; an answer that gets lost is no acknowledgement, and a refusal is a failure of the test.
pub(crate) async fn send(client: &Client, mutation: &'static str, input: Value) -> Sent {
    let body = json!({ "query": command(mutation, ""), "variables": { "input": input } });
    let acknowledged = match client.try_send(&body, None).await {
        Ok(answer) if answer.status == 200 && answer.body.get("errors").is_none() => {
            let payload = &answer.body["data"][mutation];
            assert_eq!(payload["userErrors"], json!([]), "{mutation} {input}: {}", answer.text);
            Some(payload["position"].clone())
        }
        _ => None,
    };
    Sent { mutation, input, acknowledged }
}

/// Sends it again until it is acknowledged; says at which position.
pub(crate) async fn insist(client: &Client, sent: &Sent) -> Value {
    for _ in 0..600 {
        if let Some(position) = send(client, sent.mutation, sent.input.clone()).await.acknowledged {
            return position;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never acknowledged: {sent:?}");
}

/// Writers that write notes and answer steps until they are told to stop, or nobody answers any more.
pub(crate) struct Load {
    writers: JoinSet<Vec<Sent>>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
}

impl Load {
    /// Starts one writer of notes and one of answers for each session.
    pub(crate) fn on(client: &Client, sessions: &[String]) -> Self {
        let mut load = Self { writers: JoinSet::new(), stop: Arc::default(), acknowledged: Arc::default() };
        for session in sessions {
            let (client, session) = (client.elsewhere(), session.clone());
            let (stop, acknowledged) = (load.stop.clone(), load.acknowledged.clone());
            load.writers.spawn(async move {
                let mut sent = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let key = new_key();
                    let note =
                        json!({ "sessionId": session, "text": format!("Note {key}"), "idempotencyKey": key });
                    let note = send(&client, "addNote", note).await;
                    if note.acknowledged.is_some() {
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    } else {
                        stop.store(true, Ordering::Relaxed);
                    }
                    sent.push(note);
                }
                sent
            });
        }
        load
    }

    /// Waits until so many commands were acknowledged.
    pub(crate) async fn reaches(&self, count: usize) {
        eventually("the load gets going", async || self.acknowledged.load(Ordering::Relaxed) >= count).await;
    }

    /// Ends it; gives all that was sent.
    pub(crate) async fn ended(mut self) -> Vec<Sent> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        while let Some(sent) = self.writers.join_next().await {
            all.extend(sent.unwrap());
        }
        all
    }
}

/// Data as it is from this position on. After a crash read models may take longer than a request waits for them: the dead
/// process's lease has to run out first.
async fn fresh(client: &Client, position: i64, query: &str, variables: Value) -> Value {
    for _ in 0..30 {
        let answer = client.graphql_at(position, query, variables.clone()).await;
        if !answer.is_stale() {
            return answer.data();
        }
    }
    panic!("read models never came to {position}");
}

/// The session's open step as it is from this position on, once it is there.
pub(crate) async fn open_step(client: &Client, session: &str, since: &Value) -> Value {
    let since = since.as_str().unwrap().parse().unwrap();
    let query = format!("query($id: ID!) {{ session(id: $id) {{ assistant currentStep {{ {STEP} }} }} }}");
    for _ in 0..2_000 {
        let mut data = fresh(client, since, &query, json!({ "id": session })).await;
        if data["session"]["currentStep"].is_object() {
            return data["session"]["currentStep"].take();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no step came in session {session}");
}

/// Starts sessions and waits for their first steps.
pub(crate) async fn sessions(client: &Client, count: usize) -> Vec<String> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        let started = client.done("startSession", json!({ "text": play::RIDDLE }), "session { id }").await;
        let id = started["session"]["id"].as_str().unwrap().to_owned();
        open_step(client, &id, &started["position"]).await;
        sessions.push(id);
    }
    sessions
}

/// What was acknowledged is there at its position, everything sent is there at most once, and what is shown is what the
/// log folds to.
pub(crate) async fn holds(client: &Client, sessions: &[String], sent: &[Sent]) {
    let mut last = 0;
    for one in sent {
        let again = insist(client, one).await;
        if let Some(before) = &one.acknowledged {
            assert_eq!(*before, again, "acknowledged, and there under the same key: {one:?}");
        }
        last = last.max(again.as_str().unwrap().parse().unwrap());
    }
    for session in sessions {
        let fields = format!(
            "version status steps {{ {STEP} }} currentStep {{ id }} updatedAt documentation {{ markdown }}"
        );
        let query = format!("query($id: ID!) {{ session(id: $id) {{ {fields} }} }}");
        let shown = fresh(client, last, &query, json!({ "id": session })).await;
        let at =
            format!("query($id: ID!, $v: Int!) {{ session(id: $id, at: {{ version: $v }}) {{ {fields} }} }}");
        let version = shown["session"]["version"].clone();
        let folded = client.data(&at, json!({ "id": session, "v": version })).await;
        assert_eq!(shown, folded, "the view is the fold");
        let newest = client.data(&at, json!({ "id": session, "v": i32::MAX })).await;
        assert_eq!(newest["session"]["version"], version, "and nothing is missing in it");
        let text = shown["session"]["steps"].to_string();
        let of_session = sent.iter().filter(|one| one.input["sessionId"] == **session);
        for one in of_session.filter(|one| one.mutation == "addNote") {
            let note = one.input["text"].as_str().unwrap();
            assert_eq!(text.matches(note).count(), 1, "{note} stands there once");
        }
    }
}
