//! The starter library: flows in files that people like to edit, a nested tree in YAML, flattened on reading.

use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::flow::event::{FlowHead, FlowKind};
use crate::flow::tree::{FlowNode, FlowNodeType};
use crate::flow::validation::{TreeFault, validate};
use crate::id::{AccountId, FlowId};
use crate::problem::ProblemDomain;

const AFTER_SUCCESS: &str = "It worked";
const AFTER_FAILURE: &str = "It did not work";

/// Every file of `library/`, its name and its text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/starter_library.rs"));

/// A flow of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFlow {
    /// The file's name without its ending: the same flow keeps it for ever.
    pub slug: String,
    /// What it is about.
    pub head: FlowHead,
    /// Its tree, every parent before its children.
    pub nodes: Vec<FlowNode>,
}

/// Why a file is no flow.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum LibraryError {
    #[error("{file}: {reason}")]
    Yaml { file: String, reason: String },
    #[error("{file}, node \"{node}\": {problem}")]
    Node { file: String, node: String, problem: &'static str },
    #[error("{file}: {}", sentences(.faults))]
    Tree { file: String, faults: Vec<TreeFault> },
}

/// The flows that every new account begins with, in the order of their slugs.
///
/// # Panics
/// Never: the files are part of the program, and a test reads them all.
pub fn starter_flows() -> &'static [LibraryFlow] {
    static FLOWS: LazyLock<Vec<LibraryFlow>> = LazyLock::new(|| {
        FILES.iter().map(|(file, text)| read(file, text)).collect::<Result<_, _>>().unwrap_or_else(|fault| {
            panic!("invariant: the library that is part of the program is valid, but {fault}")
        })
    });
    &FLOWS
}

/// The id of an account's copy of a starter flow.
pub fn starter_flow_id(account: AccountId, slug: &str) -> FlowId {
    FlowId::derived(account.0, &format!("starter/{slug}"))
}

/// Reads one file: its name gives the slug, its tree must be fit for publishing.
///
/// # Errors
/// What is wrong, with the file and, where it can be said, the node.
pub fn read(file: &str, text: &str) -> Result<LibraryFlow, LibraryError> {
    let written: Written = serde_saphyr::from_str(text)
        .map_err(|fault| LibraryError::Yaml { file: file.to_owned(), reason: fault.to_string() })?;
    let mut nodes = Vec::new();
    flatten(written.tree, None, None, &mut nodes).map_err(|(node, problem)| LibraryError::Node {
        file: file.to_owned(),
        node,
        problem,
    })?;
    validate(written.kind, &nodes).map_err(|faults| LibraryError::Tree { file: file.to_owned(), faults })?;
    let head = FlowHead {
        name: written.name.trim().to_owned(),
        description: written.description.map(|text| text.trim().to_owned()),
        kind: written.kind,
        domain: written.domain,
        keywords: written.keywords,
    };
    Ok(LibraryFlow { slug: file.trim_end_matches(".yaml").to_owned(), head, nodes })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    domain: Option<ProblemDomain>,
    #[serde(default = "troubleshooting")]
    kind: FlowKind,
    description: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    tree: WrittenNode,
}

fn troubleshooting() -> FlowKind {
    FlowKind::Troubleshooting
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNode {
    id: String,
    question: Option<String>,
    action: Option<String>,
    solution: Option<String>,
    details: Option<String>,
    #[serde(default)]
    options: Vec<WrittenOption>,
    next: Option<Box<WrittenNode>>,
    succeeded: Option<Box<WrittenNode>>,
    failed: Option<Box<WrittenNode>>,
    /// Scripts come from templates of the account; what a file says of one is not read yet.
    #[serde(rename = "script")]
    _script: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOption {
    label: String,
    next: WrittenNode,
}

type Misplaced = (String, &'static str);

fn flatten(
    written: WrittenNode,
    parent: Option<&str>,
    label: Option<String>,
    nodes: &mut Vec<FlowNode>,
) -> Result<(), Misplaced> {
    let id = written.id.clone();
    let (kind, text) = match (written.question, written.action, written.solution) {
        (Some(text), None, None) => (FlowNodeType::Question, text),
        (None, Some(text), None) => (FlowNodeType::Action, text),
        (None, None, Some(text)) => (FlowNodeType::Solution, text),
        _ => return Err((id, "it needs exactly one of question, action and solution.")),
    };
    nodes.push(FlowNode {
        id: id.clone(),
        parent_id: parent.map(str::to_owned),
        kind,
        label,
        text: text.trim().to_owned(),
        details: written.details.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        script_template_id: None,
    });
    let children = match (kind, written.options, written.next, written.succeeded, written.failed) {
        (FlowNodeType::Question, options, None, None, None) => {
            options.into_iter().map(|option| (Some(option.label), option.next)).collect()
        }
        (FlowNodeType::Action, options, Some(next), None, None) if options.is_empty() => vec![(None, *next)],
        (FlowNodeType::Action, options, None, Some(succeeded), Some(failed)) if options.is_empty() => {
            vec![(Some(AFTER_SUCCESS.to_owned()), *succeeded), (Some(AFTER_FAILURE.to_owned()), *failed)]
        }
        (FlowNodeType::Solution, options, None, None, None) if options.is_empty() => Vec::new(),
        (FlowNodeType::Question, ..) => return Err((id, "a question is followed by options only.")),
        (FlowNodeType::Action, ..) => {
            return Err((id, "an action is followed by next, or by both succeeded and failed."));
        }
        (FlowNodeType::Solution, ..) => return Err((id, "nothing follows a solution.")),
    };
    for (label, child) in children {
        flatten(child, Some(&id), label, nodes)?;
    }
    Ok(())
}

fn sentences(faults: &[TreeFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
