//! Vectors of an account's texts through what is kept: each text is asked for once.

use std::collections::HashMap;
use std::time::Duration;

use domain::embedding::{EmbedError, Embedder, Usage, Vector};
use domain::id::AccountId;
use projections::error::ProjectionError;
use projections::flow_vectors::vectors;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::embedding_calls::embed;

/// Texts that are embedded and kept together, so that who comes too late leaves something to the next.
const BATCH: usize = 32;

/// Why there are no vectors.
#[derive(Debug, thiserror::Error)]
pub enum Without {
    /// The embedder gives none.
    #[error(transparent)]
    Embedder(#[from] EmbedError),
    /// They could not be read or kept.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// It took longer than whoever waits would.
    #[error("it took too long")]
    TooLong,
}

/// The vectors of texts by one embedder, as documents: what it made before, and what is new to it; all of them or none.
///
/// # Errors
/// They could not be had, or not within the time.
pub async fn within(
    longest: Duration,
    pool: &PgPool,
    account: AccountId,
    embedder: &dyn Embedder,
    texts: &[String],
) -> Result<HashMap<String, Vector>, Without> {
    timeout(longest, of_all(pool, account, embedder, texts)).await.unwrap_or(Err(Without::TooLong))
}

async fn of_all(
    pool: &PgPool,
    account: AccountId,
    embedder: &dyn Embedder,
    texts: &[String],
) -> Result<HashMap<String, Vector>, Without> {
    let mut known = vectors::known(pool, account, embedder.model(), texts).await?;
    let wanting: Vec<String> = texts.iter().filter(|text| !known.contains_key(*text)).cloned().collect();
    for batch in wanting.chunks(BATCH) {
        let made = embed(embedder, Usage::Document, batch).await?;
        let made: Vec<_> = batch.iter().cloned().zip(made).collect();
        vectors::keep_of_texts(pool, account, embedder.model(), &made).await?;
        known.extend(made);
    }
    Ok(known)
}
