//! Reading analytics: what a span of local days adds up to, in time that does not grow with the number of sessions.

mod durations;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::id::{AccountId, TeamId, UserId};
use domain::local_days::{DaySpan, monday};
use domain::problem::ProblemDomain;
use domain::session::status::ConfidenceTier;
use event_store::transaction;
use sqlx::postgres::PgArguments;
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::calendar::parse_zone;
use super::cover::Cover;
use super::day::{COUNTS, Day, HANDLER, Place, Slice, TEAM};
use super::durations::Durations;
use super::rows::sum;
pub use super::totals::Totals;
use crate::error::ProjectionError;

/// The zone that an account's days are counted in.
pub async fn time_zone(pool: &PgPool, account: AccountId) -> Result<Tz, ProjectionError> {
    let zone: Option<String> =
        sqlx::query_scalar("SELECT time_zone FROM outcome_calendars WHERE account = $1")
            .bind(account.0)
            .fetch_optional(pool)
            .await?;
    zone.map_or(Ok(Tz::UTC), |zone| parse_zone(&zone))
}

/// An account's analytics at one moment: all figures are of the same sessions, whatever is folded meanwhile.
pub struct Reading {
    transaction: Transaction<'static, Postgres>,
    account: AccountId,
    zone: Tz,
    /// Days before this one are in the sums.
    end: NaiveDate,
    /// The others.
    recent: BTreeMap<Place, Day>,
}

impl Reading {
    /// Begins to read.
    pub async fn begin(pool: &PgPool, account: AccountId) -> Result<Self, ProjectionError> {
        let mut transaction = transaction::snapshot(pool, "SET TRANSACTION READ ONLY").await?;
        let calendar: Option<(String, Option<NaiveDate>)> =
            sqlx::query_as("SELECT time_zone, summed_before FROM outcome_calendars WHERE account = $1")
                .bind(account.0)
                .fetch_optional(&mut *transaction)
                .await?;
        let (zone, end) = calendar.unzip();
        let zone = zone.map_or(Ok(Tz::UTC), |zone| parse_zone(&zone))?;
        let end = end.flatten();
        let mut recent = BTreeMap::new();
        sum(&mut transaction, account, end, None, &mut recent).await?;
        Ok(Self { transaction, account, zone, end: end.unwrap_or_default(), recent })
    }

    /// The zone that the account's days are counted in.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// All sessions of a span.
    pub async fn totals(&mut self, span: DaySpan) -> Result<Totals, ProjectionError> {
        let mut totals = self.closed(span, &[Slice::All]).await?.remove(&Slice::All).unwrap_or_default();
        (totals.started, totals.open) = sqlx::query_as(
            "SELECT coalesce(sum(started), 0)::bigint, coalesce(sum(open), 0)::bigint FROM outcome_starts
             WHERE account = $1 AND day BETWEEN $2 AND $3",
        )
        .bind(self.account.0)
        .bind(span.first)
        .bind(span.last)
        .fetch_one(&mut *self.transaction)
        .await?;
        Ok(totals)
    }

    /// Closed sessions of a span by domain; domains without any are left out, and so are sessions without a domain.
    pub async fn by_domain(
        &mut self,
        span: DaySpan,
    ) -> Result<Vec<(ProblemDomain, Totals)>, ProjectionError> {
        let totals = self.closed(span, &ProblemDomain::ALL.map(Slice::Domain)).await?;
        let of = |domain: &ProblemDomain| Some((*domain, *totals.get(&Slice::Domain(*domain))?));
        Ok(ProblemDomain::ALL.iter().filter_map(of).collect())
    }

    /// The same by the tier at close.
    pub async fn by_tier(&mut self, span: DaySpan) -> Result<Vec<(ConfidenceTier, Totals)>, ProjectionError> {
        let totals = self.closed(span, &ConfidenceTier::ALL.map(Slice::Tier)).await?;
        let of = |tier: &ConfidenceTier| Some((*tier, *totals.get(&Slice::Tier(*tier))?));
        Ok(ConfidenceTier::ALL.iter().filter_map(of).collect())
    }

    /// Closed sessions of a span by their team, with how long resolving took; sessions without a team are left out.
    pub async fn by_team(
        &mut self,
        span: DaySpan,
    ) -> Result<Vec<(TeamId, Totals, Durations)>, ProjectionError> {
        self.by_id(span, TEAM, TeamId, Slice::Team).await
    }

    /// The same by who handled them last.
    pub async fn by_handler(
        &mut self,
        span: DaySpan,
    ) -> Result<Vec<(UserId, Totals, Durations)>, ProjectionError> {
        self.by_id(span, HANDLER, UserId, Slice::Handler).await
    }

