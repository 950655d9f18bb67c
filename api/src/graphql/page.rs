//! Lists in pages: Relay connections with opaque keyset cursors.
//!
//! A resolver reads [`PageRequest`], fetches [`PageRequest::fetch`] rows behind `after`, and hands them with their keys
//! to [`PageRequest::page`]. The connection and edge types are named after the node: `Page<Session>` is
//! `SessionConnection` with `SessionEdge`s.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, Error, OutputType, SimpleObject, TypeName};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Code;
use super::scalar::clamp_count;

/// How many nodes a page holds when the caller doesn't say.
pub const DEFAULT_PAGE: i32 = 20;

/// The most nodes a page can hold.
pub const LARGEST_PAGE: i32 = 100;

/// No key of ours comes near this; anything longer isn't a cursor.
const LONGEST_CURSOR: usize = 1024;

/// A page of a list, with the cursors to go on from it.
#[derive(Debug, SimpleObject)]
#[graphql(name_type)]
pub struct Page<N: OutputType> {
    /// The nodes of this page, in order.
    nodes: Vec<Arc<N>>,
    /// The same nodes, each with the cursor that continues behind it.
    edges: Vec<Edge<N>>,
    /// Whether there is more, and from where.
    #[graphql(name = "pageInfo")]
    info: PageInfo,
    /// How many nodes the whole list has, if that is known.
    total_count: Option<i32>,
}

impl<N: OutputType> TypeName for Page<N> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Connection", N::type_name()))
    }
}

/// A node of a page and the cursor behind it.
#[derive(Debug, SimpleObject)]
#[graphql(name_type)]
pub struct Edge<N: OutputType> {
    /// Give this as `after` to continue behind this node.
    pub(super) cursor: String,
    /// The node itself.
    pub(super) node: Arc<N>,
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Edge", N::type_name()))
    }
}

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct PageInfo {
    /// True if the list goes on behind this page.
    has_next_page: bool,
    /// The cursor of the last node; null on an empty page.
    end_cursor: Option<String>,
}

/// The parts of a page.
#[derive(Debug)]
pub struct Cut<N: OutputType> {
    /// The nodes.
    pub nodes: Vec<Arc<N>>,
    /// The same with their cursors.
    pub edges: Vec<Edge<N>>,
    /// Where it stands in its list.
    pub info: PageInfo,
}

/// What the caller asks for: how many nodes, and the key behind which to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest<K> {
    first: usize,
    /// The key of the last node the caller has seen.
    pub after: Option<K>,
}

impl<K: Serialize + DeserializeOwned> PageRequest<K> {
    /// Reads the `first` and `after` arguments; null stands for 20 and for the start of the list.
    pub fn parse(first: Option<i32>, after: Option<&str>) -> Result<Self, Error> {
        Self::parse_or(DEFAULT_PAGE, first, after)
    }

    /// The same for a field whose `first` has another default.
    pub fn parse_or(default: i32, first: Option<i32>, after: Option<&str>) -> Result<Self, Error> {
        let first = first.unwrap_or(default);
        let size = usize::try_from(first).ok().filter(|_| (1..=LARGEST_PAGE).contains(&first));
        let Some(first) = size else {
            let message = format!("`first` must be between 1 and {LARGEST_PAGE}; it is {first}.");
            return Err(Code::GraphqlValidationFailed.error(message));
        };
        let after = after.map(decode_cursor).transpose()?;
        Ok(Self { first, after })
    }

    /// How many nodes the page may hold.
    pub fn first(&self) -> usize {
        self.first
    }

    /// How many rows to fetch: one more than the page holds, which tells whether there is a next page.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.first).unwrap_or(i64::MAX - 1) + 1
    }

    /// Makes the page of the rows fetched, each with its key.
    pub fn page<N: OutputType>(
        &self,
        rows: impl IntoIterator<Item = (K, N)>,
        total: Option<i64>,
    ) -> Result<Page<N>, Error> {
        let Cut { nodes, edges, info } = self.cut(rows)?;
        Ok(Page { nodes, edges, info, total_count: total.map(clamp_count) })
    }

    /// The same in parts, for a connection of its own making: one whose length nobody counts, or whose name doesn't
    /// follow its nodes'.
    pub fn cut<N: OutputType>(&self, rows: impl IntoIterator<Item = (K, N)>) -> Result<Cut<N>, Error> {
        let mut rows = rows.into_iter();
        let edges = rows
            .by_ref()
            .take(self.first)
            .map(|(key, node)| Ok(Edge { cursor: encode_cursor(&key)?, node: Arc::new(node) }))
            .collect::<Result<Vec<_>, Error>>()?;
        let info = PageInfo {
            has_next_page: rows.next().is_some(),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        let nodes = edges.iter().map(|edge| Arc::clone(&edge.node)).collect();
        Ok(Cut { nodes, edges, info })
    }
}

