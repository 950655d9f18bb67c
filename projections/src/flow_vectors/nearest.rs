//! Which flows are near an intake in meaning: every vector compared where they are few, those of flows of like signs where they are
//! many.

use std::collections::HashMap;

use domain::embedding::{ModelId, Vector};
use domain::id::{AccountId, FlowId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// Up to so many documents of an account, every vector is compared: 2 µs a document. Signs are ten times as quick, but the
/// vectors of those that are alike take their time too.
pub const EXACT_UP_TO: i64 = 2_000;
/// Documents of a flow that count.
const BEST: i32 = 5;

const EVERY: &str = "SELECT flow, hash FROM flow_documents WHERE account = $1";
/// All documents of the flows that have one among those of like signs: a flow of which only the best were known would seem nearer
/// than it is. So many that the best flows are among them; the numbers stand in the statement, for without them the database plans
/// as for a tenth of all.
const OF_LIKE_SIGNS: &str = "
    SELECT document.flow, document.hash FROM (
        SELECT found.flow FROM (
            SELECT hash, signs <~> (SELECT signs($3::real[]::vector)) AS apart FROM document_signs
            WHERE account = $1 AND model = $2 AND length(signs) = (SELECT length(signs($3::real[]::vector)))
            ORDER BY apart LIMIT 200) AS alike
        JOIN flow_documents AS found ON found.account = $1 AND found.hash = alike.hash
        GROUP BY found.flow ORDER BY min(alike.apart), found.flow LIMIT 50) AS closest
    JOIN flow_documents AS document ON document.account = $1 AND document.flow = closest.flow";

/// What a search needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Whose vectors.
    pub model: &'a ModelId,
    /// What is looked for.
    pub vector: &'a Vector,
    /// How many documents the account has.
    pub documents: i64,
    /// Up to how many every vector is compared: [`EXACT_UP_TO`].
    pub exact_up_to: i64,
}

/// The flows of an account that are near, each with the cosines of its nearest documents, best first. Where every vector is
/// compared, every flow is there.
pub async fn nearest(
    pool: &PgPool,
    account: AccountId,
    search: Search<'_>,
) -> Result<HashMap<FlowId, Vec<f64>>, ProjectionError> {
    let candidates = if search.documents > search.exact_up_to { OF_LIKE_SIGNS } else { EVERY };
    // Cosines first, by themselves: a join or a sort that carries the vectors along writes all of them to disk. What is looked
    // for is read once, not for each document.
    let rows: Vec<(Uuid, Vec<f64>)> = sqlx::query_as(&format!(
        "WITH near AS MATERIALIZED (
             SELECT document.flow, CASE WHEN vector_dims(known.numbers) = $4
                                        THEN 1 - (known.numbers <=> (SELECT $3::real[]::vector)) END AS cosine
             FROM ({candidates}) AS document
             JOIN embeddings AS known ON known.account = $1 AND known.model = $2 AND known.hash = document.hash)
         SELECT flow, (array_agg(cosine ORDER BY cosine DESC))[1:$5] FROM near WHERE cosine IS NOT NULL GROUP BY flow"
    ))
    .bind(account.0)
    .bind(search.model.as_str())
    .bind(search.vector.numbers())
    .bind(i32::try_from(search.vector.numbers().len()).unwrap_or(i32::MAX))
    .bind(BEST)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(flow, cosines)| (FlowId(flow), cosines)).collect())
}
