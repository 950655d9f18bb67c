//! The part of the query root that shows flows, and finds those that fit a problem.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::id::FlowId;
use futures_util::future::try_join_all;
use projections::flows::queries::{self, FlowFilter as Wanted};
use projections::{flows, sessions};

use super::Flow;
use super::flow_match::FlowMatch;
use crate::graphql::error::Code;
use crate::graphql::limits::{list_cost, list_cost_or};
use crate::graphql::page::{self, Page, PageRequest, wants_total};
use crate::graphql::request::{app, clock, fresh, identity, pool, read_failed};
use crate::graphql::scalar::parse_id;
use crate::graphql::session::filter::all;
use crate::graphql::vocabulary::{FlowOrigin, FlowStatus, ProblemDomain};

/// What a flow shows comes from these.
const READ: [&str; 2] = [flows::NAME, sessions::NAME];
/// The longest problem that flows are looked for.
const LONGEST_TEXT: usize = 20_000;
/// How many matches are shown when the caller doesn't say, and at most.
const MATCHES: i32 = 5;
const MOST_MATCHES: i32 = 20;

/// The part of the query root that shows flows.
#[derive(Default)]
pub struct FlowQueries;

/// Where a page of flows goes on: when the last one was begun, in microseconds, and its id.
type Key = (i64, FlowId);

#[Object]
impl FlowQueries {
    /// A flow in its newest published version, or in the one named; null if it, or that version of it, is not there.
    async fn flow(&self, ctx: &Context<'_>, id: ID, version: Option<i32>) -> Result<Option<Flow>> {
        identity(ctx)?;
        fresh(ctx, &READ).await?;
        let version = version.map(u32::try_from).transpose();
        match (parse_id(&id), version) {
            (Some(id), Ok(version)) => Flow::named(ctx, FlowId(id), version).await,
            _ => Ok(None),
        }
    }

    /// The account's flows, newest first.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn flows(
        &self,
        ctx: &Context<'_>,
        filter: Option<FlowFilter>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Page<Flow>> {
        let account = identity(ctx)?.account;
        let request = PageRequest::<Key>::parse(first, after.as_deref())?;
        fresh(ctx, &READ).await?;
        let filter = filter.unwrap_or_default().parse();
        let after = request.after.map(|(micros, id)| (page::moment(micros), id));
        let rows = queries::page(pool(ctx)?, account, &filter, after, request.fetch()).await;
        let rows = rows.map_err(|error| read_failed(&error))?;
        let total = if wants_total(ctx) {
            let count = queries::count(pool(ctx)?, account, &filter).await;
            Some(count.map_err(|error| read_failed(&error))?)
        } else {
            None
        };
        request.page(
            rows.into_iter().map(|row| ((row.created_at.timestamp_micros(), row.id), row.into())),
            total,
        )
    }

    /// The published flows that fit a problem described in words, best first. A score below 0.5 is no match.
    #[graphql(complexity = "list_cost_or(MATCHES, limit, child_complexity)")]
    async fn match_flows(
        &self,
        ctx: &Context<'_>,
        text: String,
        problem_domain: Option<ProblemDomain>,
        #[graphql(default = 5)] limit: Option<i32>,
    ) -> Result<Vec<FlowMatch>> {
        let account = identity(ctx)?.account;
        check_text(&text)?;
        let limit = check_limit(limit.unwrap_or(MATCHES))?;
        fresh(ctx, &READ).await?;
        let (matching, now) = (&app(ctx)?.matching, clock(ctx)?.now());
        let index =
            matching.of(pool(ctx)?, account, &text, now).await.map_err(|error| read_failed(&error))?;
        let candidates = index.rank(&text, problem_domain.map(Into::into), limit);
        let policy = index.policy().version;
        let shown = candidates.iter().map(|candidate| FlowMatch::of(ctx, candidate, policy));
        Ok(try_join_all(shown).await?.into_iter().flatten().collect())
    }
}

fn check_text(text: &str) -> Result<()> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > LONGEST_TEXT {
        let message = format!("`text` must have 1 to {LONGEST_TEXT} characters; it has {length}.");
        return Err(Code::GraphqlValidationFailed.error(message));
    }
    Ok(())
}

fn check_limit(limit: i32) -> Result<usize> {
    let fits = (1..=MOST_MATCHES).contains(&limit);
    usize::try_from(limit).ok().filter(|_| fits).ok_or_else(|| {
        Code::GraphqlValidationFailed
            .error(format!("`limit` must be between 1 and {MOST_MATCHES}; it is {limit}."))
    })
}

/// Which flows are wanted. What is null or an empty list asks for nothing.
#[derive(InputObject, Default)]
pub struct FlowFilter {
    /// With one of these stati.
    status: Option<Vec<FlowStatus>>,
    /// Of one of these areas.
    problem_domain: Option<Vec<ProblemDomain>>,
    /// Of one of these origins.
    origin: Option<Vec<FlowOrigin>>,
    /// Whose name, description or keywords hold this, whatever its case.
    search: Option<String>,
}

impl FlowFilter {
    fn parse(self) -> Wanted {
        Wanted {
            status: all(self.status),
            domain: all(self.problem_domain),
            origin: all(self.origin),
            search: self.search.filter(|search| !search.trim().is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_no_words_or_too_many_is_refused() {
        assert!(check_text("").is_err() && check_text(" \n").is_err());
        assert!(check_text(&"x".repeat(20_001)).is_err());
        assert!(check_text(&"ü".repeat(20_000)).is_ok());
    }

    #[test]
    fn one_to_twenty_matches_can_be_asked_for() {
        assert!(check_limit(0).is_err() && check_limit(21).is_err() && check_limit(-3).is_err());
        assert_eq!(check_limit(20).ok(), Some(20));
    }
}
