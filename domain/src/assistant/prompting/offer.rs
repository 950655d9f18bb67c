//! The script templates that a step may name, as they stand in a prompt.

use std::fmt::Write;

use super::{data, limits::MAX_TEMPLATES};
use crate::assistant::contract::OfferedTemplate;
use crate::id::TemplateId;

/// A script template as it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptOffer {
    /// Its id.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The parameters that the assistant may fill in; SECRET ones are not among them.
    pub parameters: Vec<OfferedParameter>,
}

/// A parameter that the assistant may fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedParameter {
    /// Its key.
    pub key: String,
    /// Its type, as the template names it.
    pub kind: String,
    /// Without it there is no script.
    pub required: bool,
    /// What it is for.
    pub description: Option<String>,
    /// The values that it takes, where there are only a few.
    pub choices: Vec<String>,
}

impl ScriptOffer {
    /// The template as the check of a step wants it.
    pub fn offered(&self) -> OfferedTemplate {
        OfferedTemplate {
            id: self.id,
            name: self.name.clone(),
            parameters: self.parameters.iter().map(|parameter| parameter.key.clone()).collect(),
        }
    }
}

/// What a prompt says of the templates; that there are none is said, too.
pub(super) fn scripts(offers: &[ScriptOffer]) -> String {
    if offers.is_empty() {
        return "No script templates are offered: give no SCRIPT_GENERATION action.".to_owned();
    }
    let told: Vec<_> = offers.iter().take(MAX_TEMPLATES).map(told).collect();
    format!(
        "The script templates that are offered; name no other, and no parameter that is not listed:\n{}",
        data::trusted("script-templates", &told.join("\n"))
    )
}

fn told(offer: &ScriptOffer) -> String {
    let mut text = format!("- {} (id {})\n  {}", offer.name, offer.id, one_line(&offer.description));
    for parameter in &offer.parameters {
        let need = if parameter.required { "required" } else { "optional" };
        // Writing to a String can't fail.
        let _ = write!(text, "\n  · {}: {}, {need}", parameter.key, parameter.kind);
        if !parameter.choices.is_empty() {
            let _ = write!(text, ", one of {}", parameter.choices.join(" | "));
        }
        if let Some(description) = &parameter.description {
            let _ = write!(text, ". {}", one_line(description));
        }
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
