//! Checks variables and literal values against the schema before anything runs, as `CoerceVariableValues` and
//! "Values of Correct Type" of the specification have it.
//!
//! The library finds some of this only inside a resolver, as an error without a code: whole numbers beyond 32 bits,
//! required variables that are missing, a list's or an object's wrong content beside an unset variable.

use std::collections::HashMap;
use std::fmt::{Display, Formatter};

use async_graphql::parser::types::{Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet};
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Positioned, ServerError, Value, Variables};

use super::typenames::root_type;
use super::value_view::{Input, View};
use crate::graphql::error::Code;

/// Puts the defaults of unset variables in place, and lists what is wrong with the variables.
pub(super) fn coerce_variables(
    operation: &OperationDefinition,
    variables: &mut Variables,
    registry: &Registry,
) -> Vec<ServerError> {
    let mut errors = Vec::new();
    for Positioned { node: definition, pos } in &operation.variable_definitions {
        let name = &definition.name.node;
        let ty = definition.var_type.node.to_string();
        let problem = match (variables.get(name), &definition.default_value) {
            (Some(value), _) => check(registry, &ty, value, &Place::Here),
            (None, Some(default)) => {
                let problem = check(registry, &ty, &default.node, &Place::Here);
                variables.insert(name.clone(), default.node.clone());
                problem
            }
            (None, None) if definition.var_type.node.nullable => None,
            (None, None) => Some(format!("is missing; its type {ty} needs a value.")),
        };
        if let Some(problem) = problem {
            let message = format!("The variable \"${name}\" {problem}");
            errors.push(Code::GraphqlValidationFailed.server_error(message, Some(*pos)));
        }
    }
    errors
}

/// Lists what is wrong with the values that the document gives its fields' arguments.
pub(super) fn check_literals(
    operation: &OperationDefinition,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    registry: &Registry,
) -> Vec<ServerError> {
    let mut literals = Literals { registry, errors: Vec::new() };
    let root = root_type(registry, operation.ty).and_then(|name| registry.types.get(name));
    literals.selection_set(&operation.selection_set.node, root);
    for fragment in fragments.values() {
        let parent = registry.types.get(fragment.node.type_condition.node.on.node.as_str());
        literals.selection_set(&fragment.node.selection_set.node, parent);
    }
    literals.errors
}

struct Literals<'a> {
    registry: &'a Registry,
    errors: Vec<ServerError>,
}

impl Literals<'_> {
    fn selection_set(&mut self, set: &SelectionSet, parent: Option<&MetaType>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let parent = match condition {
                        Some(condition) => self.registry.types.get(condition.node.on.node.as_str()),
                        None => parent,
                    };
                    self.selection_set(&fragment.node.selection_set.node, parent);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, field: &Field, parent: Option<&MetaType>) {
        let Some(meta) = parent.and_then(|parent| parent.field_by_name(&field.name.node)) else { return };
        for (name, value) in &field.arguments {
            let Some(argument) = meta.args.get(name.node.as_str()) else { continue };
            if let Some(problem) = check(self.registry, &argument.ty, &value.node, &Place::Here) {
                let message = format!("The argument \"{}\" of \"{}\" {problem}", name.node, field.name.node);
                self.errors.push(Code::GraphqlValidationFailed.server_error(message, Some(value.pos)));
            }
        }
        let below = self.registry.types.get(MetaTypeName::concrete_typename(&meta.ty));
        self.selection_set(&field.selection_set.node, below);
    }
}

/// Where inside a value the check stands.
enum Place<'a> {
    Here,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here => Ok(()),
            Self::Field(Self::Here, name) => write!(f, "at \"{name}\" "),
            Self::Field(..) | Self::Item(..) => {
                write!(f, "at \"")?;
                self.write_path(f)?;
                write!(f, "\" ")
            }
        }
    }
}

impl Place<'_> {
    fn write_path(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here => Ok(()),
            Self::Field(Self::Here, name) => f.write_str(name),
            Self::Field(outer, name) => {
                outer.write_path(f)?;
                write!(f, ".{name}")
            }
            Self::Item(outer, index) => {
                outer.write_path(f)?;
                write!(f, "[{index}]")
            }
        }
    }
}

/// What is wrong with a value, as the rest of a sentence that begins with what holds the value.
fn check<V: Input>(registry: &Registry, ty: &str, value: &V, place: &Place<'_>) -> Option<String> {
    if let Some(ty) = ty.strip_suffix('!') {
        return match value.view() {
            View::Null => Some(format!("{place}is null, which the type {ty}! does not allow.")),
            _ => check(registry, ty, value, place),
        };
    }
    match (ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')), value.view()) {
        (_, View::Null | View::Variable) => None,
        (Some(item), View::List(items)) => items
            .iter()
            .enumerate()
            .find_map(|(index, value)| check(registry, item, value, &Place::Item(place, index))),
        (Some(item), _) => check(registry, item, value, place),
        (None, _) => check_named(registry, ty, value, place),
    }
}

fn check_named<V: Input>(registry: &Registry, ty: &str, value: &V, place: &Place<'_>) -> Option<String> {
    match registry.types.get(ty)? {
        MetaType::Scalar { is_valid, .. } => {
            let value = value.constant()?;
            let accepted = is_valid.as_ref().is_none_or(|is_valid| is_valid(&value));
            let fits = ty != "Int"
                || matches!(&*value, Value::Number(number)
                    if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()));
            if accepted && fits { None } else { Some(format!("{place}is not {}.", expectation(ty))) }
        }
        MetaType::Enum { enum_values, .. } => {
            let constant = value.constant()?;
            let known = match &*constant {
                Value::Enum(name) => enum_values.contains_key(name.as_str()),
                Value::String(name) => V::ENUM_AS_STRING && enum_values.contains_key(name.as_str()),
                _ => false,
            };
            let names = || enum_values.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            if known { None } else { Some(format!("{place}is not a {ty}; it may be one of {}.", names())) }
        }
        MetaType::InputObject { input_fields, oneof, .. } => {
            let View::Object(given) = value.view() else {
                return Some(format!("{place}is not an object of the input type {ty}."));
            };
            if *oneof && (given.len() != 1 || matches!(given.values().next().map(V::view), Some(View::Null)))
            {
                return Some(format!("{place}must set exactly one field of {ty}, and not to null."));
            }
            if let Some(unknown) = given.keys().find(|name| !input_fields.contains_key(name.as_str())) {
                return Some(format!("{place}has the field \"{unknown}\", which {ty} does not have."));
            }
            input_fields.values().find_map(|field| match given.get(field.name.as_str()) {
                Some(value) => check(registry, &field.ty, value, &Place::Field(place, &field.name)),
                None if is_required(field) => {
                    Some(format!("{place}lacks the field \"{}\" of type {}.", field.name, field.ty))
                }
                None => None,
            })
        }
        _ => None,
    }
}

fn is_required(field: &MetaInputValue) -> bool {
    field.ty.ends_with('!') && field.default_value.is_none()
}

/// What a scalar's value must be, in words.
fn expectation(scalar: &str) -> String {
    match scalar {
        "Int" => "a whole number between -2147483648 and 2147483647".to_owned(),
        "Float" => "a number".to_owned(),
        "String" => "a string".to_owned(),
        "Boolean" => "true or false".to_owned(),
        "ID" => "an id, which is a string".to_owned(),
        "DateTime" => "a time in RFC 3339, such as \"2026-01-31T09:30:00Z\"".to_owned(),
        "Position" => "a position, which is a string of decimal digits".to_owned(),
        other => format!("a valid {other}"),
    }
}
