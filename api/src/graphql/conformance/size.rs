//! Measures a document before anything else looks at it: text, nesting, and what it is once fragments are expanded.
//!
//! Each fragment is measured once, so a document whose fragments multiply each other costs nothing here, while every
//! later step would walk it in full.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerError};

use crate::graphql::error::Code;
use crate::graphql::limits::Limits;

/// Refuses a text that is too long, or nested too deep for a parser that recurses.
pub(super) fn check_text(text: &str, limits: &Limits) -> Result<(), ServerError> {
    Limits::hold("the document's size in bytes", text.len(), limits.document_bytes)?;
    Limits::hold("nested brackets", nesting(text), limits.nesting)
}

/// Refuses a document that selects too much, or whose fragments run in a circle.
pub(super) fn check_document(document: &ExecutableDocument, limits: &Limits) -> Result<(), ServerError> {
    let mut measure = Measure { fragments: &document.fragments, known: HashMap::new(), open: 0 };
    for (_, operation) in document.operations.iter() {
        let size = measure.selection_set(&operation.node.selection_set.node)?;
        Limits::hold("depth", size.depth, limits.depth)?;
        Limits::hold("fields", size.fields, limits.fields)?;
        Limits::hold("root fields", size.width, limits.root_fields)?;
        Limits::hold("aliases", size.aliases, limits.aliases)?;
    }
    for name in document.fragments.keys() {
        let size = measure.fragment(name)?;
        Limits::hold("depth", size.depth, limits.depth)?;
        Limits::hold("fields", size.fields, limits.fields)?;
    }
    Ok(())
}

/// How many fragments may stand inside each other. The library walks them recursively and stops at 32 levels of
/// fields and fragments together.
const FRAGMENTS_IN_FRAGMENTS: usize = 16;

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    depth: usize,
    fields: usize,
    aliases: usize,
    width: usize,
    /// How deep fragments stand inside fragments.
    spreads: usize,
}

impl Size {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            width: self.width.saturating_add(other.width),
            spreads: self.spreads.max(other.spreads),
        }
    }
}

struct Measure<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// None while the fragment is being measured: meeting it then is a circle.
    known: HashMap<&'a str, Option<Size>>,
    /// How many fragments are being measured right now, one inside the other.
    open: usize,
}

impl<'a> Measure<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Size, ServerError> {
        let mut size = Size::default();
        for selection in &set.items {
            let one = match &selection.node {
                Selection::Field(field) => {
                    let below = self.selection_set(&field.node.selection_set.node)?;
                    Size {
                        depth: below.depth + 1,
                        fields: below.fields.saturating_add(1),
                        aliases: below.aliases.saturating_add(usize::from(field.node.alias.is_some())),
                        width: 1,
                        spreads: below.spreads,
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.selection_set(&fragment.node.selection_set.node)?
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            size = size.beside(one);
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &str) -> Result<Size, ServerError> {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            return Ok(Size::default());
        };
        match self.known.get(name.as_str()) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                let message = format!("The fragment \"{name}\" contains itself.");
                return Err(Code::GraphqlValidationFailed.server_error(message, Some(fragment.pos)));
            }
            None => {}
        }
        self.known.insert(name, None);
        self.open += 1;
        Limits::hold("fragments inside fragments", self.open, FRAGMENTS_IN_FRAGMENTS)?;
        let mut size = self.selection_set(&fragment.node.selection_set.node)?;
        self.open -= 1;
        size.spreads += 1;
        Limits::hold("fragments inside fragments", size.spreads, FRAGMENTS_IN_FRAGMENTS)?;
        self.known.insert(name, Some(size));
        Ok(size)
    }
}

/// How deep brackets nest outside of strings and comments.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match first {
            b'"' if rest.starts_with(b"\"\"\"") => behind_block_string(&rest[3..]),
            b'"' => behind_string(tail),
            b'#' => behind_comment(tail),
            _ => tail,
        };
        match first {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn behind_string(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [] => return rest,
            [b'"' | b'\n', tail @ ..] => return tail,
            [b'\\', _, tail @ ..] | [_, tail @ ..] => rest = tail,
        }
    }
}

fn behind_block_string(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [] => return rest,
            [b'"', b'"', b'"', tail @ ..] => return tail,
            [b'\\', b'"', b'"', b'"', tail @ ..] | [_, tail @ ..] => rest = tail,
        }
    }
}

fn behind_comment(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    &rest[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_do_not_nest() {
        assert_eq!(nesting("{ a(x: [1, {y: 2}]) { b } }"), 4);
        assert_eq!(nesting(r#"{ a(x: "((([[[") }"#), 2);
        assert_eq!(nesting(r#"{ a(x: "\"((") }"#), 2);
        assert_eq!(nesting("{ a(x: \"\"\" \" {{{{ \\\"\"\" {{ \"\"\") }"), 2);
        assert_eq!(nesting("{ # {{{{\n a }"), 1);
        assert_eq!(nesting("}}}{"), 1);
        assert_eq!(nesting(r#"{ a(x: "unclosed ((("#), 2);
    }
}
