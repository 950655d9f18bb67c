//! What the assistant costs: calls and tokens a day, in the account's own zone.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::account::event::AccountEvent;
use domain::analysis::event::AnalysisEvent;
use domain::id::AccountId;
use domain::recorded_event::RecordedEvent;
use domain::session::event::SessionEvent;
use domain::session::step::{MadeBy, Tokens};
use futures_util::future::BoxFuture;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;

/// The projection.
#[derive(Debug, Clone, Copy)]
pub struct Usage;

/// Its name.
pub const NAME: &str = "usage";

impl Projection for Usage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["usage_zones", "usage_days"]
    }

    fn takes(&self, event_type: &str) -> bool {
        matches!(
            event_type,
            "account.opened"
                | "account.configured"
                | "session.intake_classified"
                | "session.step_presented"
                | "session.step_generation_failed"
                | "session.step_discarded"
                | "session.escalation_enriched"
                | "session.escalation_enrichment_failed"
                | "analysis.completed"
                | "analysis.failed"
                | "analysis.deferred"
        )
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        _work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let mut zones: BTreeMap<Uuid, Tz> = BTreeMap::new();
            let mut days: BTreeMap<(Uuid, NaiveDate), Spent> = BTreeMap::new();
            for event in events {
                let account = event.metadata.account.0;
                if event.aggregate_type == "account" {
                    if let Some(zone) = keep_zone(connection, event).await? {
                        zones.insert(account, zone);
                    }
                    continue;
                }
                let spent = match event.aggregate_type.as_str() {
                    "analysis" => spent_on_knowledge(&event.decode()?),
                    _ => spent(&event.decode()?),
                };
                let Some(spent) = spent else { continue };
                let zone = match zones.get(&account) {
                    Some(zone) => *zone,
                    None => *zones.entry(account).or_insert(zone_of(connection, account).await?),
                };
                let day = event.metadata.recorded_at.with_timezone(&zone).date_naive();
                days.entry((account, day)).or_default().add(spent);
            }
            store(connection, &days).await
        })
    }
}

/// What was spent on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Calls to a model, failed and retried ones too.
    pub calls: u64,
    /// Their tokens.
    pub tokens: Tokens,
}

impl Spent {
    /// Adds up.
    pub fn add(&mut self, more: Self) {
        self.calls += more.calls;
        self.tokens.input += more.tokens.input;
        self.tokens.output += more.tokens.output;
        self.tokens.cached += more.tokens.cached;
    }
}

/// The playbook's and people's work costs nothing. An event from before calls were counted tells of one if a model made what
/// it records, or if it cost tokens.
fn spent(event: &SessionEvent) -> Option<Spent> {
    let (made_by, tokens) = match event {
        // No model made a fallback: it may have failed, or nobody may have been called.
        SessionEvent::IntakeClassified(classified) => {
            ((!classified.fallback).then_some(&classified.made_by), classified.tokens)
        }
        SessionEvent::StepPresented(presented) => (Some(&presented.step.made_by), presented.step.tokens),
        SessionEvent::StepDiscarded(discarded) => (Some(&discarded.made_by), discarded.tokens),
        SessionEvent::StepGenerationFailed(failed) => (None, failed.tokens),
        SessionEvent::EscalationEnriched(enriched) => (None, enriched.tokens),
        SessionEvent::EscalationEnrichmentFailed(failed) => (None, failed.tokens),
        _ => return None,
    };
    let by_model = made_by.is_some_and(|by| matches!(by, MadeBy::Model { .. }));
    (by_model || !tokens.are_none()).then(|| Spent { calls: tokens.calls.max(1).into(), tokens })
}

/// What was spent on finding out what a session teaches; without a model that costs nothing.
fn spent_on_knowledge(event: &AnalysisEvent) -> Option<Spent> {
    let tokens = match event {
        AnalysisEvent::Completed(completed) => completed.tokens,
        AnalysisEvent::Failed(failed) => failed.tokens,
        AnalysisEvent::Deferred(deferred) => deferred.tokens,
        AnalysisEvent::Withdrawn(_) | AnalysisEvent::Requested(_) | AnalysisEvent::TakenUp(_) => return None,
    };
    (!tokens.are_none()).then(|| Spent { calls: tokens.calls.max(1).into(), tokens })
}

/// The account's zone from now on: days that have been counted stay as they are.
async fn keep_zone(
    connection: &mut PgConnection,
    event: &RecordedEvent,
) -> Result<Option<Tz>, ProjectionError> {
    let zone = match event.decode()? {
        AccountEvent::Opened(opened) => opened.time_zone,
        AccountEvent::Configured(configured) => configured.time_zone,
        _ => return Ok(None),
    };
    sqlx::query(
        "INSERT INTO usage_zones (account, time_zone) VALUES ($1, $2)
         ON CONFLICT (account) DO UPDATE SET time_zone = excluded.time_zone",
    )
    .bind(event.metadata.account.0)
    .bind(&zone)
    .execute(connection)
    .await?;
    parse_zone(&zone).map(Some)
}

async fn zone_of(connection: &mut PgConnection, account: Uuid) -> Result<Tz, ProjectionError> {
    let zone: Option<(String,)> = sqlx::query_as("SELECT time_zone FROM usage_zones WHERE account = $1")
        .bind(account)
        .fetch_optional(connection)
        .await?;
    zone.map_or(Ok(Tz::UTC), |(zone,)| parse_zone(&zone))
}

fn parse_zone(name: &str) -> Result<Tz, ProjectionError> {
    name.parse().map_err(|_| ProjectionError::Inconsistent(format!("unknown time zone {name}")))
}

async fn store(
    connection: &mut PgConnection,
    days: &BTreeMap<(Uuid, NaiveDate), Spent>,
) -> Result<(), ProjectionError> {
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO usage_days (account, day, calls, input_tokens, output_tokens)
         SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::bigint[], $5::bigint[])
         ON CONFLICT (account, day) DO UPDATE SET calls = usage_days.calls + excluded.calls,
             input_tokens = usage_days.input_tokens + excluded.input_tokens,
             output_tokens = usage_days.output_tokens + excluded.output_tokens",
    )
    .bind(days.keys().map(|(account, _)| *account).collect::<Vec<_>>())
    .bind(days.keys().map(|(_, day)| *day).collect::<Vec<_>>())
    .bind(days.values().map(|spent| stored(spent.calls)).collect::<Vec<_>>())
    .bind(days.values().map(|spent| stored(spent.tokens.input)).collect::<Vec<_>>())
    .bind(days.values().map(|spent| stored(spent.tokens.output)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What was spent on each day from `first` to `last`, days without anything left out.
pub async fn days(
    pool: &PgPool,
    account: AccountId,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<(NaiveDate, Spent)>, ProjectionError> {
    let rows: Vec<(NaiveDate, i64, i64, i64)> = sqlx::query_as(
        "SELECT day, calls, input_tokens, output_tokens FROM usage_days
         WHERE account = $1 AND day BETWEEN $2 AND $3 ORDER BY day",
    )
    .bind(account.0)
    .bind(first)
    .bind(last)
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(day, calls, input, output)| {
            let tokens =
                Tokens { input: input.unsigned_abs(), output: output.unsigned_abs(), cached: 0, calls: 0 };
            (day, Spent { calls: calls.unsigned_abs(), tokens })
        })
        .collect())
}
