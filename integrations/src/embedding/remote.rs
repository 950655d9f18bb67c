//! A provider of embeddings over HTTP: sends texts in batches, repeats what may pass soon, and takes nothing on trust.

use std::fmt;
use std::time::Duration;

use domain::embedding::{EmbedError, Embedder, Embedding, ModelId, Usage, Vector};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::{RemoteModel, Waiting};
use crate::http::{Again, Endpoint, Reply, Resting, SendFault, Tries};

/// Texts in one call: every provider takes as many.
const BATCH: usize = 64;
/// What is sent of a text, in bytes: more than any of these models reads.
const LONGEST: usize = 24_000;

/// How a batch is asked for.
pub(super) type Ask = fn(&RemoteModel, Usage, &[&str]) -> Value;

/// A provider over HTTP.
pub struct Remote {
    endpoint: Endpoint,
    headers: HeaderMap,
    model: RemoteModel,
    id: ModelId,
    ask: Ask,
    waiting: Waiting,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

impl Remote {
    pub(super) fn new(
        provider: &str,
        endpoint: Endpoint,
        headers: HeaderMap,
        model: RemoteModel,
        ask: Ask,
        waiting: Waiting,
    ) -> Self {
        let dimension = model.dimension.map_or_else(String::new, |numbers| format!("@{numbers}"));
        let id = ModelId::new(format!("{provider}/{}{dimension}", model.model));
        Self { endpoint, headers, model, id, ask, waiting }
    }

    async fn batch(&self, usage: Usage, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        let texts: Vec<_> = texts.iter().map(|text| &text[..text.floor_char_boundary(LONGEST)]).collect();
        let body = (self.ask)(&self.model, usage, &texts).to_string().into_bytes();
        let mut tries = Tries::begin(self.waiting.patience);
        loop {
            let permit = self.endpoint.breaker().admit().map_err(|Resting(left)| {
                EmbedError::Unavailable { why: "given a rest", after: Some(left) }
            })?;
            let outcome = match self.endpoint.post(&self.headers, body.clone(), tries.deadline()).await {
                Ok(reply) if reply.status.is_success() => self.read(&reply, texts.len()),
                Ok(reply) => Err(meaning(&reply)),
                Err(fault) => Err(silence(fault)),
            };
            let error = match outcome {
                Ok(vectors) => {
                    permit.answered();
                    return Ok(vectors);
                }
                Err(error) => error,
            };
            let again = match &error {
                EmbedError::Unavailable { why: RATE, after } => {
                    permit.answered();
                    after.map_or(Again::Soon, Again::After)
                }
                EmbedError::Unavailable { after, .. } => {
                    permit.failed();
                    after.map_or(Again::Soon, Again::After)
                }
                EmbedError::Refused { .. } | EmbedError::Invalid(_) | EmbedError::Unusable(_) => {
                    permit.answered();
                    Again::Never
                }
            };
            let pause = tries.pause(again);
            tracing::warn!(embedding.model = %self.id, error = %error, again = pause.is_some(), "a call for embeddings failed");
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    fn read(&self, reply: &Reply, wanted: usize) -> Result<Vec<Vector>, EmbedError> {
        let answer: Answer = reply
            .value()
            .and_then(|body| serde_json::from_value(body).ok())
            .ok_or(EmbedError::Invalid("no list of embeddings"))?;
        let mut vectors = vec![None; wanted];
        let mut length = self.model.dimension.map(usize::from);
        for Item { index, embedding } in answer.data {
            if embedding.len() != *length.get_or_insert(embedding.len()) {
                return Err(EmbedError::Invalid("vectors of another length"));
            }
            let place = vectors.get_mut(index).ok_or(EmbedError::Invalid("an index beyond the texts"))?;
            *place = Vector::towards(embedding);
        }
        let vectors: Option<Vec<_>> = vectors.into_iter().collect();
        vectors.ok_or(EmbedError::Invalid("a text without a vector"))
    }
}

impl Embedder for Remote {
    fn embed<'a>(&'a self, usage: Usage, texts: &'a [String]) -> Embedding<'a> {
        Box::pin(async move {
            let mut vectors = Vec::with_capacity(texts.len());
            for batch in texts.chunks(BATCH) {
                vectors.extend(self.batch(usage, batch).await?);
            }
            Ok(vectors)
        })
    }

    fn model(&self) -> &ModelId {
        &self.id
    }
}

const RATE: &str = "it limits the rate";

fn meaning(reply: &Reply) -> EmbedError {
    let unavailable = |why, after: Option<Duration>| EmbedError::Unavailable { why, after };
    match reply.status.as_u16() {
        429 => unavailable(RATE, reply.retry_after),
        408 | 409 | 425 | 500..=599 => unavailable("an error of its own", reply.retry_after),
        status => EmbedError::Refused { code: format!("HTTP {status}") },
    }
}

fn silence(fault: SendFault) -> EmbedError {
    match fault {
        SendFault::Connect => EmbedError::Unavailable { why: "no connection", after: None },
        SendFault::Timeout => EmbedError::Unavailable { why: "no answer in time", after: None },
        SendFault::Interrupted => EmbedError::Unavailable { why: "connection lost", after: None },
        SendFault::Oversized => EmbedError::Invalid("an answer too large to be read"),
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("model", &self.id).finish_non_exhaustive()
    }
}
