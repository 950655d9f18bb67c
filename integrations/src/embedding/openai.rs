//! OpenAI's embeddings, as vLLM, llama.cpp, Ollama and many hosted services speak them too.

use domain::embedding::Usage;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use super::{Remote, RemoteModel, Waiting};
use crate::Misconfigured;
use crate::http::{Endpoint, Http, Secret};

/// An embedder behind such an endpoint. Local servers want no key: there is none to give.
pub fn openai(
    http: Http,
    model: RemoteModel,
    key: Option<&str>,
    waiting: Waiting,
) -> Result<Remote, Misconfigured> {
    let endpoint = Endpoint::new(http, &model.base_url, "v1/embeddings", waiting.breaker)?;
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        headers.insert(AUTHORIZATION, Secret::prefixed("Bearer ", key)?.header());
    }
    Ok(Remote::new("openai", endpoint, headers, model, ask, waiting))
}

/// These models make no difference between queries and documents.
fn ask(model: &RemoteModel, _usage: Usage, texts: &[&str]) -> Value {
    let mut body = json!({ "model": model.model, "input": texts, "encoding_format": "float" });
    if let Some(numbers) = model.dimension {
        body["dimensions"] = numbers.into();
    }
    body
}
