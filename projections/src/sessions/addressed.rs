//! Escalations that wait for one who was named.

use domain::id::{AccountId, SessionId, UserId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// The account's sessions that wait for a named target, with that target, after the one given: a page at a time.
pub async fn page(
    pool: &PgPool,
    account: AccountId,
    after: Option<SessionId>,
    most: i64,
) -> Result<Vec<(SessionId, UserId)>, ProjectionError> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT id, target FROM sessions
         WHERE account = $1 AND status = 'REQUESTING_ESCALATION' AND target IS NOT NULL
           AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
    )
    .bind(account.0)
    .bind(after.map(|session| session.0))
    .bind(most)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(session, target)| (SessionId(session), UserId(target))).collect())
}
