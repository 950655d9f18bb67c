//! What texts of sessions mean: their vectors by the embedder in force, each asked for once, or else by the built-in one.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use domain::embedding::{EmbedError, Embedder, Usage};
use domain::gaps::Meanings;
use domain::id::AccountId;
use integrations::embedding::hashing::Hashing;
use projections::error::ProjectionError;
use projections::flow_vectors::vectors;
use sqlx::PgPool;
use tokio::time::timeout;

use super::Gaps;

/// Somebody waits for the report: an embedder that takes longer is done without.
const LONGEST: Duration = Duration::from_secs(4);
/// Texts that are embedded and kept together, so that a report that comes too late leaves something to the next.
const BATCH: usize = 32;

/// Why the embedder in force has no part in a report.
#[derive(Debug, thiserror::Error)]
enum Without {
    #[error(transparent)]
    Embedder(#[from] EmbedError),
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    #[error("it took too long")]
    TooLong,
}

impl Gaps {
    /// What the texts mean, and whether that is as good as it gets: by the embedder in force, or by hashing if there is none.
    pub(super) async fn meanings(
        &self,
        pool: &PgPool,
        account: AccountId,
        texts: BTreeSet<String>,
    ) -> (Meanings, bool) {
        let texts: Vec<String> = texts.into_iter().collect();
        let in_force = self.embedders.in_force().filter(|embedder| embedder.model() != built_in().model());
        let Some(embedder) = in_force else { return (hashed(texts).await, true) };
        let made = timeout(LONGEST, embedded(pool, account, &**embedder, &texts)).await;
        match made.unwrap_or(Err(Without::TooLong)) {
            Ok(meanings) => (meanings, true),
            Err(error) => {
                tracing::warn!(error = %error, "a report on gaps compares texts by hashing");
                metrics::counter!("flowpilot_gaps_by_hashing_total").increment(1);
                (hashed(texts).await, false)
            }
        }
    }
}

/// Everything by one embedder: what it made before, and what is new to it.
async fn embedded(
    pool: &PgPool,
    account: AccountId,
    embedder: &dyn Embedder,
    texts: &[String],
) -> Result<Meanings, Without> {
    let mut known = vectors::known(pool, account, embedder.model(), texts).await?;
    let wanting: Vec<String> = texts.iter().filter(|text| !known.contains_key(*text)).cloned().collect();
    for batch in wanting.chunks(BATCH) {
        let made = embedder.embed(Usage::Document, batch).await?;
        if made.len() != batch.len() {
            return Err(EmbedError::Invalid("another number of vectors").into());
        }
        let made: Vec<_> = batch.iter().cloned().zip(made).collect();
        vectors::keep_of_texts(pool, account, embedder.model(), &made).await?;
        known.extend(made);
    }
    Ok(Meanings::new(embedder.model(), known))
}

/// By the built-in embedder, whose vectors are made sooner than read.
async fn hashed(texts: Vec<String>) -> Meanings {
    let make = move || {
        let vectors = texts.into_iter().map(|text| {
            let vector = built_in().vector(&text);
            (text, vector)
        });
        Meanings::new(built_in().model(), vectors)
    };
    tokio::task::spawn_blocking(make).await.expect("invariant: hashing is total and never panics")
}

/// It reads the starter library once.
fn built_in() -> &'static Hashing {
    static BUILT_IN: OnceLock<Hashing> = OnceLock::new();
    BUILT_IN.get_or_init(Hashing::default)
}
