//! Makes fields selected several times at an operation's root count once, as the specification says.
//!
//! Left alone, a mutation field that two fragments select runs twice, and a subscription's root fields are only seen
//! outside of fragments. The document is changed in ways that leave its validity as it was.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, Field, FragmentDefinition, InlineFragment, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError, Variables};

use super::skipping::is_skipped;
use crate::graphql::error::Code;

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// A root field where it stands, with the directives of the fragments around it.
struct Occurrence<'a> {
    field: &'a Positioned<Field>,
    around: Vec<&'a [Positioned<Directive>]>,
}

/// Refuses a subscription that doesn't select exactly one root field, and puts that one field outside of fragments.
pub(super) fn single_subscription(
    operation: &mut Positioned<OperationDefinition>,
    fragments: &Fragments,
    variables: &Variables,
) -> Result<(), ServerError> {
    if operation.node.ty != OperationType::Subscription {
        return Ok(());
    }
    let found = occurrences(&operation.node.selection_set.node, fragments);
    let key = |occurrence: &Occurrence<'_>| occurrence.field.node.response_key().node.clone();
    let Some(first) = found.first().map(key) else { return Ok(()) };
    let other = found.iter().find(|occurrence| key(occurrence) != first);
    let introspective = found.iter().find(|occurrence| occurrence.field.node.name.node.starts_with("__"));
    if let Some(wrong) = other.or(introspective) {
        let message = "A subscription selects exactly one root field.";
        return Err(Code::GraphqlValidationFailed.server_error(message, Some(wrong.field.pos)));
    }
    if found.len() == 1 && found[0].around.is_empty() {
        return Ok(());
    }

    let active = |occurrence: &&Occurrence<'_>| {
        let around = occurrence.around.iter().copied();
        !around.chain([occurrence.field.node.directives.as_slice()]).any(|list| is_skipped(list, variables))
    };
    let hoisted = found.iter().find(active).map(|occurrence| {
        let mut field = occurrence.field.clone();
        field.node.directives.clear();
        for other in found.iter().filter(|other| !std::ptr::eq(other.field, occurrence.field)) {
            field.node.selection_set.node.items.extend(wrapped_selection(other));
        }
        Positioned::new(Selection::Field(field), occurrence.field.pos)
    });
    // What stood there stays for validation, in a fragment, where the library doesn't look for root fields.
    let before = std::mem::take(&mut operation.node.selection_set.node.items);
    operation.node.selection_set.node.items = hoisted.into_iter().chain([in_fragment(before, &[])]).collect();
    Ok(())
}

/// Gives each root field that a mutation selects more than once the selections of all of them. Whichever runs first
/// then answers for all, and the others needn't run.
pub(super) fn merge_mutations(operation: &mut Positioned<OperationDefinition>, fragments: &mut Fragments) {
    if operation.node.ty != OperationType::Mutation {
        return;
    }
    let found = occurrences(&operation.node.selection_set.node, fragments);
    let mut additions: HashMap<(Name, Pos), Vec<Positioned<Selection>>> = HashMap::new();
    for one in &found {
        let key = one.field.node.response_key().node.clone();
        for other in found.iter().filter(|other| !std::ptr::eq(other.field, one.field)) {
            if other.field.node.response_key().node == key {
                additions.entry((key.clone(), one.field.pos)).or_default().extend(wrapped_selection(other));
            }
        }
    }
    if additions.is_empty() {
        return;
    }
    add(&mut operation.node.selection_set.node, &additions);
    for fragment in fragments.values_mut() {
        add(&mut fragment.node.selection_set.node, &additions);
    }
}

fn add(set: &mut SelectionSet, additions: &HashMap<(Name, Pos), Vec<Positioned<Selection>>>) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let key = (field.node.response_key().node.clone(), field.pos);
                if let Some(more) = additions.get(&key) {
                    field.node.selection_set.node.items.extend(more.iter().cloned());
                }
            }
            Selection::InlineFragment(fragment) => add(&mut fragment.node.selection_set.node, additions),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn occurrences<'a>(set: &'a SelectionSet, fragments: &'a Fragments) -> Vec<Occurrence<'a>> {
    let mut found = Vec::new();
    gather(set, fragments, &mut Vec::new(), &mut found);
    found
}

fn gather<'a>(
    set: &'a SelectionSet,
    fragments: &'a Fragments,
    around: &mut Vec<&'a [Positioned<Directive>]>,
    found: &mut Vec<Occurrence<'a>>,
) {
    for selection in &set.items {
        let (directives, inner) = match &selection.node {
            Selection::Field(field) => {
                found.push(Occurrence { field, around: around.clone() });
                continue;
            }
            Selection::InlineFragment(fragment) => {
                (&fragment.node.directives, &fragment.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => match fragments.get(&spread.node.fragment_name.node) {
                Some(fragment) => (&spread.node.directives, &fragment.node.selection_set.node),
                None => continue,
            },
        };
        around.push(directives);
        gather(inner, fragments, around, found);
        around.pop();
    }
}

/// What an occurrence selects below itself, under the conditions under which it is selected.
fn wrapped_selection(occurrence: &Occurrence<'_>) -> Option<Positioned<Selection>> {
    let items = occurrence.field.node.selection_set.node.items.clone();
    if items.is_empty() {
        return None;
    }
    let conditions = occurrence.around.iter().copied().filter(|directives| !directives.is_empty());
    let inmost = in_fragment(items, &occurrence.field.node.directives);
    Some(conditions.fold(inmost, |inner, directives| in_fragment(vec![inner], directives)))
}

fn in_fragment(
    items: Vec<Positioned<Selection>>,
    directives: &[Positioned<Directive>],
) -> Positioned<Selection> {
    let pos = items.first().map(|item| item.pos).unwrap_or_default();
    let fragment = InlineFragment {
        type_condition: None,
        directives: directives.to_vec(),
        selection_set: Positioned::new(SelectionSet { items }, pos),
    };
    Positioned::new(Selection::InlineFragment(Positioned::new(fragment, pos)), pos)
}
