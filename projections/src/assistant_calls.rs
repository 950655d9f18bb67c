//! Every call to a model as it was made: whom it asked, what it cost, how long it took. Not a read model: workers write it,
//! because a call is a fact even where no event came of it.

use chrono::{DateTime, Utc};
use domain::assistant::port::{CallRecord, Size};
use domain::id::{AccountId, CommandId, EscalationId, RequestId, SessionId};
use domain::session::step::Tokens;
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// What calls were made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalledFor {
    /// The session.
    pub session: SessionId,
    /// What for in it.
    pub purpose: Purpose,
}

/// What a session needs a model for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A step that was asked for, and what has to be known before it.
    Step(RequestId),
    /// The insight into an escalation.
    Insight(EscalationId),
    /// The flow that it teaches, by the piece of work that finds it out.
    Lesson(CommandId),
}

impl Purpose {
    fn id(self) -> Uuid {
        match self {
            Self::Step(request) => request.0,
            Self::Insight(escalation) => escalation.0,
            Self::Lesson(work) => work.0,
        }
    }
}

fn show(call: &CallRecord) {
    let (provider, fault) = (call.model.provider, call.fault.unwrap_or("none"));
    metrics::histogram!("flowpilot_assistant_call_seconds", "provider" => provider, "fault" => fault)
        .record(call.latency.as_secs_f64());
    for (kind, tokens) in
        [("input", call.tokens.input), ("output", call.tokens.output), ("cached", call.tokens.cached)]
    {
        metrics::counter!("flowpilot_assistant_tokens_total", "provider" => provider, "kind" => kind)
            .increment(tokens);
    }
}

/// Keeps calls, in the order in which they were made.
pub async fn keep(
    pool: &PgPool,
    account: AccountId,
    called_for: CalledFor,
    calls: &[CallRecord],
    at: DateTime<Utc>,
) -> Result<(), ProjectionError> {
    for call in calls {
        show(call);
        sqlx::query(
            "INSERT INTO assistant_calls (account, session, request, provider, model, size, prompt, input_tokens,
                 output_tokens, cached_tokens, cache_written, estimated, latency_ms, http_status, fault, called_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(account.0)
        .bind(called_for.session.0)
        .bind(called_for.purpose.id())
        .bind(call.model.provider)
        .bind(&call.model.model)
        .bind(match call.size {
            Size::Quick => "quick",
            Size::Deep => "deep",
        })
        .bind(call.prompt.to_string())
        .bind(count(call.tokens.input))
        .bind(count(call.tokens.output))
        .bind(count(call.tokens.cached))
        .bind(count(call.cache_written))
        .bind(call.estimated)
        .bind(i64::try_from(call.latency.as_millis()).unwrap_or(i64::MAX))
        .bind(call.status.and_then(|status| i16::try_from(status).ok()))
        .bind(call.fault)
        .bind(at)
        .execute(pool)
        .await?;
    }
    Ok(())
}

/// What the calls for something cost together, those of earlier tries too.
pub async fn spent(
    pool: &PgPool,
    account: AccountId,
    called_for: CalledFor,
) -> Result<Tokens, ProjectionError> {
    let (input, output, cached, calls): (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint,
             coalesce(sum(cached_tokens), 0)::bigint, count(*)
         FROM assistant_calls WHERE account = $1 AND session = $2 AND request = $3",
    )
    .bind(account.0)
    .bind(called_for.session.0)
    .bind(called_for.purpose.id())
    .fetch_one(pool)
    .await?;
    Ok(Tokens {
        input: input.unsigned_abs(),
        output: output.unsigned_abs(),
        cached: cached.unsigned_abs(),
        calls: u32::try_from(calls).unwrap_or(u32::MAX),
    })
}

fn count(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
