//! The prompts that models were sent, once an account and digest, sealed. Not a read model: workers write it, beside
//! [`crate::assistant_calls`], which name prompts by their digests.

use chrono::{DateTime, Utc};
use domain::assistant::prompt::PromptHash;
use domain::id::{AccountId, SessionId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// A prompt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPrompt {
    /// The session whose key sealed it: the first that it was sent for.
    pub session: SessionId,
    /// What the store sealed.
    pub sealed: Vec<u8>,
}

/// Whether a prompt is kept already.
pub async fn is_kept(pool: &PgPool, account: AccountId, hash: PromptHash) -> Result<bool, ProjectionError> {
    let kept =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM assistant_prompts WHERE account = $1 AND hash = $2)")
            .bind(account.0)
            .bind(hash.to_string())
            .fetch_one(pool)
            .await?;
    Ok(kept)
}

/// Keeps a prompt, unless it is kept already.
pub async fn keep(
    pool: &PgPool,
    account: AccountId,
    hash: PromptHash,
    prompt: &KeptPrompt,
    at: DateTime<Utc>,
) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO assistant_prompts (account, hash, session, sealed, kept_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account, hash) DO NOTHING",
    )
    .bind(account.0)
    .bind(hash.to_string())
    .bind(prompt.session.0)
    .bind(&prompt.sealed)
    .bind(at)
    .execute(pool)
    .await?;
    Ok(())
}

/// A prompt of an account, if it was ever sent.
pub async fn find(
    pool: &PgPool,
    account: AccountId,
    hash: PromptHash,
) -> Result<Option<KeptPrompt>, ProjectionError> {
    let row: Option<(Uuid, Vec<u8>)> =
        sqlx::query_as("SELECT session, sealed FROM assistant_prompts WHERE account = $1 AND hash = $2")
            .bind(account.0)
            .bind(hash.to_string())
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|(session, sealed)| KeptPrompt { session: SessionId(session), sealed }))
}
