//! Vectors as they are kept: which documents lack one of a model, and those that were made.

use std::collections::HashMap;

use domain::embedding::{ModelId, Vector};
use domain::id::AccountId;
use sqlx::PgPool;

use super::digest;
use crate::error::ProjectionError;

/// A text without a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanting {
    /// Names the text.
    pub hash: Vec<u8>,
    /// The text.
    pub content: String,
}

/// Documents of an account that have no vector of a model, in a fixed order.
pub async fn wanting(
    pool: &PgPool,
    account: AccountId,
    model: &ModelId,
    limit: i64,
) -> Result<Vec<Wanting>, ProjectionError> {
    let rows: Vec<(Vec<u8>, String)> = sqlx::query_as(
        "SELECT DISTINCT ON (document.hash) document.hash, document.content FROM flow_documents AS document
         WHERE document.account = $1 AND NOT EXISTS (
             SELECT 1 FROM embeddings AS known
             WHERE known.account = $1 AND known.model = $2 AND known.hash = document.hash)
         ORDER BY document.hash LIMIT $3",
    )
    .bind(account.0)
    .bind(model.as_str())
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(hash, content)| Wanting { hash, content }).collect())
}

/// Keeps vectors, each under its text's digest. What is known already stays.
pub async fn keep(
    pool: &PgPool,
    account: AccountId,
    model: &ModelId,
    made: &[(Vec<u8>, Vector)],
) -> Result<(), ProjectionError> {
    let hashes: Vec<&[u8]> = made.iter().map(|(hash, _)| hash.as_slice()).collect();
    let vectors: Vec<String> = made.iter().map(|(_, vector)| written(vector)).collect();
    sqlx::query(
        "INSERT INTO embeddings (account, model, hash, numbers)
         SELECT $1, $2, made.hash, made.numbers::vector FROM unnest($3::bytea[], $4::text[]) AS made (hash, numbers)
         ON CONFLICT DO NOTHING",
    )
    .bind(account.0)
    .bind(model.as_str())
    .bind(hashes)
    .bind(vectors)
    .execute(pool)
    .await?;
    Ok(())
}

/// The vectors of an account's texts that a model has made already.
pub async fn known(
    pool: &PgPool,
    account: AccountId,
    model: &ModelId,
    texts: &[String],
) -> Result<HashMap<String, Vector>, ProjectionError> {
    let rows: Vec<(Vec<u8>, Vec<f32>)> = sqlx::query_as(
        "SELECT hash, numbers::real[] FROM embeddings WHERE account = $1 AND model = $2 AND hash = ANY($3)",
    )
    .bind(account.0)
    .bind(model.as_str())
    .bind(texts.iter().map(|text| digest(text)).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    let vector = |(hash, numbers)| Some((hash, Vector::towards(numbers)?));
    let vectors: HashMap<Vec<u8>, Vector> = rows.into_iter().filter_map(vector).collect();
    let of = |text: &String| Some((text.clone(), vectors.get(&digest(text))?.clone()));
    Ok(texts.iter().filter_map(of).collect())
}

/// Keeps the vectors that a model made of texts, as documents.
pub async fn keep_of_texts(
    pool: &PgPool,
    account: AccountId,
    model: &ModelId,
    made: &[(String, Vector)],
) -> Result<(), ProjectionError> {
    let made: Vec<_> = made.iter().map(|(text, vector)| (digest(text), vector.clone())).collect();
    keep(pool, account, model, &made).await
}

/// Forgets an account's vectors of all texts that no flow is found by; those that are still compared are made again. How many
/// there were.
pub async fn forget_of_texts(pool: &PgPool, account: AccountId) -> Result<u64, ProjectionError> {
    let forgotten = sqlx::query(
        "DELETE FROM embeddings AS known WHERE known.account = $1 AND NOT EXISTS (
             SELECT 1 FROM flow_documents AS document WHERE document.account = $1 AND document.hash = known.hash)",
    )
    .bind(account.0)
    .execute(pool)
    .await?;
    Ok(forgotten.rows_affected())
}

/// As pgvector reads it.
fn written(vector: &Vector) -> String {
    let numbers: Vec<_> = vector.numbers().iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}
