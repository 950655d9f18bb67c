//! How much one request may ask for, and how a list field states its cost.

use std::time::Duration;

use async_graphql::ServerError;

use super::error::Code;
use super::page::{DEFAULT_PAGE, LARGEST_PAGE};

/// No field costs more than this, so that sums of costs can't overflow.
const HIGHEST_COST: usize = 1_000_000_000;

/// What a request may ask for. What goes beyond is refused with `COST_EXCEEDED` before anything is resolved; only the
/// time limit strikes later, with `UNAVAILABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The document's length in bytes. Default 64 KiB.
    pub document_bytes: usize,
    /// How deep brackets of any kind nest in the document's text, values included. Default 50.
    pub nesting: usize,
    /// How deep fields nest, fragments expanded. Default 15, which the usual introspection query just fits.
    pub depth: usize,
    /// How many fields are selected, fragments expanded. Default 2,000.
    pub fields: usize,
    /// How many fields an operation selects at its root, fragments expanded. Default 20.
    pub root_fields: usize,
    /// How many fields are given another name, fragments expanded. Default 100.
    pub aliases: usize,
    /// The sum of the fields' costs, see [`list_cost`]. Default 20,000.
    pub complexity: usize,
    /// How long a query or a mutation, or one item of a subscription, may take to resolve. Default 30 s.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 64 * 1024,
            nesting: 50,
            depth: 15,
            fields: 2_000,
            root_fields: 20,
            aliases: 100,
            complexity: 20_000,
            time: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Refuses what is above a limit, naming the limit and what was measured.
    pub(super) fn hold(what: &str, measured: usize, limit: usize) -> Result<(), ServerError> {
        if measured <= limit {
            return Ok(());
        }
        let message =
            format!("The request is above the limit for {what}: {measured}, where {limit} is allowed.");
        Err(Code::CostExceeded.server_error(message, None))
    }
}

/// What a connection field costs: `#[graphql(complexity = "list_cost(first, child_complexity)")]`.
pub fn list_cost(first: Option<i32>, child: usize) -> usize {
    list_cost_or(DEFAULT_PAGE, first, child)
}

/// The same for a field whose `first` has another default, or a list of a known greatest length.
pub fn list_cost_or(default: i32, first: Option<i32>, child: usize) -> usize {
    let first = first.unwrap_or(default).clamp(1, LARGEST_PAGE);
    let first = usize::try_from(first).unwrap_or(1);
    child.saturating_add(1).saturating_mul(first).saturating_add(1).min(HIGHEST_COST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_costs_its_length_times_its_nodes() {
        assert_eq!(list_cost(Some(10), 4), 51);
        assert_eq!(list_cost(None, 0), 21, "even a list of scalars costs its length");
        assert_eq!(list_cost_or(100, None, 1), 201);
    }

    #[test]
    fn a_senseless_length_costs_no_more_than_the_largest_page_and_nothing_overflows() {
        assert_eq!(list_cost(Some(i32::MAX), 1), list_cost(Some(100), 1));
        assert_eq!(list_cost(Some(-5), 1), list_cost(Some(1), 1));
        assert_eq!(list_cost(Some(100), usize::MAX), HIGHEST_COST);
    }
}
