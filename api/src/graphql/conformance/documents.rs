//! Documents that were parsed lately. Front ends send the same few all day, and parsing one takes longer than copying it.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::parser::{Error, parse_query};
use moka::sync::Cache;

/// The text of all that are kept, in bytes; parsed, a document takes some ten times as much.
const MOST: u64 = 200_000;
/// Longer documents are parsed each time: one of them would push out many that are sent more often.
const LONGEST: usize = 8_000;

/// The documents that are kept, by their text.
pub(super) struct Documents {
    kept: Cache<String, Arc<ExecutableDocument>>,
}

impl Default for Documents {
    fn default() -> Self {
        let weigh =
            |text: &String, _: &Arc<ExecutableDocument>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { kept: Cache::builder().max_capacity(MOST).weigher(weigh).build() }
    }
}

impl Documents {
    /// The document that this text is; what is no document is parsed each time.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn parse(&self, text: &str) -> Result<ExecutableDocument, Error> {
        if text.len() > LONGEST {
            return parse_query(text);
        }
        if let Some(known) = self.kept.get(text) {
            return Ok(ExecutableDocument::clone(&known));
        }
        let document = parse_query(text)?;
        self.kept.insert(text.to_owned(), Arc::new(document.clone()));
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_the_same_each_time_and_what_is_none_is_refused_each_time() {
        let documents = Documents::default();
        for text in ["{ viewer { id } }", "query A($n: Int = 3) { sessions(first: $n) { nodes { id } } }"] {
            let fresh = format!("{:?}", parse_query(text).unwrap());
            for _ in 0..2 {
                assert_eq!(format!("{:?}", documents.parse(text).unwrap()), fresh);
            }
            assert!(documents.kept.contains_key(text));
        }
        let long = format!("{{ {} }}", "a ".repeat(LONGEST));
        for text in ["{ viewer { ", &long] {
            for _ in 0..2 {
                assert_eq!(documents.parse(text).is_ok(), text == long);
            }
            assert!(!documents.kept.contains_key(text));
        }
    }
}
