//! The daily quotas of calls to a model: of all calls (rule 4.6), and of those that write flows (rule 6.5). A call is reserved before
//! it is made and settled after it.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::assistant::port::{Assistant, AssistantError, Failure, Generating, ModelName, Size};
use domain::assistant::prompt::Prompt;
use domain::id::{AccountId, SessionId};
use domain::metadata::Actor;
use domain::refusal::RefusalCode;
use domain::session::error::SessionError;
use event_store::executor::CommandContext;
use projections::accounts;
use projections::assistant_quota::{self, Reservation};
use projections::error::ProjectionError;

use crate::app::App;
use crate::auth::Identity;
use crate::commands::{Envelope, Refusal};
use crate::guide::Guide;

/// How long a call counts that nobody comes back from: longer than any call takes.
const EXPIRY: Duration = Duration::minutes(10);

/// What an account may call today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The day where the account is.
    pub day: NaiveDate,
    /// So many calls.
    pub calls: u32,
    /// So many of them may write a flow.
    pub flows: u32,
    now: DateTime<Utc>,
}

/// What an account may call today.
pub async fn allowance(app: &App, account: AccountId) -> Result<Allowance, ProjectionError> {
    let row = accounts::account(&app.pool, account).await?;
    let zone = row.as_ref().and_then(|row| row.time_zone.parse().ok()).unwrap_or(Tz::UTC);
    let quotas = row.map(|row| row.quotas).unwrap_or_default();
    let now = app.clock.now();
    Ok(Allowance {
        day: now.with_timezone(&zone).date_naive(),
        calls: quotas.assistant_calls_per_day,
        flows: quotas.proposals_per_day,
        now,
    })
}

/// How many calls are left today.
pub async fn remaining(app: &App, account: AccountId) -> Result<u64, ProjectionError> {
    let Allowance { day, calls, now, .. } = allowance(app, account).await?;
    let used = assistant_quota::used(&app.pool, account, day, now).await?;
    Ok(u64::from(calls).saturating_sub(used))
}

/// Keeps in mind that a session's step waits for tomorrow.
pub async fn wait_for_next_day(
    app: &App,
    account: AccountId,
    session: SessionId,
) -> Result<(), ProjectionError> {
    let today = allowance(app, account).await?.day;
    assistant_quota::wait_for_next_day(&app.background, account, session, today).await
}

/// Why a session can't be started now: a model would guide it, and the day's calls are spent. Not if the same command
/// started one before.
pub async fn refusal(
    app: &App,
    me: &Identity,
    envelope: &Envelope,
) -> Result<Option<Refusal>, ProjectionError> {
    if matches!(app.guide, Guide::Playbook) || remaining(app, me.account).await? > 0 {
        return Ok(None);
    }
    let actor = Actor::User(me.caller.user);
    let context = CommandContext::new(me.account, actor, envelope.command, envelope.input_hash);
    if !matches!(app.store.earlier::<SessionError>(&context).await, Ok(None)) {
        return Ok(None);
    }
    let message = "Your account's calls to the assistant are used up for today. Start again tomorrow, or have an owner \
                   raise the quota.";
    Ok(Some(Refusal::new(RefusalCode::QuotaExceeded, message, &[])))
}

/// A model whose calls count against an account's quota.
pub struct Metered<'a> {
    /// The program.
    pub app: &'a App,
    /// Whose quota.
    pub account: AccountId,
    /// The model.
    pub assistant: &'a dyn Assistant,
}

impl Assistant for Metered<'_> {
    fn generate<'a>(&'a self, size: Size, prompt: &'a Prompt) -> Generating<'a> {
        Box::pin(async move {
            let reservation = self.reserve().await.map_err(|error| Failure { error, calls: Vec::new() })?;
            let answer = self.assistant.generate(size, prompt).await;
            let settled =
                assistant_quota::settle(&self.app.background, self.account, reservation, answer.is_ok())
                    .await;
            if let Err(error) = settled {
                // It counts until it expires.
                tracing::warn!(error = %error, "a call to the assistant could not be settled");
            }
            answer
        })
    }

    fn model(&self, size: Size) -> ModelName {
        self.assistant.model(size)
    }
}

impl Metered<'_> {
    async fn reserve(&self) -> Result<Reservation, AssistantError> {
        match self.try_reserve().await {
            Ok(Some(reservation)) => Ok(reservation),
            Ok(None) => Err(AssistantError::QuotaExceeded),
            Err(error) => Err(unreadable(&error)),
        }
    }

    async fn try_reserve(&self) -> Result<Option<Reservation>, ProjectionError> {
        let Allowance { day, calls, now, .. } = allowance(self.app, self.account).await?;
        let reservation = Reservation { id: self.app.ids.next(), day };
        let pool = &self.app.background;
        let reserved =
            assistant_quota::reserve(pool, self.account, reservation, calls, now, now + EXPIRY).await?;
        Ok(reserved.then_some(reservation))
    }
}

fn unreadable(error: &ProjectionError) -> AssistantError {
    tracing::warn!(error = %error, "the quota cannot be read");
    AssistantError::Unavailable { why: "the quota cannot be read", after: None }
}

/// A model that writes flows: so many calls an account and day, corrections too.
pub struct Rationed<'a> {
    /// The program.
    pub app: &'a App,
    /// Whose calls.
    pub account: AccountId,
    /// The model.
    pub assistant: &'a dyn Assistant,
}

impl Assistant for Rationed<'_> {
    fn generate<'a>(&'a self, size: Size, prompt: &'a Prompt) -> Generating<'a> {
        Box::pin(async move {
            let day = self.take().await.map_err(|error| Failure { error, calls: Vec::new() })?;
            let answer = self.assistant.generate(size, prompt).await;
            // What a model wrote was generated, even if it can't be used.
            let wrote_nothing = |failure: &Failure| failure.calls.iter().all(|call| call.tokens.output == 0);
            if answer.as_ref().is_err_and(wrote_nothing)
                && let Err(error) =
                    assistant_quota::generated_nothing(&self.app.background, self.account, day).await
            {
                // It counts until the day is over.
                tracing::warn!(error = %error, "a call for a flow could not be given back");
            }
            answer
        })
    }

    fn model(&self, size: Size) -> ModelName {
        self.assistant.model(size)
    }
}

impl Rationed<'_> {
    async fn take(&self) -> Result<NaiveDate, AssistantError> {
        match self.try_take().await {
            Ok(Some(day)) => Ok(day),
            Ok(None) => Err(AssistantError::QuotaExceeded),
            Err(error) => Err(unreadable(&error)),
        }
    }

    async fn try_take(&self) -> Result<Option<NaiveDate>, ProjectionError> {
        let Allowance { day, flows, .. } = allowance(self.app, self.account).await?;
        let taken = assistant_quota::generate(&self.app.background, self.account, day, flows).await?;
        Ok(taken.then_some(day))
    }
}
