//! What a model wrote loses its secrets before it is checked, repeated to the model or stored (rule 2.2): a screenshot may show
//! what stood in no text.

use domain::assistant::port::{Assistant, AssistantError, Failure, Generated, Generating, ModelName, Size};
use domain::assistant::prompt::Prompt;
use domain::flow::tree::FlowNode;
use serde_json::Value;

use crate::commands::redacting::Redacting;

/// A model whose words are redacted as those of people are.
pub(super) struct Withholding<'a> {
    /// The model.
    pub(super) assistant: &'a dyn Assistant,
    /// Under the key of the session that it is asked for.
    pub(super) redacting: Redacting,
    /// What people published: where it is repeated to the letter it stays, as it stays where it stands.
    pub(super) published: &'a [FlowNode],
}

impl Assistant for Withholding<'_> {
    fn generate<'a>(&'a self, size: Size, prompt: &'a Prompt) -> Generating<'a> {
        Box::pin(async move {
            let mut redacting = self.redacting.clone();
            match self.assistant.generate(size, prompt).await {
                Ok(Generated { mut json, model, prompt, calls }) => {
                    let mut texts = Vec::new();
                    collect(&mut json, &mut texts);
                    texts.retain(|text| !self.is_published(text));
                    redacting.all(texts).await;
                    Ok(Generated { json, model, prompt, calls })
                }
                Err(Failure { error: AssistantError::Invalid { fault, text }, calls }) => {
                    let error =
                        AssistantError::invalid(redacting.text(&fault).await, redacting.text(&text).await);
                    Err(Failure { error, calls })
                }
                Err(failure) => Err(failure),
            }
        })
    }

    fn model(&self, size: Size) -> ModelName {
        self.assistant.model(size)
    }
}

impl Withholding<'_> {
    /// But for spaces: a prompt shows a text in one line.
    fn is_published(&self, text: &str) -> bool {
        let texts = self
            .published
            .iter()
            .flat_map(|node| [Some(&node.text), node.label.as_ref(), node.details.as_ref()]);
        texts.flatten().any(|published| published.split_whitespace().eq(text.split_whitespace()))
    }
}

/// Every text in it; the names of its fields are the contract's, and others are refused.
fn collect<'a>(json: &'a mut Value, texts: &mut Vec<&'a mut String>) {
    match json {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter_mut().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values_mut().for_each(|field| collect(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
