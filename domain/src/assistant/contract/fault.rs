//! What can be wrong with a proposed step, in words that tell its maker how to mend it.

use super::{MAX_OPTIONS, MIN_OPTIONS};
use crate::script::value::ValueFault;

/// Why a proposed step is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum ContractFault {
    #[error("`{field}` is \"{found}\", but must be one of: {allowed}.")]
    UnknownType { field: &'static str, found: String, allowed: String },
    #[error("`{0}` is missing.")]
    Missing(&'static str),
    #[error("The step does not have the agreed form: {0}.")]
    Malformed(String),
    #[error("`{0}` is empty.")]
    Empty(&'static str),
    #[error("`{field}` has {length} characters; at most {most} are allowed.")]
    TooLong { field: &'static str, length: usize, most: usize },
    #[error("`{field}` has {count} entries; at most {most} are allowed.")]
    TooMany { field: &'static str, count: usize, most: usize },
    #[error("A question has {MIN_OPTIONS} to {MAX_OPTIONS} options, this one has {0}.")]
    OptionCount(usize),
    #[error("Two options have the value \"{0}\"; values must differ.")]
    DuplicateValue(String),
    #[error("\"{0}\" is none of the script templates that were offered.")]
    UnknownTemplate(String),
    #[error("A SCRIPT_GENERATION action needs the template that it is made from.")]
    NoTemplate,
    #[error("Only a SCRIPT_GENERATION action may name a template.")]
    TemplateWithoutScript,
    #[error("The template has no parameter \"{0}\" that may be filled in.")]
    UnknownParameter(String),
    #[error("The parameter \"{0}\" must be a text of at most 1000 characters, a number, true or false.")]
    ParameterForm(String),
    #[error("The value of the parameter \"{key}\" {fault}.")]
    ParameterValue { key: String, fault: ValueFault },
    #[error("The node \"{0}\" is not part of the flow that this session follows.")]
    NodeOutsideFlow(String),
    #[error("An option leads to \"{0}\", which is no child of the node that the step follows.")]
    NotAChild(String),
}
