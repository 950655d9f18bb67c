//! "Field Selection Merging" (5.3.2): fields that answer under one key must be the same field, or at least of one shape
//! where they can't meet in one object.
//!
//! The library compares only within one fragment and one level; past it, two different fields under one key would be
//! resolved and one of the answers dropped.

use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Positioned, ServerError};

use super::typenames::root_type;
use crate::graphql::error::Code;
use crate::graphql::limits::Limits;

/// Fields compared before the document counts as too tangled to check.
const MOST_COMPARISONS: usize = 50_000;

/// Refuses an operation in which one key stands for different things.
pub(super) fn check_overlap(
    operation: &OperationDefinition,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    registry: &Registry,
) -> Result<(), ServerError> {
    let root = root_type(registry, operation.ty).and_then(|name| registry.types.get(name));
    let mut overlap = Overlap { fragments, registry, comparisons: 0 };
    overlap.may_merge(&[(&operation.selection_set.node, root)])
}

type Set<'a> = (&'a SelectionSet, Option<&'a MetaType>);

#[derive(Clone, Copy)]
struct Seen<'a> {
    field: &'a Positioned<Field>,
    parent: Option<&'a MetaType>,
}

struct Overlap<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    registry: &'a Registry,
    comparisons: usize,
}

impl<'a> Overlap<'a> {
    /// `FieldsInSetCanMerge`.
    fn may_merge(&mut self, sets: &[Set<'a>]) -> Result<(), ServerError> {
        for group in self.groups(sets)?.into_values() {
            if let [one] = group.as_slice() {
                self.may_merge(&self.below(&[*one]))?;
                continue;
            }
            self.same_shape(&group)?;
            for class in classes(&group) {
                for other in &class[1..] {
                    same_field(class[0], *other)?;
                }
                self.may_merge(&self.below(&class))?;
            }
        }
        Ok(())
    }

    /// `SameResponseShape`.
    fn same_shape(&mut self, group: &[Seen<'a>]) -> Result<(), ServerError> {
        let first = group[0];
        for other in &group[1..] {
            if let (Some(one), Some(two)) = (type_of(first), type_of(*other))
                && !self.alike(one, two)
            {
                return Err(conflict(first, *other, &format!("their types {one} and {two} differ")));
            }
        }
        for group in self.groups(&self.below(group))?.into_values().filter(|group| group.len() > 1) {
            self.same_shape(&group)?;
        }
        Ok(())
    }

    /// Equal in lists and nullability, and in the type too unless both have fields of their own.
    fn alike(&self, one: &str, two: &str) -> bool {
        let (name_one, name_two) =
            (MetaTypeName::concrete_typename(one), MetaTypeName::concrete_typename(two));
        let composite = |name| self.registry.types.get(name).is_some_and(MetaType::is_composite);
        one.replacen(name_one, "", 1) == two.replacen(name_two, "", 1)
            && (name_one == name_two || composite(name_one) && composite(name_two))
    }

    fn below(&self, group: &[Seen<'a>]) -> Vec<Set<'a>> {
        let set = |seen: &Seen<'a>| {
            let ty = type_of(*seen).map(MetaTypeName::concrete_typename);
            (&seen.field.node.selection_set.node, ty.and_then(|ty| self.registry.types.get(ty)))
        };
        group.iter().map(set).filter(|(set, _)| !set.items.is_empty()).collect()
    }

    fn groups(&mut self, sets: &[Set<'a>]) -> Result<IndexMap<&'a str, Vec<Seen<'a>>>, ServerError> {
        let mut groups = IndexMap::new();
        let mut visited = HashSet::new();
        for (set, parent) in sets {
            self.collect(set, *parent, &mut visited, &mut groups);
        }
        Limits::hold("overlapping fields", self.comparisons, MOST_COMPARISONS)?;
        Ok(groups)
    }

    fn collect(
        &mut self,
        set: &'a SelectionSet,
        parent: Option<&'a MetaType>,
        visited: &mut HashSet<&'a str>,
        groups: &mut IndexMap<&'a str, Vec<Seen<'a>>>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    self.comparisons += 1;
                    let key = field.node.response_key().node.as_str();
                    groups.entry(key).or_default().push(Seen { field, parent });
                }
                Selection::InlineFragment(fragment) => {
                    let parent = match &fragment.node.type_condition {
                        Some(condition) => self.registry.types.get(condition.node.on.node.as_str()),
                        None => parent,
                    };
                    self.collect(&fragment.node.selection_set.node, parent, visited, groups);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) = self.fragments.get(name)
                        && visited.insert(name)
                    {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        let parent = self.registry.types.get(on);
                        self.collect(&fragment.node.selection_set.node, parent, visited, groups);
                    }
                }
            }
        }
    }
}

fn type_of(seen: Seen<'_>) -> Option<&str> {
    if seen.field.node.name.node == "__typename" {
        return Some("String!");
    }
    Some(seen.parent?.field_by_name(&seen.field.node.name.node)?.ty.as_str())
}

/// The fields that can meet in one object: those of each object type, each time with those of interfaces.
fn classes<'a>(group: &[Seen<'a>]) -> Vec<Vec<Seen<'a>>> {
    let object = |seen: &Seen<'a>| seen.parent.filter(|parent| !parent.is_abstract()).map(MetaType::name);
    let names: HashSet<_> = group.iter().filter_map(object).collect();
    if names.len() < 2 {
        return vec![group.to_vec()];
    }
    let class = |name| {
        let meets = move |seen: &&Seen<'a>| object(seen).is_none_or(|other| other == name);
        group.iter().filter(meets).copied().collect()
    };
    names.into_iter().map(class).collect()
}

fn same_field(one: Seen<'_>, two: Seen<'_>) -> Result<(), ServerError> {
    let (a, b) = (&one.field.node, &two.field.node);
    if a.name.node != b.name.node {
        return Err(conflict(
            one,
            two,
            &format!("\"{}\" and \"{}\" are different fields", a.name.node, b.name.node),
        ));
    }
    let same_value = |(name, value): &(Positioned<Name>, Positioned<_>)| {
        b.get_argument(&name.node).is_some_and(|other| other.node == value.node)
    };
    if a.arguments.len() == b.arguments.len() && a.arguments.iter().all(same_value) {
        return Ok(());
    }
    Err(conflict(one, two, "their arguments differ"))
}

fn conflict(one: Seen<'_>, two: Seen<'_>, because: &str) -> ServerError {
    let key = &one.field.node.response_key().node;
    let message = format!("The key \"{key}\" is selected twice, but {because}. Give one of them an alias.");
    let mut error = Code::GraphqlValidationFailed.server_error(message, Some(one.field.pos));
    error.locations.push(two.field.pos);
    error
}
