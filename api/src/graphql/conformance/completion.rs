//! Completes the data of a response: keys in the order of the query, null where a field failed, and null further up
//! where the schema doesn't allow it there.
//!
//! The library leaves failed fields out and stops at that. Here the data is walked once along the query and the
//! schema's types, as `CompleteValue` and "Handling Field Errors" of the specification have it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, FragmentDefinition, Selection, SelectionSet};
use async_graphql::registry::{MetaType, Registry};
use async_graphql::{Name, PathSegment, Positioned, ServerError, Value};

use super::codes::place;
use super::typenames::TYPE_KEY;

/// One walk over a response.
pub(super) struct Completion<'a> {
    registry: &'a Registry,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    errors: &'a mut Vec<ServerError>,
    /// Where errors stand already.
    failed: HashSet<String>,
    path: Vec<Step<'a>>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a Name),
    Index(usize),
}

/// What is selected at one place, merged from all the selection sets that select it.
struct Shape<'a> {
    sets: Vec<&'a SelectionSet>,
    /// The fields by concrete type, worked out once for all items of a list.
    fields: RefCell<Vec<(&'a str, Plan<'a>)>>,
}

type Plan<'a> = Rc<[Planned<'a>]>;

struct Planned<'a> {
    key: &'a Name,
    /// The field's type as the schema writes it; none for a field the registry doesn't know.
    ty: Option<&'a str>,
    shape: Shape<'a>,
    selected: usize,
}

impl<'a> Completion<'a> {
    /// Prepares a walk; `errors` are those of the response, and get one more where a null came unexplained.
    pub(super) fn new(
        registry: &'a Registry,
        fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
        errors: &'a mut Vec<ServerError>,
    ) -> Self {
        let failed = errors.iter().map(|error| place(&error.path)).collect();
        Self { registry, fragments, errors, failed, path: Vec::new() }
    }

    /// Completes a whole response's data.
    pub(super) fn data(mut self, root_type: &'a str, selection: &'a SelectionSet, data: &mut Value) {
        let shape = Shape::of(vec![selection]);
        let stands = match data {
            Value::Object(object) => self.object(root_type, &shape, object),
            Value::Null if self.plan(&shape, root_type).is_empty() => {
                *data = Value::Object(IndexMap::new());
                true
            }
            _ => true,
        };
        if !stands {
            *data = Value::Null;
        }
    }

    /// Tells whether this root field, standing like that, makes the whole data null.
    pub(super) fn root_field_fails(
        mut self,
        root_type: &'a str,
        selection: &'a SelectionSet,
        key: &str,
        mut value: Value,
    ) -> bool {
        let plan = self.plan(&Shape::of(vec![selection]), root_type);
        plan.iter().find(|planned| planned.key == key).is_some_and(|planned| !self.field(planned, &mut value))
    }

    /// False if the null found here must go further up; the value is then of no interest any more.
    fn value(&mut self, ty: &'a str, shape: &Shape<'a>, value: &mut Value) -> bool {
        let (ty, non_null) = match ty.strip_suffix('!') {
            Some(ty) => (ty, true),
            None => (ty, false),
        };
        if self.content(ty, shape, value) {
            return true;
        }
        *value = Value::Null;
        if non_null {
            self.explain();
        }
        !non_null
    }

