//! The script templates that a step may name, as they stand in a prompt.

use std::fmt::Write;

use super::{data, limits::MAX_TEMPLATES};
use crate::assistant::contract::OfferedTemplate;
use crate::id::TemplateId;
use crate::script::template::TemplateContent;
use crate::script::{Parameter, ParameterType};
use crate::session::view::cut_at_word;

/// What is shown of a description.
const MAX_DESCRIPTION: usize = 400;

/// A script template as it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptOffer {
    id: TemplateId,
    name: String,
    description: String,
    parameters: Vec<Parameter>,
}

impl ScriptOffer {
    /// A template by its current content. SECRET parameters are not offered: nobody but the engineer gives them.
    pub fn of(id: TemplateId, content: &TemplateContent) -> Self {
        let open = |parameter: &&Parameter| parameter.kind != ParameterType::Secret;
        Self {
            id,
            name: one_line(&content.name),
            description: cut_at_word(
                &one_line(content.description.as_deref().unwrap_or_default()),
                MAX_DESCRIPTION,
            ),
            parameters: content.parameters.iter().filter(open).cloned().collect(),
        }
    }

    /// The template as the check of a step wants it.
    pub fn offered(&self) -> OfferedTemplate {
        OfferedTemplate { id: self.id, name: self.name.clone(), parameters: self.parameters.clone() }
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

/// What the prompt of a flow says of the templates.
pub(super) fn scripts_of_flows(offers: &[ScriptOffer]) -> String {
    if offers.is_empty() {
        return "No script templates are offered: `scriptTemplateId` of every new node is null.".to_owned();
    }
    let told: Vec<_> = offers.iter().take(MAX_TEMPLATES).map(named).collect();
    format!(
        "The script templates that are offered; name no other in a new node:\n{}",
        data::trusted("script-templates", &told.join("\n"))
    )
}

/// Which one it is, and what it does.
fn named(offer: &ScriptOffer) -> String {
    let mut text = format!("- {} (id {})", offer.name, offer.id);
    // Writing to a String can't fail.
    if !offer.description.is_empty() {
        let _ = write!(text, "\n  {}", offer.description);
    }
    text
}

fn told(offer: &ScriptOffer) -> String {
    let mut text = named(offer);
    for parameter in &offer.parameters {
        let need = if parameter.required && parameter.default.is_none() { "required" } else { "optional" };
        let _ = write!(text, "\n  · {}: {}, {need}", parameter.key, parameter.kind.as_str());
        if !parameter.options.is_empty() {
            let _ = write!(text, ", one of {}", parameter.options.join(" | "));
        }
        if let Some(default) = &parameter.default {
            let _ = write!(text, ", {} if left out", one_line(default));
        }
        let _ = write!(text, ". {}", one_line(&parameter.label));
        if let Some(help) = &parameter.help {
            let _ = write!(text, ": {}", one_line(help));
        }
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
