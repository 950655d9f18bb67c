//! The requests that are measured, each by clients that send the next one when the last one was answered.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep_until;

use crate::CLIENTS;
use crate::client::Client;
use crate::server::Server;

const INTAKES: [&str; 4] = [
    "Locked out again since she changed her password, happens every twenty minutes.",
    "The site-to-site VPN drops every hour and comes back after ten minutes.",
    "Outlook keeps asking for a password although the password is right.",
    "Printer queue hangs, error 0x0000011b when connecting to the shared printer.",
];
/// Sessions that get notes, and as many others whose steps are answered: hardly any has dozens of notes.
const SESSIONS: usize = 960;

const START: &str = "mutation($t: String!) { startSession(input: {text: $t}) {
    session { id } firstStep { id __typename kind ... on QuestionStep { options { value } } } userErrors { code } } }";
const NOTE: &str =
    "mutation($s: ID!, $t: String!) { addNote(input: {sessionId: $s, text: $t}) { position } }";
const ANSWER: &str = "mutation($s: ID!, $i: ID!, $a: StepAnswer!) { answerStep(input: {sessionId: $s, stepId: $i, answer: $a}) {
    nextStep { id __typename kind ... on QuestionStep { options { value } } } userErrors { code } } }";

/// A session and its open step.
struct Open {
    session: String,
    step: Value,
}

/// Sessions to send requests about.
pub(crate) struct Load {
    address: String,
    token: String,
    /// Those that get notes.
    sessions: Vec<String>,
    /// Those whose steps are answered.
    open: Mutex<VecDeque<Open>>,
}

/// What a round came to.
pub(crate) struct Round {
    pub(crate) rate: f64,
    pub(crate) times: Vec<Duration>,
    /// Where each command stood in the log, and when its answer came.
    pub(crate) acknowledged: Vec<(i64, Instant)>,
}

impl Round {
    /// The median and the 99th percentile in milliseconds.
    pub(crate) fn latencies(&self) -> String {
        let mut times = self.times.clone();
        times.sort();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_sign_loss,
                reason = "an index"
            )]
            let index = ((times.len() as f64 - 1.0) * share) as usize;
            times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        format!("{:.1} / {:.1} ms", at(0.5), at(0.99))
    }
}

impl Load {
    /// Starts many sessions, each to its first step.
    pub(crate) async fn prepare(server: &Server) -> Arc<Self> {
        let load = Arc::new(Self {
            address: server.address.clone(),
            token: server.token.clone(),
            sessions: Vec::new(),
            open: Mutex::default(),
        });
        let started = Instant::now();
        let tasks: Vec<_> = (0..CLIENTS as usize)
            .map(|worker| {
                let load = load.clone();
                tokio::spawn(async move {
                    let mut client = load.client().await;
                    for number in (worker..2 * SESSIONS).step_by(CLIENTS as usize) {
                        let answer =
                            client.graphql(START, &json!({ "t": INTAKES[number % INTAKES.len()] })).await;
                        let started = &answer["startSession"];
                        let session = started["session"]["id"].as_str().unwrap().to_owned();
                        load.open
                            .lock()
                            .await
                            .push_back(Open { session, step: started["firstStep"].clone() });
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = 2.0 * SESSIONS as f64 / started.elapsed().as_secs_f64();
        println!("{:<58} {rate:>9.0} /s", format!("startSession to first step visible, {CLIENTS} clients"));
        let mut open = load.open.lock().await.drain(..).collect::<Vec<_>>();
        let sessions = open.split_off(SESSIONS).into_iter().map(|open| open.session).collect();
        Arc::new(Self {
            address: load.address.clone(),
            token: load.token.clone(),
            sessions,
            open: Mutex::new(open.into()),
        })
    }

    async fn client(&self) -> Client {
        Client::connect(&self.address, &self.token).await
    }

    /// Notes, selecting nothing but the position; at most `rate` a second if one is given.
    pub(crate) async fn add_notes(self: &Arc<Self>, round: Duration, rate: Option<f64>) -> Round {
        let started = Instant::now();
        let pause = rate.map(|rate| Duration::from_secs_f64(f64::from(CLIENTS) / rate));
        let tasks: Vec<_> = (0..CLIENTS as usize)
            .map(|worker| {
                let load = self.clone();
                tokio::spawn(async move {
                    let mut client = load.client().await;
                    let (mut times, mut acknowledged) = (Vec::new(), Vec::new());
                    let mine: Vec<_> = load.sessions.iter().skip(worker).step_by(CLIENTS as usize).collect();
                    // Spread over the pause, so that the clients do not knock all at once.
                    let mut due =
                        started + pause.unwrap_or_default() * u32::try_from(worker).unwrap() / CLIENTS;
                    for session in mine.into_iter().cycle() {
                        if started.elapsed() >= round {
                            break;
                        }
                        if let Some(pause) = pause {
                            sleep_until(due.into()).await;
                            due += pause;
                        }
                        let sent = Instant::now();
                        let variables =
                            json!({ "s": session, "t": "Called the user: it happened again just now." });
                        let answer = client.graphql(NOTE, &variables).await;
                        let position = answer["addNote"]["position"].as_str().unwrap().parse().unwrap();
                        acknowledged.push((position, Instant::now()));
                        times.push(sent.elapsed());
                    }
                    (times, acknowledged)
                })
            })
            .collect();
        gather(started, tasks).await
    }

    /// Answers, each waiting for the next step to be there and visible.
    pub(crate) async fn step_cycles(self: &Arc<Self>, round: Duration) -> Round {
        let started = Instant::now();
        let tasks: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let load = self.clone();
                tokio::spawn(async move {
                    let mut client = load.client().await;
                    let mut times = Vec::new();
                    'sessions: while let Some(mut open) = { load.open.lock().await.pop_front() } {
                        while !open.step.is_null() {
                            if started.elapsed() >= round {
                                load.open.lock().await.push_back(open);
                                break 'sessions;
                            }
                            let sent = Instant::now();
                            let variables =
                                json!({ "s": open.session, "i": open.step["id"], "a": answer(&open.step) });
                            let answer = client.graphql(ANSWER, &variables).await;
                            open.step = answer["answerStep"]["nextStep"].clone();
                            if !open.step.is_null() {
                                times.push(sent.elapsed());
                            }
                        }
                    }
                    (times, Vec::new())
                })
            })
            .collect();
        gather(started, tasks).await
    }
}

/// Whatever leads on: the last option, or that it did not help.
fn answer(step: &Value) -> Value {
    match step["kind"].as_str().unwrap() {
        "QUESTION" => json!({ "option": step["options"].as_array().unwrap().last().unwrap()["value"] }),
        "INFO_REQUEST" => json!({ "freeText": "Since Monday, one user, nothing was changed." }),
        _ => json!({ "actionResult": { "succeeded": false } }),
    }
}

type Measured = (Vec<Duration>, Vec<(i64, Instant)>);

async fn gather(started: Instant, tasks: Vec<tokio::task::JoinHandle<Measured>>) -> Round {
    let (mut times, mut acknowledged) = (Vec::new(), Vec::new());
    for task in tasks {
        let (more_times, more_acknowledged) = task.await.unwrap();
        times.extend(more_times);
        acknowledged.extend(more_acknowledged);
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    Round { rate, times, acknowledged }
}
