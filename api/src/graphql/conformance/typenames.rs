//! Asks each object for its type wherever the answer alone wouldn't tell it.
//!
//! Below an interface the concrete type decides which fragments apply, and an object whose fields are all left out
//! comes as null. A `__typename` under a name of ours tells both; it never reaches the client.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationType, Selection, SelectionSet,
};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Pos, Positioned};

/// The name under which an object tells its type.
pub(super) const TYPE_KEY: &str = "__flowpilotType";

/// The root type of an operation.
pub(super) fn root_type(registry: &Registry, operation: OperationType) -> Option<&str> {
    match operation {
        OperationType::Query => Some(&registry.query_type),
        OperationType::Mutation => registry.mutation_type.as_deref(),
        OperationType::Subscription => registry.subscription_type.as_deref(),
    }
}

/// Adds `__typename` where it is needed to complete the answer.
pub(super) fn ask_for_types(document: &mut ExecutableDocument, registry: &Registry) {
    let operations: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    for operation in operations {
        let root = root_type(registry, operation.node.ty).and_then(|name| registry.types.get(name));
        visit(&mut operation.node.selection_set.node, root, registry);
    }
    for fragment in document.fragments.values_mut() {
        let parent = registry.types.get(fragment.node.type_condition.node.on.node.as_str());
        visit(&mut fragment.node.selection_set.node, parent, registry);
    }
}

fn visit(set: &mut SelectionSet, parent: Option<&MetaType>, registry: &Registry) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let field = &mut field.node;
                if field.selection_set.node.items.is_empty() {
                    continue;
                }
                let below = parent
                    .and_then(|parent| parent.field_by_name(&field.name.node))
                    .and_then(|meta| registry.types.get(MetaTypeName::concrete_typename(&meta.ty)));
                visit(&mut field.selection_set.node, below, registry);
                if below.is_some_and(MetaType::is_abstract) || may_be_empty(&field.selection_set.node) {
                    field.selection_set.node.items.push(typename());
                }
            }
            Selection::InlineFragment(fragment) => {
                let parent = match &fragment.node.type_condition {
                    Some(condition) => registry.types.get(condition.node.on.node.as_str()),
                    None => parent,
                };
                visit(&mut fragment.node.selection_set.node, parent, registry);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// True if no field of the set is certain to be resolved.
fn may_be_empty(set: &SelectionSet) -> bool {
    !set.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => field.node.directives.is_empty(),
        _ => false,
    })
}

fn typename() -> Positioned<Selection> {
    let at = Pos::default();
    let field = Field {
        alias: Some(Positioned::new(Name::new(TYPE_KEY), at)),
        name: Positioned::new(Name::new("__typename"), at),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    };
    Positioned::new(Selection::Field(Positioned::new(field, at)), at)
}
