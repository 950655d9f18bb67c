//! A small GraphQL client over HTTP: what goes wrong becomes one clear error.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Longer than the server waits for a step.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Talks to one GraphQL endpoint as one member.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    endpoint: String,
    token: String,
}

impl Client {
    /// For the server at `base`, e.g. `http://127.0.0.1:8080`.
    pub fn new(base: &str, token: impl Into<String>) -> anyhow::Result<Self> {
        // A proxy of the environment has no business with one's own server.
        let http = integrations::http::client_builder().no_proxy().timeout(TIMEOUT).build()?;
        Ok(Self { http, endpoint: format!("{}/graphql", base.trim_end_matches('/')), token: token.into() })
    }

    /// The field of a query.
    pub async fn query<T: DeserializeOwned>(
        &self,
        field: &str,
        document: &str,
        variables: Value,
    ) -> anyhow::Result<T> {
        let answer = self.ask(field, document, variables).await?;
        serde_json::from_value(answer)
            .with_context(|| format!("{field}: the answer looks different from what was expected"))
    }

    /// The payload of a mutation that was not refused.
    pub async fn mutate<T: DeserializeOwned>(
        &self,
        field: &str,
        document: &str,
        input: Value,
    ) -> anyhow::Result<T> {
        let payload = self.ask(field, document, json!({ "input": input })).await?;
        let refused: Refused =
            serde_json::from_value(payload.clone()).with_context(|| format!("{field}: userErrors"))?;
        if let Some(error) = refused.user_errors.first() {
            bail!("{field} was refused with {}: {}", error.code, error.sentence());
        }
        serde_json::from_value(payload)
            .with_context(|| format!("{field}: the payload looks different from what was expected"))
    }

    async fn ask(&self, field: &str, document: &str, variables: Value) -> anyhow::Result<Value> {
        let response = self
            .http
            .post(&self.endpoint)
            .bearer_auth(&self.token)
            .json(&json!({ "query": document, "variables": variables }))
            .send()
            .await
            .with_context(|| format!("{field}: no answer from {}", self.endpoint))?;
        let status = response.status();
        let body = response.text().await.with_context(|| format!("{field}: the answer broke off"))?;
        let Ok(answer) = serde_json::from_str::<Answer>(&body) else {
            bail!("{field}: HTTP {status} without GraphQL: {}", body.chars().take(200).collect::<String>());
        };
        if let Some(error) = answer.errors.first() {
            bail!("{field}: {}", error.sentence());
        }
        match answer.data.and_then(|mut data| data.get_mut(field).map(Value::take)) {
            Some(value) => Ok(value),
            None => bail!("{field}: HTTP {status}, and an answer without it"),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<TopLevelError>,
}

#[derive(Deserialize)]
struct TopLevelError {
    message: String,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    code: Option<String>,
    trace_id: Option<String>,
}

impl TopLevelError {
    fn sentence(&self) -> String {
        let code = self.extensions.code.as_deref().unwrap_or("an error without a code");
        let mut sentence = format!("{code}: {}", self.message);
        if let Some(trace) = &self.extensions.trace_id {
            let _ = write!(sentence, " (trace id {trace})");
        }
        sentence
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refused {
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
struct UserError {
    code: String,
    message: String,
    #[serde(default)]
    path: Vec<String>,
}

impl UserError {
    fn sentence(&self) -> String {
        if self.path.is_empty() {
            self.message.clone()
        } else {
            format!("{} (at {})", self.message, self.path.join("."))
        }
    }
}
