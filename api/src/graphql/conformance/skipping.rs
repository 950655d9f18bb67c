//! `@skip` and `@include`, with the variables as they are once defaults are in.

use async_graphql::parser::types::{Directive, Selection, SelectionSet};
use async_graphql::{Positioned, Value, Variables};

/// True if one of these directives leaves its selection out.
pub(super) fn is_skipped(directives: &[Positioned<Directive>], variables: &Variables) -> bool {
    directives.iter().any(|directive| {
        let stays_if = match directive.node.name.node.as_str() {
            "skip" => false,
            "include" => true,
            _ => return false,
        };
        let condition = directive.node.get_argument("if").map(|value| {
            value.node.clone().into_const_with(|name| variables.get(&name).cloned().ok_or(())).ok()
        });
        matches!(condition, Some(Some(Value::Boolean(condition))) if condition != stays_if)
    })
}

/// Removes what is left out, here and below.
pub(super) fn remove_skipped(set: &mut SelectionSet, variables: &Variables) {
    set.items.retain(|selection| !is_skipped(selection.node.directives(), variables));
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => remove_skipped(&mut field.node.selection_set.node, variables),
            Selection::InlineFragment(fragment) => {
                remove_skipped(&mut fragment.node.selection_set.node, variables);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
