//! How near the flows of an account are to an intake in meaning: by the embedder whose vectors are there, within a bound.

use std::collections::HashMap;
use std::time::Duration;

use domain::embedding::{EmbedError, ModelId, Usage};
use domain::id::{AccountId, FlowId};
use domain::matching::MatchPolicy;
use projections::flow_vectors::nearest::{EXACT_UP_TO, Search, nearest};
use projections::flow_vectors::signs::{Coverage, coverage};
use sqlx::PgPool;
use tokio::time::timeout;

use super::Matching;
use crate::embedding_calls::embed;
use crate::kept_vectors::Without;

/// Somebody waits for the first step: an embedder that takes longer is done without.
const LONGEST: Duration = Duration::from_secs(1);
/// What is embedded of an intake, in characters: what names the problem stands early, and models read no more.
const READ: usize = 2_000;
/// From this share of the account's documents on, in percent, vectors of a model serve.
const ENOUGH: i64 = 90;

/// The flows that are near.
pub(super) struct Meaning {
    /// Whose vectors were compared.
    pub(super) model: ModelId,
    cosines: HashMap<FlowId, Vec<f64>>,
    /// Every vector was compared; otherwise a flow that is missing is far away.
    exact: bool,
}

impl Meaning {
    /// How near a flow is; none if it has no vectors yet.
    pub(super) fn nearness(&self, flow: FlowId, policy: &MatchPolicy) -> Option<f64> {
        match self.cosines.get(&flow) {
            Some(cosines) => policy.nearness(cosines),
            None if self.exact => None,
            None => Some(0.0),
        }
    }
}

impl Matching {
    /// None where there is no embedder, nothing embedded yet, or no answer in time.
    pub(super) async fn meaning(&self, pool: &PgPool, account: AccountId, intake: &str) -> Option<Meaning> {
        self.embedders.in_force()?;
        let found = timeout(LONGEST, self.compare(pool, account, intake)).await;
        found.unwrap_or(Err(Without::TooLong)).unwrap_or_else(|error| {
            tracing::warn!(error = %error, "an intake is matched by words alone");
            metrics::counter!("flowpilot_matched_by_words_alone_total").increment(1);
            None
        })
    }

    async fn compare(
        &self,
        pool: &PgPool,
        account: AccountId,
        intake: &str,
    ) -> Result<Option<Meaning>, Without> {
        let coverage = coverage(pool, account, &self.embedders.models()).await?;
        let Some(Coverage { model, documents, .. }) = coverage.into_iter().find(serves) else {
            return Ok(None);
        };
        let Some(embedder) = self.embedders.of(&model) else { return Ok(None) };
        let text: String = intake.chars().take(READ).collect();
        let vectors = embed(&**embedder, Usage::Query, &[text]).await?;
        let vector = vectors.first().ok_or(EmbedError::Invalid("no vector"))?;
        let search = Search { model: &model, vector, documents, exact_up_to: EXACT_UP_TO };
        let cosines = nearest(pool, account, search).await?;
        Ok(Some(Meaning { model, cosines, exact: documents <= EXACT_UP_TO }))
    }
}

/// The first of them in the order of embedders: the one in force as soon as it can.
fn serves(coverage: &Coverage) -> bool {
    coverage.embedded > 0 && coverage.embedded * 100 >= coverage.documents * ENOUGH
}
