//! The report on gaps of an account's knowledge: made from what the read models say, and kept while they say the same.

mod meaning;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::access::Caller;
use domain::gaps::{
    AnsweredQuestion, DomainSample, KnowledgeGap, Meanings, Pattern, UnmatchedIntake, high_escalation,
    in_order, repeated_patterns, uncharted_territory, weak_options,
};
use domain::id::AccountId;
use domain::local_days::{DaySpan, midnight};
use domain::problem::ProblemDomain;
use domain::recorded_event::Position;
use moka::sync::Cache;
use projections::error::ProjectionError;
use projections::freshness::Freshness;
use projections::outcomes::queries::{Reading, Totals, time_zone};
use projections::outcomes::signs::{Sign, signs};
use projections::sessions::{lacking, queries as sessions};
use projections::{checkpoint, outcomes, sessions as session_rows};
use sqlx::PgPool;
use tokio::sync::Mutex;

use integrations::embedding::embedders::Embedders;

/// Reports that are kept: one for each account and period that was asked for lately.
const KEPT: u64 = 500;
/// A report is made anew after this even if nothing seems to have moved: rows may change without a later event, when a stream
/// that was quarantined is mended.
const LONGEST_KEPT: Duration = Duration::from_mins(10);

/// Makes reports, one at a time for an account and period.
#[derive(Clone)]
pub struct Gaps {
    kept: Cache<(AccountId, u64), Slot>,
    embedders: Embedders,
    freshness: Freshness,
}

type Slot = Arc<Mutex<Option<Arc<GapReport>>>>;

/// What an account lacks. The same for everybody who may ask: they see every session.
#[derive(Debug)]
pub struct GapReport {
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// Everything up to here is in it.
    pub position: Position,
    /// The gravest first.
    pub gaps: Vec<KnowledgeGap>,
    /// The days that it is of, as the account counts them.
    span: DaySpan,
    zone: Tz,
}

impl GapReport {
    /// Nothing happened in the account after what it covers, and its days are the same.
    fn still_holds(&self, last: Position, span: DaySpan, zone: Tz) -> bool {
        last <= self.position && self.span == span && self.zone == zone
    }
}

impl Gaps {
    /// Knows nothing yet.
    pub fn new(embedders: Embedders, freshness: Freshness) -> Self {
        let kept = Cache::builder().max_capacity(KEPT).time_to_live(LONGEST_KEPT).build();
        Self { kept, embedders, freshness }
    }

    /// The report of so many local days that end today, as the caller may see it.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn report(
        &self,
        pool: &PgPool,
        account: AccountId,
        caller: &Caller,
        days: u64,
        now: DateTime<Utc>,
    ) -> Result<Arc<GapReport>, ProjectionError> {
        let slot = self.kept.get_with((account, days), Slot::default);
        let mut kept = slot.lock().await;
        let zone = time_zone(pool, account).await?;
        let span = DaySpan::ending(now.with_timezone(&zone).date_naive(), days);
        // Before anything else is read: what comes in between is in the next report at the latest.
        let position = self.position(pool).await?;
        let last = lacking::last_position(pool, account).await?;
        if let Some(report) = kept.as_ref().filter(|report| report.still_holds(last, span, zone)) {
            return Ok(report.clone());
        }
        let (gaps, whole) = self.find(pool, account, caller, span, zone).await?;
        let report = Arc::new(GapReport { generated_at: now, position, gaps, span, zone });
        // What the embedder in force had no part in is not kept: the next one may have it.
        *kept = whole.then(|| report.clone());
        Ok(report)
    }

    /// How far both read models have come at least. Checkpoints are stored now and then where nothing is to be folded: what
    /// runs in this process knows better.
    async fn position(&self, pool: &PgPool) -> Result<Position, ProjectionError> {
        let sessions = self.reached(pool, session_rows::NAME).await?;
        Ok(sessions.min(self.reached(pool, outcomes::NAME).await?))
    }

    async fn reached(&self, pool: &PgPool, projection: &str) -> Result<Position, ProjectionError> {
        let stored = checkpoint::of(pool, projection).await?;
        Ok(stored.max(self.freshness.position(projection)).unwrap_or_default())
    }

    /// The gaps, and whether their texts were compared by the embedder in force.
    async fn find(
        &self,
        pool: &PgPool,
        account: AccountId,
        caller: &Caller,
        span: DaySpan,
        zone: Tz,
    ) -> Result<(Vec<KnowledgeGap>, bool), ProjectionError> {
        let since = midnight(zone, span.first);
        let closed = Reading::begin(pool, account).await?.by_domain(span).await?;
        let escalated =
            samples(pool, account, span, Sign::Escalated, &closed, |totals| totals.closed).await?;
        let unguided =
            samples(pool, account, span, Sign::ResolvedInDiscovery, &closed, |totals| totals.resolved)
                .await?;
        let questions = lacking::answered_questions(pool, account, since).await?;
        let intakes = lacking::unmatched_intakes(pool, account, since).await?;

        let asked =
            questions.iter().filter(|question| question.node.is_none()).map(|question| &question.text);
        let texts = intakes.iter().map(|intake| &intake.text).chain(asked).cloned().collect();
        let (meanings, whole) = self.meanings(pool, account, texts).await;
        let compare = move || compared(&questions, &intakes, &meanings);
        let compared = tokio::task::spawn_blocking(compare).await;
        let (mut found, patterns) = compared.expect("invariant: comparing is total and never panics");
        for pattern in patterns {
            let solved = sessions::several(pool, account, caller, &pattern.solved).await?;
            found.push(pattern.explained_by(&solved));
        }
        found.extend(high_escalation(&escalated));
        found.extend(uncharted_territory(&unguided));
        Ok((in_order(found), whole))
    }
}

fn compared(
    questions: &[AnsweredQuestion],
    intakes: &[UnmatchedIntake],
    meanings: &Meanings,
) -> (Vec<KnowledgeGap>, Vec<Pattern>) {
    (weak_options(questions, meanings), repeated_patterns(intakes, meanings))
}

/// The domains that show a sign, out of the sessions that might have.
async fn samples(
    pool: &PgPool,
    account: AccountId,
    span: DaySpan,
    sign: Sign,
    closed: &[(ProblemDomain, Totals)],
    of: fn(&Totals) -> i64,
) -> Result<Vec<DomainSample>, ProjectionError> {
    let mut samples = Vec::new();
    for found in signs(pool, account, span, sign).await? {
        let totals = closed.iter().find(|(domain, _)| *domain == found.domain);
        samples.push(DomainSample {
            domain: found.domain,
            count: found.count,
            of: totals.map_or(found.count, |(_, totals)| of(totals)),
            examples: lacking::summaries(pool, account, &found.newest).await?,
            sessions: found.newest,
        });
    }
    Ok(samples)
}
