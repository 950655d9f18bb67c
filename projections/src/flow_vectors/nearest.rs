//! Which flows are near an intake in meaning: every document looked at where they are few, an index where they are many.

use std::collections::HashMap;

use domain::embedding::{ModelId, Vector};
use domain::id::{AccountId, FlowId};
use event_store::transaction;
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// Up to so many documents of an account, every one is looked at. Measured with 300,000 documents of a hundred accounts: that takes
/// 3 µs a document, and the index, which holds everybody's, is slower for all accounts but the largest (58,000 documents: 172 ms,
/// 126 by the index; 20,000: 55 and 266).
pub const EXACT_UP_TO: i64 = 50_000;
/// Documents that the index is asked for: so many that the best flows have all of theirs among them.
const FROM_INDEX: i64 = 200;
/// Documents of a flow that count.
const BEST: i32 = 5;
/// Dimensions for which there is an index.
const INDEXED: [usize; 5] = [384, 512, 768, 1024, 1536];

/// What a search needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Whose vectors.
    pub model: &'a ModelId,
    /// What is looked for.
    pub vector: &'a Vector,
    /// How many documents the account has.
    pub documents: i64,
    /// Up to how many every one is looked at: [`EXACT_UP_TO`].
    pub exact_up_to: i64,
}

/// The flows of an account that are near, each with the cosines of its nearest documents, best first. Without an index, every
/// flow is there.
pub async fn nearest(
    pool: &PgPool,
    account: AccountId,
    search: Search<'_>,
) -> Result<HashMap<FlowId, Vec<f64>>, ProjectionError> {
    let dimension = search.vector.numbers().len();
    let rows = if search.documents > search.exact_up_to && INDEXED.contains(&dimension) {
        by_index(pool, account, search, dimension).await?
    } else {
        exact(pool, account, search, dimension).await?
    };
    Ok(rows.into_iter().map(|(flow, cosines)| (FlowId(flow), cosines)).collect())
}

type Row = (Uuid, Vec<f64>);

async fn exact(
    pool: &PgPool,
    account: AccountId,
    search: Search<'_>,
    dimension: usize,
) -> Result<Vec<Row>, ProjectionError> {
    // Cosines first, by themselves: a join or a sort that carries the vectors along writes all of them to disk. What is looked
    // for is read once, not for each document.
    Ok(sqlx::query_as(
        "WITH near AS MATERIALIZED (
             SELECT document.flow, CASE WHEN vector_dims(known.numbers) = $4
                                        THEN 1 - (known.numbers <=> (SELECT $3::real[]::vector)) END AS cosine
             FROM flow_documents AS document
             JOIN embeddings AS known ON known.account = document.account AND known.hash = document.hash
             WHERE document.account = $1 AND known.model = $2)
         SELECT flow, (array_agg(cosine ORDER BY cosine DESC))[1:$5] FROM near WHERE cosine IS NOT NULL GROUP BY flow",
    )
    .bind(account.0)
    .bind(search.model.as_str())
    .bind(search.vector.numbers())
    .bind(i32::try_from(dimension).unwrap_or(i32::MAX))
    .bind(BEST)
    .fetch_all(pool)
    .await?)
}

/// The index holds the vectors of every account: it is gone through until enough of this one's are found.
async fn by_index(
    pool: &PgPool,
    account: AccountId,
    search: Search<'_>,
    dimension: usize,
) -> Result<Vec<Row>, ProjectionError> {
    let mut transaction = transaction::begin(pool).await?;
    sqlx::query("SET LOCAL hnsw.iterative_scan = 'relaxed_order'").execute(&mut *transaction).await?;
    sqlx::query("SET LOCAL hnsw.ef_search = 200").execute(&mut *transaction).await?;
    // By themselves the two end the search before enough of a small account's documents were met.
    sqlx::query("SET LOCAL hnsw.max_scan_tuples = 200000").execute(&mut *transaction).await?;
    sqlx::query("SET LOCAL hnsw.scan_mem_multiplier = 16").execute(&mut *transaction).await?;
    let rows = sqlx::query_as(&format!(
        "SELECT document.flow, (array_agg(near.cosine ORDER BY near.cosine DESC))[1:$5] FROM (
             SELECT known.hash, 1 - (known.numbers::vector({dimension}) <=> $3::real[]::vector({dimension})) AS cosine
             FROM embeddings AS known
             WHERE known.account = $1 AND known.model = $2 AND vector_dims(known.numbers) = {dimension}
             ORDER BY known.numbers::vector({dimension}) <=> $3::real[]::vector({dimension}) LIMIT $4) AS near
         JOIN flow_documents AS document ON document.account = $1 AND document.hash = near.hash
         GROUP BY document.flow"
    ))
    .bind(account.0)
    .bind(search.model.as_str())
    .bind(search.vector.numbers())
    .bind(FROM_INDEX)
    .bind(BEST)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(rows)
}
