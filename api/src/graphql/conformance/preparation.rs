//! What happens to a request before the library sees it: limits, parsing, and the changes that let the answer be
//! completed by the specification.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType,
    SelectionSet,
};
use async_graphql::registry::Registry;
use async_graphql::{Name, Positioned, Request, ServerError};

use super::documents::Documents;
use super::skipping::remove_skipped;
use super::typenames::{ask_for_types, root_type};
use super::{coercion, overlap, root, size};
use crate::graphql::error::Code;
use crate::graphql::limits::Limits;

/// The request's operation as it is going to be executed.
pub(super) struct Prepared {
    pub(super) operation: OperationType,
    pub(super) root_type: String,
    /// What is selected at the root, without what `@skip` and `@include` leave out.
    pub(super) selection: SelectionSet,
    /// The document's fragments, likewise.
    pub(super) fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    /// What is wrong with variables and arguments; to be told once the document itself is known to be valid.
    pub(super) problems: Vec<ServerError>,
}

/// Reads a request and puts the changed document into it. `streaming` says whether the transport can carry a
/// subscription.
pub(super) fn prepare(
    request: &mut Request,
    registry: &Registry,
    (limits, documents): (&Limits, &Documents),
    streaming: bool,
) -> Result<Prepared, ServerError> {
    size::check_text(&request.query, limits)?;
    let mut document = documents.parse(&request.query).map_err(|error| syntax_error(&error))?;
    size::check_document(&document, limits)?;

    let name = request.operation_name.as_deref();
    let ExecutableDocument { operations, fragments } = &mut document;
    let operation = select(operations, name)?;
    let ty = operation.node.ty;
    let Some(root_type) = root_type(registry, ty).map(str::to_owned) else {
        let message = format!("The schema has no {ty} operations.");
        return Err(Code::GraphqlValidationFailed.server_error(message, Some(operation.pos)));
    };
    if ty == OperationType::Subscription && !streaming {
        let message = "A subscription needs a connection that streams: WebSocket or server-sent events.";
        return Err(Code::GraphqlValidationFailed.server_error(message, Some(operation.pos)));
    }

    overlap::check_overlap(&operation.node, fragments, registry)?;
    let mut problems = coercion::coerce_variables(&operation.node, &mut request.variables, registry);
    problems.extend(coercion::check_literals(&operation.node, fragments, registry));
    root::single_subscription(operation, fragments, &request.variables)?;
    root::merge_mutations(operation, fragments);
    ask_for_types(&mut document, registry);

    let ExecutableDocument { operations, fragments } = &mut document;
    let mut selection = select(operations, name)?.node.selection_set.node.clone();
    let mut fragments = fragments.clone();
    remove_skipped(&mut selection, &request.variables);
    for fragment in fragments.values_mut() {
        remove_skipped(&mut fragment.node.selection_set.node, &request.variables);
    }
    request.set_parsed_query(document);
    Ok(Prepared { operation: ty, root_type, selection, fragments, problems })
}

/// The parser draws the line with an arrow below it; its last line says what was expected there.
fn syntax_error(error: &async_graphql::parser::Error) -> ServerError {
    let drawing = error.to_string();
    let expected = drawing.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
    let message = format!("The document is not GraphQL: {expected}.");
    Code::GraphqlValidationFailed.server_error(message, error.positions().next())
}

/// The operation to execute: the one named, or the only one.
fn select<'a>(
    operations: &'a mut DocumentOperations,
    name: Option<&str>,
) -> Result<&'a mut Positioned<OperationDefinition>, ServerError> {
    let several = operations.iter().len() > 1;
    let found = match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_mut(name),
        (DocumentOperations::Multiple(_), None) if several => None,
        (DocumentOperations::Multiple(operations), None) => operations.values_mut().next(),
    };
    if let Some(operation) = found {
        return Ok(operation);
    }
    let problem = match name {
        Some(name) => format!("The document has no operation named \"{name}\"."),
        None => "The document has several operations; `operationName` must say which to execute.".to_owned(),
    };
    Err(Code::GraphqlValidationFailed.server_error(problem, None))
}