    async fn by_id<Id: Copy>(
        &mut self,
        span: DaySpan,
        kind: &str,
        id: fn(Uuid) -> Id,
        slice: fn(Id) -> Slice,
    ) -> Result<Vec<(Id, Totals, Durations)>, ProjectionError> {
        let mut ids: BTreeSet<Uuid> = self.summed(span, kind).await?.into_iter().collect();
        ids.extend(self.recent.keys().filter_map(|place| place.slice.id_of(kind)));
        let slices: Vec<Slice> = ids.iter().map(|it| slice(id(*it))).collect();
        let totals = self.closed(span, &slices).await?;
        let resolving = self.resolving_by_id(span, kind, &slices).await?;
        let of = |it: &Uuid| {
            let slice = slice(id(*it));
            let took = resolving.get(&slice.to_string()).copied().unwrap_or_default();
            Some((id(*it), *totals.get(&slice)?, took))
        };
        Ok(ids.iter().filter_map(of).collect())
    }

    /// Whose sums there are of a kind in the weeks of a span, and in the days of the one that runs.
    async fn summed(&mut self, span: DaySpan, kind: &str) -> Result<Vec<Uuid>, ProjectionError> {
        let sql = "SELECT substring(slice FROM length($2) + 1)::uuid FROM outcome_weeks
                   WHERE account = $1 AND starts_with(slice, $2) AND day BETWEEN $3 AND $4
                   UNION
                   SELECT substring(slice FROM length($2) + 1)::uuid FROM outcome_days
                   WHERE account = $1 AND starts_with(slice, $2) AND day BETWEEN greatest($3, $5) AND $4";
        let summed = sqlx::query_scalar(sql)
            .bind(self.account.0)
            .bind(kind)
            .bind(monday(span.first))
            .bind(span.last)
            .bind(monday(self.end))
            .fetch_all(&mut *self.transaction)
            .await?;
        Ok(summed)
    }

    /// What the closed sessions of a span add up to in these slices; those without any are left out.
    async fn closed(
        &mut self,
        span: DaySpan,
        slices: &[Slice],
    ) -> Result<BTreeMap<Slice, Totals>, ProjectionError> {
        let sums = COUNTS.map(|name| format!("sum({name})::bigint")).join(", ");
        let sql =
            format!("SELECT slice, ARRAY[{sums}] FROM ({}) AS row GROUP BY slice", rows(&COUNTS.join(", ")));
        let summed: Vec<(String, Vec<i64>)> =
            bind(sqlx::query_as(&sql), self.account, slices, Cover::by_week(span, self.end))
                .fetch_all(&mut *self.transaction)
                .await?;
        let mut found = BTreeMap::new();
        for slice in slices {
            let mut totals = Totals::default();
            let name = slice.to_string();
            if let Some((_, counts)) = summed.iter().find(|row| row.0 == name) {
                totals.add_counts(counts.as_slice().try_into().unwrap_or_default());
            }
            self.recent(span, *slice).for_each(|(_, day)| totals.add(day));
            if totals.closed > 0 {
                found.insert(*slice, totals);
            }
        }
        Ok(found)
    }

    /// Days of a span that are not in the sums.
    fn recent(&self, span: DaySpan, slice: Slice) -> impl Iterator<Item = (NaiveDate, &Day)> {
        let at = |day| Place { account: self.account, slice, day };
        let first = span.first.max(self.end);
        let range = (first <= span.last).then(|| self.recent.range(at(first)..=at(span.last)));
        range.into_iter().flatten().map(|(place, day)| (place.day, day))
    }
}

/// Statements for the rows of some slices of the sums that cover a span: each with its slice, its first day, and these columns.
fn rows(columns: &str) -> String {
    let of = |table: &str, first: u8| {
        let last = first + 1;
        format!(
            "SELECT slice, day, {columns} {table}
             WHERE account = $1 AND slice = ANY($2) AND day BETWEEN ${first} AND ${last}"
        )
    };
    [of("FROM outcome_days", 3), of("FROM outcome_weeks", 5), of("FROM outcome_days", 7)].join(" UNION ALL ")
}

type Query<'a, Row> = sqlx::query::QueryAs<'a, Postgres, Row, PgArguments>;

fn bind<'a, Row>(
    query: Query<'a, Row>,
    account: AccountId,
    slices: &[Slice],
    cover: Cover,
) -> Query<'a, Row> {
    [cover.before, cover.weeks, cover.after].into_iter().fold(
        query.bind(account.0).bind(slices.iter().map(Slice::to_string).collect::<Vec<_>>()),
        |query, (first, last)| query.bind(first).bind(last),
    )
}
