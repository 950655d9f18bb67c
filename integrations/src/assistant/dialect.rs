//! What differs between the wire formats: how a prompt is written, and how an answer is read.

use domain::assistant::port::AssistantError;
use domain::assistant::prompt::Prompt;
use domain::session::step::Tokens;
use serde_json::Value;

/// A wire format.
pub trait Dialect: Send + Sync + 'static {
    /// How an endpoint is asked for an answer in form: what it understands is found out, from the best down.
    type Form: Copy + PartialEq + Default + Send + Sync;

    /// The provider's name in records.
    const PROVIDER: &'static str;

    /// The body of a request. Without images, a sentence stands in their place.
    fn body(form: Self::Form, model: &str, prompt: &Prompt, images: bool) -> Value;

    /// Reads the body of a success. None: it is no answer at all.
    fn read(form: Self::Form, body: &Value, prompt: &Prompt) -> Option<Said>;

    /// The next form to try after the endpoint refused one with this message.
    fn refused(form: Self::Form, status: u16, message: &str, proven: bool) -> Option<Self::Form>;

    /// The form to try from the next call on, when the very first answer in this one was no JSON: such an endpoint takes the
    /// request, but not its meaning.
    fn ignored(form: Self::Form) -> Option<Self::Form>;
}

/// What a model said.
pub struct Said {
    /// The object it wrote, or what is wrong.
    pub answer: Result<Value, AssistantError>,
    /// What it cost.
    pub tokens: Tokens,
    /// Of the input, written to the cache.
    pub cache_written: u64,
    /// We counted ourselves.
    pub estimated: bool,
}

/// What stands in a screenshot's place where it can't be sent.
pub(super) const NO_IMAGE: &str = "[A screenshot is attached to the session, but it cannot be shown to you.]";

/// A number of tokens; what is missing or nonsense is 0.
pub(super) fn count(usage: &Value, path: &str) -> u64 {
    usage.pointer(path).and_then(Value::as_u64).unwrap_or(0)
}