    /// False if there is nothing here, or something below that must not be null is.
    fn content(&mut self, ty: &'a str, shape: &Shape<'a>, value: &mut Value) -> bool {
        match value {
            Value::Null => false,
            Value::List(items) => {
                let Some(item) = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')) else {
                    return true;
                };
                items.iter_mut().enumerate().all(|(index, value)| {
                    self.path.push(Step::Index(index));
                    let stands = self.value(item, shape, value);
                    self.path.pop();
                    stands
                })
            }
            Value::Object(object) if !shape.sets.is_empty() => self.object(ty, shape, object),
            _ => true,
        }
    }

    fn object(&mut self, ty: &'a str, shape: &Shape<'a>, object: &mut IndexMap<Name, Value>) -> bool {
        let Some(ty) = self.concrete_type(ty, object) else { return true };
        let plan = self.plan(shape, ty);
        let in_order = object.len() == plan.len() && object.keys().eq(plan.iter().map(|planned| planned.key));
        if in_order {
            return plan.iter().zip(object.values_mut()).all(|(planned, value)| self.field(planned, value));
        }
        let mut found = std::mem::replace(object, IndexMap::with_capacity(plan.len()));
        plan.iter().all(|planned| {
            let mut value = found.swap_remove(planned.key).unwrap_or_default();
            let stands = self.field(planned, &mut value);
            object.insert(planned.key.clone(), value);
            stands
        })
    }

    fn field(&mut self, planned: &Planned<'a>, value: &mut Value) -> bool {
        let Some(ty) = planned.ty else { return true };
        self.path.push(Step::Key(planned.key));
        // Selected twice, a field was resolved twice; if either failed, it failed.
        if planned.selected > 1 && !self.failed.is_empty() && self.failed.contains(&place(&self.here())) {
            *value = Value::Null;
        }
        let stands = self.value(ty, &planned.shape, value);
        self.path.pop();
        stands
    }

    fn concrete_type(&self, ty: &'a str, object: &IndexMap<Name, Value>) -> Option<&'a str> {
        let meta = self.registry.types.get(ty)?;
        if !meta.is_abstract() {
            return Some(ty);
        }
        let Some(Value::String(name)) = object.get(TYPE_KEY) else { return None };
        self.registry.types.get_key_value(name.as_str()).map(|(name, _)| name.as_str())
    }

    /// `CollectFields`: the fields selected on a concrete type, in the order of the query.
    fn plan(&self, shape: &Shape<'a>, ty: &'a str) -> Plan<'a> {
        if let Some((_, plan)) = shape.fields.borrow().iter().find(|(known, _)| *known == ty) {
            return Rc::clone(plan);
        }
        let mut groups = IndexMap::new();
        let mut visited = HashSet::new();
        for set in &shape.sets {
            self.collect(set, ty, &mut visited, &mut groups);
        }
        let meta = self.registry.types.get(ty);
        let plan: Plan<'a> =
            groups.into_iter().map(|(key, fields)| Planned::new(meta, key, &fields)).collect();
        shape.fields.borrow_mut().push((ty, Rc::clone(&plan)));
        plan
    }

    fn collect(
        &self,
        set: &'a SelectionSet,
        ty: &str,
        visited: &mut HashSet<&'a str>,
        groups: &mut IndexMap<&'a Name, Vec<&'a Field>>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    if key != TYPE_KEY {
                        groups.entry(key).or_default().push(&field.node);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.fragments.get(name)
                        && visited.insert(name)
                        && self.applies(&fragment.node.type_condition.node.on.node, ty)
                    {
                        self.collect(&fragment.node.selection_set.node, ty, visited, groups);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(&condition.node.on.node, ty)) {
                        self.collect(&fragment.node.selection_set.node, ty, visited, groups);
                    }
                }
            }
        }
    }

    /// `DoesFragmentTypeApply`.
    fn applies(&self, condition: &str, ty: &str) -> bool {
        condition == ty
            || self.registry.types.get(condition).is_some_and(|condition| condition.is_possible_type(ty))
            || self.registry.implements.get(ty).is_some_and(|interfaces| interfaces.contains(condition))
    }

    /// Sees to it that a null where none may be has an error that explains it.
    fn explain(&mut self) {
        let here = self.here();
        if self.errors.iter().any(|error| error.path.is_empty() || error.path.starts_with(&here)) {
            return;
        }
        let error = ServerError::new("Null in a place that is never null.", None).with_path(here);
        self.errors.push(error);
    }

    fn here(&self) -> Vec<PathSegment> {
        let segment = |step: &Step<'_>| match step {
            Step::Key(name) => PathSegment::Field(name.to_string()),
            Step::Index(index) => PathSegment::Index(*index),
        };
        self.path.iter().map(segment).collect()
    }
}

impl<'a> Shape<'a> {
    fn of(sets: Vec<&'a SelectionSet>) -> Self {
        Self { sets, fields: RefCell::new(Vec::new()) }
    }
}

impl<'a> Planned<'a> {
    fn new(parent: Option<&'a MetaType>, key: &'a Name, fields: &[&'a Field]) -> Self {
        let sets = fields.iter().map(|field| &field.selection_set.node).filter(|set| !set.items.is_empty());
        let ty = fields
            .first()
            .and_then(|field| parent.and_then(|parent| parent.field_by_name(&field.name.node)))
            .map(|meta| meta.ty.as_str());
        Self { key, ty, shape: Shape::of(sets.collect()), selected: fields.len() }
    }
}
