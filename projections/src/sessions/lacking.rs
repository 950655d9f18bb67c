//! What sessions show to be lacking in the knowledge base: how questions were answered, and intakes that no flow fits.

use chrono::{DateTime, Utc};
use domain::gaps::{AnsweredQuestion, UnmatchedIntake};
use domain::id::{AccountId, FlowId, SessionId};
use domain::problem::ProblemDomain;
use domain::recorded_event::Position;
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use crate::error::ProjectionError;

/// Sessions of a period that are looked at: the newest.
const MOST_SESSIONS: i64 = 2_000;
/// Questions of theirs.
const MOST_QUESTIONS: i64 = 6_000;
/// Intakes that no flow fits. Comparing each with each takes a moment for so many.
const MOST_INTAKES: i64 = 2_000;

/// The last event of an account that its sessions show.
pub async fn last_position(pool: &PgPool, account: AccountId) -> Result<Position, ProjectionError> {
    // By an index that is there anyway; of several, because two processes' clocks may differ a little.
    let (last,): (Option<i64>,) = sqlx::query_as(
        "SELECT max(position) FROM (SELECT position FROM sessions WHERE account = $1
                                    ORDER BY updated_at DESC, id DESC LIMIT 100) AS newest",
    )
    .bind(account.0)
    .fetch_one(pool)
    .await?;
    Ok(last.map(Position).unwrap_or_default())
}

/// How questions were answered, by an option or in own words, in the sessions that were started since then, newest first.
pub async fn answered_questions(
    pool: &PgPool,
    account: AccountId,
    since: DateTime<Utc>,
) -> Result<Vec<AnsweredQuestion>, ProjectionError> {
    #[derive(FromRow)]
    struct Row {
        session: Uuid,
        domain: Option<String>,
        flow: Option<Uuid>,
        node: Option<String>,
        text: String,
        own_words: Option<String>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT session.id AS session, session.domain, (step.document #>> '{flow_node,flow}')::uuid AS flow,
                step.document #>> '{flow_node,node}' AS node, step.document ->> 'text' AS text,
                left(step.document #>> '{answer,given,free_text}', 500) AS own_words
         FROM (SELECT id, domain, started_at FROM sessions WHERE account = $1 AND started_at >= $2
               ORDER BY started_at DESC, id DESC LIMIT $3) AS session
         JOIN session_steps AS step ON step.account = $1 AND step.session = session.id
         WHERE step.document #>> '{part,kind}' = 'QUESTION'
               AND (step.document #> '{answer,given,option}' IS NOT NULL
                    OR step.document #> '{answer,given,free_text}' IS NOT NULL)
         ORDER BY session.started_at DESC, session.id DESC, step.ordinal DESC LIMIT $4",
    )
    .bind(account.0)
    .bind(since)
    .bind(MOST_SESSIONS)
    .bind(MOST_QUESTIONS)
    .fetch_all(pool)
    .await?;
    let read = |row: Row| AnsweredQuestion {
        session: SessionId(row.session),
        domain: row.domain.as_deref().and_then(named),
        node: row.flow.map(FlowId).zip(row.node),
        text: row.text,
        own_words: row.own_words,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The intakes, since then, that were looked at and that no flow fits, newest first: of each its first 500 characters, or its
/// summary.
pub async fn unmatched_intakes(
    pool: &PgPool,
    account: AccountId,
    since: DateTime<Utc>,
) -> Result<Vec<UnmatchedIntake>, ProjectionError> {
    let rows: Vec<(Uuid, String, String, bool)> = sqlx::query_as(
        "SELECT id, domain, coalesce(document #>> '{intake,excerpt}', document #>> '{classification,summary}', ''),
                status = 'RESOLVED'
         FROM sessions
         WHERE account = $1 AND matched_flow IS NULL AND domain IS NOT NULL AND started_at >= $2
         ORDER BY started_at DESC, id DESC LIMIT $3",
    )
    .bind(account.0)
    .bind(since)
    .bind(MOST_INTAKES)
    .fetch_all(pool)
    .await?;
    let read = |(session, domain, text, resolved): (Uuid, String, String, bool)| UnmatchedIntake {
        session: SessionId(session),
        domain: named(&domain),
        text,
        resolved,
    };
    Ok(rows.into_iter().filter(|row| !row.2.trim().is_empty()).map(read).collect())
}

/// What these sessions are about, in a line, in their order.
pub async fn summaries(
    pool: &PgPool,
    account: AccountId,
    ids: &[SessionId],
) -> Result<Vec<String>, ProjectionError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT session.document #>> '{classification,summary}'
         FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place)
         JOIN sessions AS session ON session.account = $1 AND session.id = wanted.id
         WHERE session.document #>> '{classification,summary}' IS NOT NULL ORDER BY wanted.place",
    )
    .bind(account.0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(summary,)| summary).collect())
}

fn named(domain: &str) -> Option<ProblemDomain> {
    ProblemDomain::ALL.into_iter().find(|it| it.as_str() == domain)
}
