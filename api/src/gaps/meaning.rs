//! What texts of sessions mean: their vectors by the embedder in force, each asked for once, or else by the built-in one.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use domain::embedding::Embedder;
use domain::gaps::Meanings;
use domain::id::AccountId;
use integrations::embedding::hashing::Hashing;
use sqlx::PgPool;

use super::Gaps;
use crate::kept_vectors;

/// Somebody waits for the report: an embedder that takes longer is done without.
const LONGEST: Duration = Duration::from_secs(4);

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
        match kept_vectors::within(LONGEST, pool, account, &**embedder, &texts).await {
            Ok(vectors) => (Meanings::new(embedder.model(), vectors), true),
            Err(error) => {
                tracing::warn!(error = %error, "a report on gaps compares texts by hashing");
                metrics::counter!("flowpilot_gaps_by_hashing_total").increment(1);
                (hashed(texts).await, false)
            }
        }
    }
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
