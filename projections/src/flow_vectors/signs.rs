//! Two bits a number of each vector that a flow is found by now, and how many there are: what is quick to compare and to count.

use domain::embedding::ModelId;
use domain::id::AccountId;
use event_store::transaction;
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::ProjectionError;

/// How far an account's documents have vectors of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The model.
    pub model: ModelId,
    /// Documents that have one.
    pub embedded: i64,
    /// All documents; 0 where none has one.
    pub documents: i64,
}

/// Lets an account's signs and counts be those of its documents and vectors as they are, of every model. Whoever adds documents or
/// vectors calls this; until then, what is new is not found in accounts of many documents.
pub async fn follow(pool: &PgPool, account: AccountId) -> Result<(), ProjectionError> {
    let mut transaction = transaction::begin(pool).await?;
    // Two who follow at once would count what the other one has not committed.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))")
        .bind(format!("document_signs:{}", account.0))
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "DELETE FROM document_signs AS known WHERE known.account = $1 AND NOT EXISTS (
             SELECT 1 FROM flow_documents AS document WHERE document.account = $1 AND document.hash = known.hash)",
    )
    .bind(account.0)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO document_signs (account, model, hash, signs)
         SELECT made.account, made.model, made.hash, signs(made.numbers) FROM embeddings AS made
         WHERE made.account = $1
             AND EXISTS (SELECT 1 FROM flow_documents AS document
                         WHERE document.account = $1 AND document.hash = made.hash)
             AND NOT EXISTS (SELECT 1 FROM document_signs AS known
                             WHERE known.account = $1 AND known.model = made.model AND known.hash = made.hash)",
    )
    .bind(account.0)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "WITH counted AS (
             SELECT known.model, count(*) AS embedded FROM flow_documents AS document
             JOIN document_signs AS known ON known.account = document.account AND known.hash = document.hash
             WHERE document.account = $1 GROUP BY known.model),
         gone AS (
             DELETE FROM document_coverage
             WHERE account = $1 AND NOT EXISTS (SELECT 1 FROM counted WHERE counted.model = document_coverage.model))
         INSERT INTO document_coverage (account, model, embedded, documents)
         SELECT $1, model, embedded, (SELECT count(*) FROM flow_documents WHERE account = $1) FROM counted
         ON CONFLICT (account, model) DO UPDATE SET embedded = excluded.embedded, documents = excluded.documents",
    )
    .bind(account.0)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// How far an account's documents had vectors of each of these models, in their order, when its signs were followed last.
pub async fn coverage(
    pool: &PgPool,
    account: AccountId,
    models: &[ModelId],
) -> Result<Vec<Coverage>, ProjectionError> {
    let names: Vec<_> = models.iter().map(ModelId::as_str).collect();
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT coalesce(known.embedded, 0), coalesce(known.documents, 0)
         FROM unnest($2::text[]) WITH ORDINALITY AS wanted (model, place)
         LEFT JOIN document_coverage AS known ON known.account = $1 AND known.model = wanted.model
         ORDER BY wanted.place",
    )
    .bind(account.0)
    .bind(names)
    .fetch_all(pool)
    .await?;
    let coverage = |(model, (embedded, documents)): (&ModelId, (i64, i64))| Coverage {
        model: model.clone(),
        embedded,
        documents,
    };
    Ok(models.iter().zip(rows).map(coverage).collect())
}

/// Accounts whose signs of a model are not those of their documents: a vector is wanting, or nobody has followed yet. In the order
/// of their ids, those after one of them or all.
pub async fn accounts_to_embed(
    pool: &PgPool,
    model: &ModelId,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountId>, ProjectionError> {
    let accounts: Vec<Uuid> = sqlx::query_scalar(
        "SELECT document.account FROM flow_documents AS document
         WHERE ($3::uuid IS NULL OR document.account > $3) AND NOT EXISTS (
             SELECT 1 FROM document_signs AS known
             WHERE known.account = document.account AND known.model = $1 AND known.hash = document.hash)
         UNION SELECT known.account FROM document_signs AS known
         WHERE known.model = $1 AND ($3::uuid IS NULL OR known.account > $3) AND NOT EXISTS (
             SELECT 1 FROM flow_documents AS document
             WHERE document.account = known.account AND document.hash = known.hash)
         ORDER BY account LIMIT $2",
    )
    .bind(model.as_str())
    .bind(limit)
    .bind(after.map(|account| account.0))
    .fetch_all(pool)
    .await?;
    Ok(accounts.into_iter().map(AccountId).collect())
}
