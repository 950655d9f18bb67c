//! What differs between two documents, field by field; items of a list that have an id are compared by it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::output::harmless;

/// One place where two documents differ.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    path: String,
    before: Option<Value>,
    after: Option<Value>,
}

const LONGEST_SHOWN: usize = 200;

impl Difference {
    /// All places where they differ, in the order of their paths.
    pub(crate) fn between(before: &Value, after: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        compare(String::new(), Some(before), Some(after), &mut found);
        found
    }

    /// Where.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// As a row.
    pub(crate) fn row(self) -> Map<String, Value> {
        let mut row = Map::new();
        row.insert("change".to_owned(), json!(self.change()));
        row.insert("path".to_owned(), Value::String(self.path));
        if let Some(before) = self.before {
            row.insert("before".to_owned(), before);
        }
        if let Some(after) = self.after {
            row.insert("after".to_owned(), after);
        }
        row
    }

    /// As a line for people.
    pub(crate) fn in_words(&self) -> String {
        match (&self.before, &self.after) {
            (None, Some(after)) => format!("+ {}: {}", self.path, shown(after)),
            (Some(before), None) => format!("- {}: {}", self.path, shown(before)),
            (Some(before), Some(after)) => format!("~ {}: {} → {}", self.path, shown(before), shown(after)),
            (None, None) => self.path.clone(),
        }
    }

    fn change(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(path, before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for (name, before, after) in paired(before, after) {
                compare(format!("{path}[{name}]"), before, after, found);
            }
        }
        (before, after) => found.push(Difference { path, before: before.cloned(), after: after.cloned() }),
    }
}

type Paired<'a> = Vec<(String, Option<&'a Value>, Option<&'a Value>)>;

fn paired<'a>(before: &'a [Value], after: &'a [Value]) -> Paired<'a> {
    let with_ids = before.iter().chain(after).all(|item| id(item).is_some());
    if !with_ids {
        let longest = before.len().max(after.len());
        return (0..longest).map(|n| (n.to_string(), before.get(n), after.get(n))).collect();
    }
    let find = |items: &'a [Value], wanted: &str| items.iter().find(|item| id(item) == Some(wanted));
    let new = after.iter().filter(|item| id(item).is_some_and(|wanted| find(before, wanted).is_none()));
    before
        .iter()
        .chain(new)
        .filter_map(id)
        .map(|wanted| (wanted.to_owned(), find(before, wanted), find(after, wanted)))
        .collect()
}

fn id(item: &Value) -> Option<&str> {
    item.get("id").and_then(Value::as_str)
}

fn shown(value: &Value) -> String {
    let text = harmless(&value.to_string());
    if text.chars().count() <= LONGEST_SHOWN {
        return text;
    }
    text.chars().take(LONGEST_SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_is_not_told() {
        let one = json!({"a": 1, "b": [1, {"c": 2}]});
        assert_eq!(Difference::between(&one, &one), []);
    }

    #[test]
    fn fields_are_named_by_their_path() {
        let before = json!({"status": "ACTIVE", "gone": 1, "deep": {"x": 1}});
        let after = json!({"status": "RESOLVED", "new": 2, "deep": {"x": 2}});
        let lines: Vec<_> = Difference::between(&before, &after).iter().map(Difference::in_words).collect();
        assert_eq!(
            lines,
            ["~ deep.x: 1 → 2", "- gone: 1", "+ new: 2", "~ status: \"ACTIVE\" → \"RESOLVED\""]
        );
    }

    #[test]
    fn items_with_ids_are_compared_with_themselves_wherever_they_stand() {
        let before = json!({"steps": [{"id": "a", "n": 1}, {"id": "b", "n": 1}]});
        let after = json!({"steps": [{"id": "b", "n": 2}, {"id": "c", "n": 1}]});
        let paths: Vec<_> = Difference::between(&before, &after)
            .into_iter()
            .map(|difference| (difference.change(), difference.path))
            .collect();
        let expected = [("removed", "steps[a]"), ("changed", "steps[b].n"), ("added", "steps[c]")];
        assert_eq!(paths, expected.map(|(change, path)| (change, path.to_owned())));
    }
}
