//! A provider on loopback: it answers as it was told, in order, and keeps what it was asked.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use axum::routing::any;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// One answer.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A status, headers and a body.
    Http(u16, Vec<(&'static str, String)>, Bytes),
    /// None for a long time.
    Silence,
    /// The connection ends in the middle of it.
    Cut,
    /// As the request has it.
    By(Arc<dyn Fn(&Asked) -> Answer + Send + Sync>),
    /// That answer, once this says so.
    Once(watch::Receiver<bool>, Box<Answer>),
}

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// The stand-in. Its last answer is given again and again.
#[derive(Clone)]
pub(crate) struct StandIn {
    pub(crate) url: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A JSON answer.
pub(crate) fn json(status: u16, body: &Value) -> Answer {
    Answer::Http(status, vec![("content-type", "application/json".to_owned())], body.to_string().into())
}

impl Answer {
    /// The same with one more header.
    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Http(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Self::Http(status, headers, body)
            }
            other => other,
        }
    }

    /// Made from the request.
    pub(crate) fn by(make: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::By(Arc::new(make))
    }
}

impl StandIn {
    pub(crate) async fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stand_in = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            asked: Arc::default(),
        };
        let app = Router::new().fallback(any(answer)).with_state(stand_in.clone());
        // No limit on bodies: screenshots are large.
        let app = app.layer(axum::extract::DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(listener, app).await });
        stand_in
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// From now on it answers this.
    pub(crate) fn answers(&self, answer: Answer) {
        self.answers_in_turn([answer]);
    }

    /// From now on it answers these, the last one again and again.
    pub(crate) fn answers_in_turn(&self, answers: impl IntoIterator<Item = Answer>) {
        *self.answers.lock().unwrap() = answers.into_iter().collect();
    }
}

async fn answer(
    State(stand_in): State<StandIn>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body =
        if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("a request is JSON") };
    let asked = Asked { path: uri.path().to_owned(), headers, body };
    stand_in.asked.lock().unwrap().push(asked.clone());
    let mut answer = {
        let mut answers = stand_in.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
    };
    while let Some(Answer::By(make)) = &answer {
        answer = Some(make(&asked));
    }
    if let Some(Answer::Once(mut now, then)) = answer {
        now.wait_for(|now| *now).await.expect("who asked for it to wait lets it go on");
        answer = Some(*then);
    }
    match answer.expect("an answer is left") {
        Answer::Http(status, headers, body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Answer::Silence => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            Response::new(Body::empty())
        }
        Answer::Cut => {
            let lost = io::Error::other("the connection is lost");
            let parts = [Ok(Bytes::from_static(b"{\"content\": [")), Err(lost)];
            let mut response = Response::new(Body::from_stream(futures_util::stream::iter(parts)));
            response.headers_mut().insert("content-type", "application/json".parse().unwrap());
            response
        }
        Answer::By(_) | Answer::Once(..) => unreachable!("an answer that was made is one to give"),
    }
}

/// An address where every connection is reset after the request's first bytes, or, with `words`, in the middle of an answer.
pub(crate) async fn resetting(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            // What is unread when a connection is closed makes the system reset it.
            let _ = connection.read(&mut [0; 16]).await;
            let _ = connection.write_all(words.as_bytes()).await;
            drop(connection);
        }
    });
    url
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
