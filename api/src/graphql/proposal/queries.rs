//! The part of the query root that shows the review queue.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::id::ProposalId;
use domain::local_days::{midnight, monday};
use projections::proposals::queries::{self, ProposalFilter as Wanted};
use projections::proposals::{self, stats};
use projections::{accounts, flows, sessions};

use super::Proposal;
use super::stats::ProposalStats;
use crate::graphql::limits::list_cost;
use crate::graphql::page::{Page, PageRequest, wants_total};
use crate::graphql::request::{clock, fresh, identity, pool, read_failed};
use crate::graphql::scalar::parse_id;
use crate::graphql::session::filter::all;
use crate::graphql::vocabulary::{ProblemDomain, ProposalOrder, ProposalStatus, ProposalType};

/// What a proposal shows comes from these.
pub const READ: [&str; 3] = [proposals::NAME, flows::NAME, sessions::NAME];

/// The part of the query root that shows the review queue.
#[derive(Default)]
pub struct ProposalQueries;

/// Where a page goes on: the last proposal's place in the order, and its id.
type Key = (i64, ProposalId);

#[Object]
impl ProposalQueries {
    /// A proposal; null if it is not there.
    async fn proposal(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Proposal>> {
        identity(ctx)?;
        fresh(ctx, &READ).await?;
        match parse_id(&id) {
            Some(id) => Proposal::named(ctx, ProposalId(id)).await,
            None => Ok(None),
        }
    }

    /// The account's proposals. Paths that held are listed only where their type or status is asked for.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn proposals(
        &self,
        ctx: &Context<'_>,
        filter: Option<ProposalFilter>,
        #[graphql(default_with = "Some(ProposalOrder::Newest)")] order_by: Option<ProposalOrder>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Page<Proposal>> {
        let account = identity(ctx)?.account;
        let request = PageRequest::<Key>::parse(first, after.as_deref())?;
        fresh(ctx, &READ).await?;
        let filter = filter.unwrap_or_default().parse();
        let order = order_by.unwrap_or(ProposalOrder::Newest).into();
        let rows = queries::page(pool(ctx)?, account, &filter, order, request.after, request.fetch()).await;
        let rows = rows.map_err(|error| read_failed(&error))?;
        let total = if wants_total(ctx) {
            let count = queries::count(pool(ctx)?, account, &filter).await;
            Some(count.map_err(|error| read_failed(&error))?)
        } else {
            None
        };
        request.page(rows.into_iter().map(|row| ((row.place(order), row.id), row.into())), total)
    }

    /// The review queue in numbers. Weeks begin on Monday, in the account's time zone.
    async fn proposal_stats(&self, ctx: &Context<'_>) -> Result<ProposalStats> {
        let account = identity(ctx)?.account;
        fresh(ctx, &[proposals::NAME, accounts::NAME]).await?;
        let pool = pool(ctx)?;
        let row = accounts::account(pool, account).await.map_err(|error| read_failed(&error))?;
        let zone = row.and_then(|row| row.time_zone.parse().ok()).unwrap_or(Tz::UTC);
        let week = week_began(clock(ctx)?.now(), zone);
        let found = stats::of(pool, account, week).await.map_err(|error| read_failed(&error))?;
        Ok(found.into())
    }
}

/// When the local week began that this moment is in.
fn week_began(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    midnight(zone, monday(now.with_timezone(&zone).date_naive()))
}

/// Which proposals are wanted. What is null or an empty list asks for nothing.
#[derive(InputObject, Default)]
pub struct ProposalFilter {
    /// With one of these stati.
    status: Option<Vec<ProposalStatus>>,
    /// Of one of these types.
    #[graphql(name = "type")]
    kind: Option<Vec<ProposalType>>,
    /// Of one of these areas.
    problem_domain: Option<Vec<ProblemDomain>>,
}

impl ProposalFilter {
    fn parse(self) -> Wanted {
        Wanted { status: all(self.status), kind: all(self.kind), domain: all(self.problem_domain) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_at_midnight_where_the_account_is() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(week_began(at("2026-03-29T12:00:00Z"), berlin), at("2026-03-22T23:00:00Z"));
        assert_eq!(week_began(at("2026-03-29T22:30:00Z"), berlin), at("2026-03-29T22:00:00Z"));
        assert_eq!(week_began(at("2026-03-30T12:00:00Z"), Tz::UTC), at("2026-03-30T00:00:00Z"));
    }
}
