//! The Anthropic Messages API.

mod answer;
mod request;

use domain::assistant::prompt::Prompt;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::dialect::{Dialect, Said};
use super::{Calling, Models, Provider};
use crate::Misconfigured;
use crate::http::{Endpoint, Http, Secret};

/// Where the API is, unless configured otherwise.
pub const BASE_URL: &str = "https://api.anthropic.com";

/// The Messages API.
pub struct Messages;

/// How an answer in form is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// `output_config.format`: the API keeps to the schema.
    #[default]
    OutputConfig,
    /// A tool that must be called, whose input keeps to the schema.
    StrictTool,
    /// A tool that must be called.
    Tool,
}

/// An assistant behind the Messages API, or a gateway that speaks it.
pub fn anthropic(
    http: Http,
    models: Models,
    key: &Secret,
    calling: Calling,
) -> Result<Provider<Messages>, Misconfigured> {
    let endpoint = Endpoint::new(http, &models.base_url, "v1/messages", calling.breaker)?;
    let headers = HeaderMap::from_iter([
        (HeaderName::from_static("x-api-key"), key.header()),
        (HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01")),
    ]);
    Ok(Provider::new(endpoint, headers, models, calling))
}

impl Dialect for Messages {
    type Form = Form;

    const PROVIDER: &'static str = "anthropic";

    fn body(form: Form, model: &str, prompt: &Prompt, images: bool) -> Value {
        request::body(form, model, prompt, images)
    }

    fn read(form: Form, body: &Value, _prompt: &Prompt) -> Option<Said> {
        answer::read(form, body)
    }

    /// Older models and gateways don't know `output_config`, and some take no strict tools either. The API names what it
    /// refuses.
    fn refused(form: Form, _status: u16, message: &str, _proven: bool) -> Option<Form> {
        let message = message.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
        match form {
            Form::OutputConfig if names(&["output_config", "output config", "structured", "schema"]) => {
                Some(Form::StrictTool)
            }
            Form::StrictTool if names(&["strict", "schema"]) => Some(Form::Tool),
            Form::OutputConfig | Form::StrictTool | Form::Tool => None,
        }
    }

    /// A gateway may pass over `output_config` silently; a tool that must be called is older.
    fn ignored(form: Form) -> Option<Form> {
        (form == Form::OutputConfig).then_some(Form::StrictTool)
    }
}
