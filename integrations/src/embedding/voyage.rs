//! Voyage's embeddings: they tell queries from documents, and come in the dimension that is asked for.

use domain::embedding::Usage;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use super::{Remote, RemoteModel, Waiting};
use crate::Misconfigured;
use crate::http::{Endpoint, Http, Secret};

/// Voyage's own address.
pub const BASE_URL: &str = "https://api.voyageai.com";

/// An embedder behind Voyage's API.
pub fn voyage(http: Http, model: RemoteModel, key: &str, waiting: Waiting) -> Result<Remote, Misconfigured> {
    let endpoint = Endpoint::new(http, &model.base_url, "v1/embeddings", waiting.breaker)?;
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, Secret::prefixed("Bearer ", key)?.header());
    Ok(Remote::new("voyage", endpoint, headers, model, ask, waiting))
}

fn ask(model: &RemoteModel, usage: Usage, texts: &[&str]) -> Value {
    let usage = match usage {
        Usage::Query => "query",
        Usage::Document => "document",
    };
    let mut body = json!({ "model": model.model, "input": texts, "input_type": usage, "truncation": true });
    if let Some(numbers) = model.dimension {
        body["output_dimension"] = numbers.into();
    }
    body
}
