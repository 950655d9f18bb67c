//! Reading the flow that a model wrote from a solved case: a flat list of nodes that has to make a valid tree (rule 5.1).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{OutputFault, clip, fields, named, one_line, text, texts};
use crate::analysis::{MAX_KEYWORD, MAX_KEYWORDS, MAX_TITLE};
use crate::assistant::contract::OfferedTemplate;
use crate::flow::event::FlowKind;
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::flow::validation::{sentences, validate};
use crate::id::TemplateId;
use crate::session::view::cut_at_word;

/// Longest description that is kept, in characters.
const MAX_DESCRIPTION: usize = 2_000;

const TYPES: [(&str, FlowNodeType); 3] = [
    ("QUESTION", FlowNodeType::Question),
    ("ACTION", FlowNodeType::Action),
    ("SOLUTION", FlowNodeType::Solution),
];

/// A flow as a model wrote it: its tree is valid.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenFlow {
    /// The problem in a line.
    pub title: String,
    /// How it shows itself, and what solves it.
    pub description: String,
    /// Words that would lead to it.
    pub keywords: Vec<String>,
    /// The tree.
    pub nodes: Vec<FlowNode>,
}

crate::session::view::hides_content!(WrittenFlow);

/// Reads a flow. `base` is the tree that it changes, empty for a new one; `templates` are the scripts that new nodes may name.
/// What the prompt
/// doesn't show of a node that stays is what it was: line breaks, and labels below an action.
///
/// # Errors
/// The first fault of the form, or all of the tree; that it changes nothing is one.
pub fn lesson(
    output: &Value,
    (kind, base): (FlowKind, &[FlowNode]),
    templates: &[OfferedTemplate],
) -> Result<WrittenFlow, OutputFault> {
    let written = fields(output)?;
    let title = filled(written, "title")?;
    let description = filled(written, "description")?;
    let mut keywords: Vec<String> = Vec::new();
    for keyword in texts(written, "keywords")? {
        let keyword = cut_at_word(&one_line(keyword), MAX_KEYWORD);
        if !keyword.is_empty() && !keywords.contains(&keyword) && keywords.len() < MAX_KEYWORDS {
            keywords.push(keyword);
        }
    }
    let known: HashMap<&str, &FlowNode> = base.iter().map(|node| (node.id.as_str(), node)).collect();
    let offered: HashSet<TemplateId> = templates.iter().map(|template| template.id).collect();
    let Value::Array(items) = written.get("nodes").ok_or(OutputFault::Missing("nodes"))? else {
        return Err(OutputFault::Form { field: "nodes", form: "a list of nodes" });
    };
    let nodes: Vec<_> =
        items.iter().map(|item| node(fields(item)?, &known, &offered)).collect::<Result<_, _>>()?;
    validate(kind, &nodes).map_err(|faults| OutputFault::Tree(sentences(&faults)))?;
    if nodes == base {
        return Err(OutputFault::Unchanged);
    }
    Ok(WrittenFlow {
        title: cut_at_word(&one_line(title), MAX_TITLE),
        description: cut_at_word(description.trim(), MAX_DESCRIPTION),
        keywords,
        nodes,
    })
}

fn node(
    written: &Map<String, Value>,
    known: &HashMap<&str, &FlowNode>,
    offered: &HashSet<TemplateId>,
) -> Result<FlowNode, OutputFault> {
    let id = text(written, "id")?.trim().to_owned();
    let before = known.get(id.as_str());
    if before.is_none() && !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err(OutputFault::Form { field: "id", form: "letters, digits and hyphens" });
    }
    let words = text(written, "text")?.trim();
    let parent_id = optional(written, "parentId")?.map(str::to_owned);
    let label = match optional(written, "label")? {
        Some(label) => Some(as_it_was(label, before.and_then(|it| it.label.as_ref()))),
        // What leads to an action's children is shown as success and failure.
        None => before.filter(|it| it.parent_id == parent_id).and_then(|it| it.label.clone()),
    };
    let script_template_id = template(written, before.and_then(|node| node.script_template_id), offered)?;
    Ok(FlowNode {
        parent_id,
        kind: named(written, "type", TYPES)?,
        label,
        text: as_it_was(words, before.map(|node| &node.text)),
        details: optional(written, "details")?
            .map(|details| as_it_was(details, before.and_then(|it| it.details.as_ref()))),
        script_template_id,
        id,
    })
}

/// Only the template that the node had, or one that is offered.
fn template(
    written: &Map<String, Value>,
    before: Option<TemplateId>,
    offered: &HashSet<TemplateId>,
) -> Result<Option<TemplateId>, OutputFault> {
    let Some(found) = optional(written, "scriptTemplateId")? else { return Ok(None) };
    let known = found.parse::<TemplateId>().ok().filter(|id| before == Some(*id) || offered.contains(id));
    known.map(Some).ok_or_else(|| OutputFault::Unknown {
        field: "scriptTemplateId",
        found: clip(found),
        allowed: "the ids of the offered templates, null".to_owned(),
    })
}

/// The text of before, where the written one differs in its spaces only.
fn as_it_was(written: &str, before: Option<&String>) -> String {
    let same = before.filter(|before| one_line(before) == one_line(written));
    same.map_or_else(|| written.to_owned(), Clone::clone)
}

fn filled<'a>(written: &'a Map<String, Value>, field: &'static str) -> Result<&'a str, OutputFault> {
    let text = text(written, field)?;
    if text.trim().is_empty() { Err(OutputFault::Empty(field)) } else { Ok(text) }
}

/// A text, null or nothing; an empty one is nothing.
fn optional<'a>(
    written: &'a Map<String, Value>,
    field: &'static str,
) -> Result<Option<&'a str>, OutputFault> {
    match written.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(OutputFault::Form { field, form: "a text or null" }),
    }
}

#[cfg(test)]
mod tests;