/// True if the query asks for `totalCount` of the connection being resolved; counting can be dear.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// A moment in a key, which holds microseconds as PostgreSQL does. A cursor of somebody's own making may hold any
/// number: what no moment has reads as the beginning or the end of time.
pub fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros.max(0)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The opaque cursor for a key.
pub fn encode_cursor<K: Serialize>(key: &K) -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key)?))
}

/// The key in a cursor; what isn't a cursor of this list is refused.
pub fn decode_cursor<K: DeserializeOwned>(cursor: &str) -> Result<K, Error> {
    let bytes = if cursor.len() <= LONGEST_CURSOR { URL_SAFE_NO_PAD.decode(cursor).ok() } else { None };
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        Code::GraphqlValidationFailed
            .error("`after` is not a cursor of this list; use an `endCursor` or an edge's `cursor` from the same field.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: &Error) -> String {
        error.extensions.as_ref().and_then(|values| values.get("code")).unwrap().to_string()
    }

    #[test]
    fn null_stands_for_the_default_and_the_start() {
        let request = PageRequest::<(i64, String)>::parse(None, None).unwrap();
        assert_eq!((request.first(), request.fetch(), request.after), (20, 21, None));
        assert_eq!(PageRequest::<i64>::parse_or(100, None, None).unwrap().first(), 100);
    }

    #[test]
    fn a_page_size_out_of_range_is_refused_with_the_range() {
        for first in [0, -1, 101, i32::MAX, i32::MIN] {
            let error = PageRequest::<i64>::parse(Some(first), None).unwrap_err();
            assert!(error.message.contains("between 1 and 100"), "{}", error.message);
            assert_eq!(code(&error), r#""GRAPHQL_VALIDATION_FAILED""#);
        }
        assert_eq!(PageRequest::<i64>::parse(Some(100), None).unwrap().first(), 100);
        assert_eq!(PageRequest::<i64>::parse(Some(1), None).unwrap().first(), 1);
    }

    #[test]
    fn a_cursor_leads_back_to_its_key() {
        let key = (17_i64, "0190-x".to_owned());
        let cursor = encode_cursor(&key).unwrap();
        let request = PageRequest::<(i64, String)>::parse(Some(5), Some(&cursor)).unwrap();
        assert_eq!(request.after, Some(key));
    }

    #[test]
    fn what_is_no_cursor_of_the_list_is_refused() {
        let other = encode_cursor(&"text").unwrap();
        for cursor in ["", "%%%", "abc", &other, &"A".repeat(5000)] {
            let error = PageRequest::<(i64, String)>::parse(None, Some(cursor)).unwrap_err();
            assert_eq!(code(&error), r#""GRAPHQL_VALIDATION_FAILED""#, "{cursor}");
        }
    }

    #[test]
    fn the_row_too_many_tells_of_the_next_page() {
        let request = PageRequest::<i64>::parse(Some(2), None).unwrap();
        let page = request.page([(1, 10), (2, 20), (3, 30)], Some(5_000_000_000)).unwrap();
        assert_eq!(page.nodes.iter().map(|node| **node).collect::<Vec<i32>>(), [10, 20]);
        assert!(page.info.has_next_page);
        assert_eq!(page.info.end_cursor, Some(encode_cursor(&2_i64).unwrap()));
        assert_eq!(page.total_count, Some(i32::MAX));

        let last = request.page([(3, 30)], None).unwrap();
        assert!(!last.info.has_next_page);
        let empty = request.page(Vec::<(i64, i32)>::new(), None).unwrap();
        assert_eq!(empty.info, PageInfo { has_next_page: false, end_cursor: None });
    }
}
