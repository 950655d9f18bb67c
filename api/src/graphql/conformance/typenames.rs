//! Asks each object for its type wherever the answer alone wouldn't tell it.
//!
//! Below an interface the concrete type decides which fragments apply, and an object whose fields are all left out
//! comes as null. A `__typename` under a name of ours tells both; it never reaches the client.

use std::collections::HashMap;

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
    let asking = Asking { registry, filling: filling_fragments(document) };
    let operations: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    for operation in operations {
        let root = root_type(registry, operation.node.ty).and_then(|name| registry.types.get(name));
        asking.visit(&mut operation.node.selection_set.node, root);
    }
    for fragment in document.fragments.values_mut() {
        let parent = registry.types.get(fragment.node.type_condition.node.on.node.as_str());
        asking.visit(&mut fragment.node.selection_set.node, parent);
    }
}

/// The fragments that select a field for certain, with the type they do it on.
fn filling_fragments(document: &ExecutableDocument) -> HashMap<Name, Name> {
    let fills = |set: &SelectionSet| {
        set.items.iter().any(|selection| {
            matches!(&selection.node, Selection::Field(field) if field.node.directives.is_empty())
        })
    };
    let fragments =
        document.fragments.iter().filter(|(_, fragment)| fills(&fragment.node.selection_set.node));
    fragments
        .map(|(name, fragment)| (name.clone(), fragment.node.type_condition.node.on.node.clone()))
        .collect()
}

struct Asking<'a> {
    registry: &'a Registry,
    filling: HashMap<Name, Name>,
}

impl Asking<'_> {
    fn visit(&self, set: &mut SelectionSet, parent: Option<&MetaType>) {
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => self.visit_field(&mut field.node, parent),
                Selection::InlineFragment(fragment) => {
                    let parent = match &fragment.node.type_condition {
                        Some(condition) => self.registry.types.get(condition.node.on.node.as_str()),
                        None => parent,
                    };
                    self.visit(&mut fragment.node.selection_set.node, parent);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn visit_field(&self, field: &mut Field, parent: Option<&MetaType>) {
        let set = &mut field.selection_set.node;
        if set.items.is_empty() {
            return;
        }
        let ty = parent
            .and_then(|parent| parent.field_by_name(&field.name.node))
            .and_then(|meta| self.registry.types.get(MetaTypeName::concrete_typename(&meta.ty)));
        self.visit(set, ty);
        if ty.is_none_or(MetaType::is_abstract) || !self.is_filled(set, ty) {
            set.items.push(typename());
        }
    }

    /// True if some field of the set is certain to be resolved.
    fn is_filled(&self, set: &SelectionSet, ty: Option<&MetaType>) -> bool {
        let is = |name: &Name| ty.is_some_and(|ty| name == ty.name());
        set.items.iter().filter(|selection| selection.node.directives().is_empty()).any(|selection| {
            match &selection.node {
                Selection::Field(_) => true,
                Selection::FragmentSpread(spread) => {
                    self.filling.get(&spread.node.fragment_name.node).is_some_and(is)
                }
                Selection::InlineFragment(fragment) => {
                    fragment.node.type_condition.as_ref().is_none_or(|condition| is(&condition.node.on.node))
                        && self.is_filled(&fragment.node.selection_set.node, ty)
                }
            }
        })
    }
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
