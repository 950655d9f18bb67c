//! OpenAI's chat completions, as vLLM, llama.cpp, Ollama and many hosted services speak them too.

mod answer;
mod estimate;
mod request;

use domain::assistant::prompt::Prompt;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::Value;

use super::dialect::{Dialect, Said};
use super::{Calling, Models, Provider};
use crate::Misconfigured;
use crate::http::{Endpoint, Http, Secret};

/// Chat completions.
pub struct ChatCompletions;

/// How an answer in form is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Form {
    structure: Structure,
    limit: Limit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Structure {
    /// The endpoint keeps to the schema.
    #[default]
    JsonSchema,
    /// The endpoint keeps to JSON, the schema is told in words.
    JsonObject,
    /// All is told in words.
    Plain,
}

/// The name of the longest answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Limit {
    /// Known everywhere but at some newer hosted models.
    #[default]
    MaxTokens,
    /// What those want.
    MaxCompletionTokens,
}

/// An assistant behind chat completions. Local servers want no key: there is none to give.
pub fn openai(
    http: Http,
    models: Models,
    key: Option<&str>,
    calling: Calling,
) -> Result<Provider<ChatCompletions>, Misconfigured> {
    let endpoint = Endpoint::new(http, &models.base_url, "v1/chat/completions", calling.breaker)?;
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        headers.insert(AUTHORIZATION, Secret::prefixed("Bearer ", key)?.header());
    }
    Ok(Provider::new(endpoint, headers, models, calling))
}

impl Dialect for ChatCompletions {
    type Form = Form;

    const PROVIDER: &'static str = "openai";

    fn body(form: Form, model: &str, prompt: &Prompt, images: bool) -> Value {
        request::body(form, model, prompt, images)
    }

    fn read(_form: Form, body: &Value, prompt: &Prompt) -> Option<Said> {
        answer::read(body, prompt)
    }

    /// Endpoints word it as they like. While a form has brought no answer yet, every refusal of the request is taken for one
    /// of the form; that costs two calls at most when something else was wrong.
    fn refused(form: Form, status: u16, message: &str, proven: bool) -> Option<Form> {
        let message = message.to_lowercase();
        if form.limit == Limit::MaxTokens && message.contains("max_completion_tokens") {
            return Some(Form { limit: Limit::MaxCompletionTokens, ..form });
        }
        let named =
            ["response_format", "json_schema", "json_object", "schema", "grammar", "guided", "structured"]
                .iter()
                .any(|word| message.contains(word));
        if named || (!proven && matches!(status, 400 | 422)) { below(form) } else { None }
    }

    fn ignored(form: Form) -> Option<Form> {
        below(form)
    }
}

fn below(form: Form) -> Option<Form> {
    let structure = match form.structure {
        Structure::JsonSchema => Structure::JsonObject,
        Structure::JsonObject => Structure::Plain,
        Structure::Plain => return None,
    };
    Some(Form { structure, ..form })
}
