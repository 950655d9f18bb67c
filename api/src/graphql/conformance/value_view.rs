//! One look at input values, be they literals of a document or variables.

use std::borrow::Cow;

use async_graphql::Name;
use async_graphql::indexmap::IndexMap;
use async_graphql_value::{ConstValue, Value};

/// What a value is, as far as checking it against a type needs to know.
pub(super) enum View<'a, V> {
    Null,
    /// A variable inside a literal; it is checked where it is defined.
    Variable,
    List(&'a [V]),
    Object(&'a IndexMap<Name, V>),
    Leaf,
}

/// A value that comes from outside.
pub(super) trait Input: Sized {
    /// Whether enum values come as strings, as in JSON.
    const ENUM_AS_STRING: bool;

    fn view(&self) -> View<'_, Self>;

    /// The value without variables; none if it holds some.
    fn constant(&self) -> Option<Cow<'_, ConstValue>>;
}

impl Input for ConstValue {
    const ENUM_AS_STRING: bool = true;

    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Null => View::Null,
            Self::List(items) => View::List(items),
            Self::Object(fields) => View::Object(fields),
            _ => View::Leaf,
        }
    }

    fn constant(&self) -> Option<Cow<'_, ConstValue>> {
        Some(Cow::Borrowed(self))
    }
}

impl Input for Value {
    const ENUM_AS_STRING: bool = false;

    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Null => View::Null,
            Self::Variable(_) => View::Variable,
            Self::List(items) => View::List(items),
            Self::Object(fields) => View::Object(fields),
            _ => View::Leaf,
        }
    }

    fn constant(&self) -> Option<Cow<'_, ConstValue>> {
        self.clone().into_const().map(Cow::Owned)
    }
}
