//! What became of sessions, and what that adds up to: a row a session, and the sums of each local day and each week that is
//! over. The day that runs is read from its sessions: closing one costs its row, and nothing else.

mod calendar;
mod cover;
mod day;
mod day_rows;
mod durations;
mod kept;
mod outcome;
pub mod queries;
mod recount;
mod rows;
pub mod signs;
mod sketch;
mod starts;
mod told;
mod totals;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{AccountId, SessionId};
use domain::local_days::monday;
use domain::recorded_event::RecordedEvent;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

pub use day::Measure;
pub use durations::Durations;

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;
use calendar::Standing;
use kept::Kept;
use outcome::Outcome;
use told::{TELLING, Told};

/// The projection.
#[derive(Debug, Default)]
pub struct Outcomes {
    kept: Kept,
}

/// No dashboard needs to be fresher while nobody asks for what they just wrote.
const LINGERS: Duration = Duration::from_millis(500);

/// Its name.
pub const NAME: &str = "outcomes";

impl Projection for Outcomes {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        3
    }

    fn tables(&self) -> &'static [&'static str] {
        &["outcome_calendars", "outcomes", "outcome_starts", "outcome_days", "outcome_weeks"]
    }

    fn takes(&self, event_type: &str) -> bool {
        matches!(event_type, "account.opened" | "account.configured") || TELLING.contains(&event_type)
    }

    fn lingers(&self) -> Option<Duration> {
        Some(LINGERS)
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        _work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let (of_accounts, of_sessions): (Vec<_>, Vec<_>) =
                events.iter().map(Arc::as_ref).partition(|event| event.event_type.starts_with("account."));
            let mut changed = BTreeSet::new();
            for event in of_accounts {
                if calendar::keep(connection, event).await? {
                    changed.insert(event.metadata.account);
                }
            }
            fold(connection, &of_sessions, &self.kept).await?;
            if changed.is_empty() {
                return Ok(());
            }
            for (account, standing) in calendar::load(connection, &changed).await? {
                recount::recount(connection, account, &standing).await?;
            }
            // These rows have other days now, and other business time.
            self.kept.forget();
            Ok(())
        })
    }

    fn forget(&self) {
        self.kept.forget();
    }
}

type BySession = BTreeMap<(AccountId, SessionId), Outcome>;

/// Folds events of sessions into their outcomes, and what changed by that into the days that are over. What a batch does
/// follows from the outcomes before and after it, so that it does not matter where batches are cut.
async fn fold(
    connection: &mut PgConnection,
    events: &[&RecordedEvent],
    kept: &Kept,
) -> Result<(), ProjectionError> {
    if events.is_empty() {
        return Ok(());
    }
    let before = load(connection, events, kept).await?;
    let mut after = before.clone();
    let (mut latest, mut versions) = (BTreeMap::new(), HashMap::new());
    for recorded in events {
        apply(&mut after, recorded)?;
        let at = recorded.metadata.recorded_at;
        let latest = latest.entry(recorded.metadata.account).or_insert(at);
        *latest = at.max(*latest);
        versions.insert(recorded.aggregate_id, recorded.version);
    }
    let standings = calendar::advance(connection, &latest).await?;
    let (mut corrected, mut begun) = (BTreeMap::new(), starts::Starts::new());
    for (key, outcome) in &mut after {
        let Some(standing) = standings.get(&key.0) else { continue };
        outcome.place(&standing.calendar);
        for (counted, times) in [(before.get(key), -1), (Some(&*outcome), 1)] {
            let Some(counted) = counted else { continue };
            starts::count(&mut begun, counted, times);
            if counted.close.is_some_and(|close| standing.has_summed(close.day)) {
                day::count(&mut corrected, counted, times);
            }
        }
    }
    let changed: Vec<_> =
        after.iter().filter(|(key, it)| before.get(key) != Some(it)).map(|(_, it)| it).collect();
    rows::store(connection, &changed).await?;
    starts::add(connection, begun).await?;
    day_rows::add(connection, &corrected).await?;
    let of_weeks = corrected.iter().filter(|(place, _)| {
        let before = standings.get(&place.account).and_then(Standing::weeks_before);
        before.is_some_and(|before| place.day < before)
    });
    day_rows::add_to_weeks(connection, of_weeks).await?;
    sum_what_is_over(connection, &standings).await?;
    for (key, outcome) in after {
        let was_closed = before.get(&key).is_some_and(|it| it.close.is_some());
        let version = versions.get(&key.1.0).copied().unwrap_or(u64::MAX);
        kept.keep(outcome, version, was_closed);
    }
    Ok(())
}

/// Sums up the days that are over now and were not before, and the weeks.
async fn sum_what_is_over(
    connection: &mut PgConnection,
    standings: &BTreeMap<AccountId, Standing>,
) -> Result<(), ProjectionError> {
    let (mut days, mut weeks) = (BTreeMap::new(), Vec::new());
    for (account, standing) in standings {
        let Some(today) = standing.today() else { continue };
        if standing.summed_before.is_some_and(|before| today <= before) {
            continue;
        }
        rows::sum(connection, *account, standing.summed_before, Some(today), &mut days).await?;
        calendar::set_summed(connection, *account, today).await?;
        if standing.weeks_before().is_none_or(|before| before < monday(today)) {
            weeks.push((*account, standing.weeks_before(), monday(today)));
        }
    }
    day_rows::write(connection, &days).await?;
    for (account, from, end) in weeks {
        day_rows::write_weeks(connection, account, from, end).await?;
    }
    Ok(())
}

fn apply(outcomes: &mut BySession, recorded: &RecordedEvent) -> Result<(), ProjectionError> {
    let key = key(recorded);
    match (outcomes.get_mut(&key), Told::by(recorded)?) {
        (None, Told::Started { handler, team }) => {
            outcomes.insert(key, Outcome::started(recorded, handler, team));
            Ok(())
        }
        (Some(outcome), told) => {
            outcome.apply(told, recorded.metadata.recorded_at);
            Ok(())
        }
        (None, _) => Err(ProjectionError::Inconsistent(format!(
            "session event {} is of no session that was started",
            recorded.version
        ))),
    }
}

/// The outcomes that these events go on with: kept ones, else those of the rows.
async fn load(
    connection: &mut PgConnection,
    events: &[&RecordedEvent],
    kept: &Kept,
) -> Result<BySession, ProjectionError> {
    let mut next = BTreeMap::new();
    for event in events {
        next.entry(key(event)).or_insert(event.version);
    }
    next.retain(|_, version| *version > 1);
    let mut found = BTreeMap::new();
    next.retain(|key, version| {
        let Some(outcome) = kept.take(*key, *version) else { return true };
        found.insert(*key, outcome);
        false
    });
    if !next.is_empty() {
        let accounts: BTreeSet<_> = next.keys().map(|(account, _)| account.0).collect();
        let sessions: Vec<_> = next.keys().map(|(_, session)| session.0).collect();
        let rows = rows::load(connection, &accounts.into_iter().collect::<Vec<_>>(), &sessions).await?;
        found.extend(rows.into_iter().map(|outcome| ((outcome.account, outcome.session), outcome)));
    }
    Ok(found)
}

fn key(recorded: &RecordedEvent) -> (AccountId, SessionId) {
    (recorded.metadata.account, SessionId(recorded.aggregate_id))
}
