//! Embeds what flows are found by: after a flow was published, and of every flow when another embedder is in force.

use std::sync::Arc;
use std::time::Duration;

use domain::embedding::{Embedder, Usage};
use domain::id::AccountId;
use domain::recorded_event::Position;
use projections::flow_vectors::{self, signs, vectors};
use projections::work_queue::Claim;
use projections::work_requests::EMBED;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{WorkError, Worker};
use crate::app::App;
use crate::embedding_calls;

/// Texts that are embedded and kept together.
const BATCH: i64 = 32;
/// Accounts that are looked up together.
const ACCOUNTS: i64 = 20;
/// How often it is looked for what another embedder left, or what was given up.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How long the projection may take to come to the event that asked.
const CATCH_UP: Duration = Duration::from_secs(5);

/// The worker.
pub(super) struct Embed;

impl Worker for Embed {
    fn kind(&self) -> &'static str {
        EMBED
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let Some(embedder) = app.matching.embedders().in_force() else { return Ok(()) };
        let position = claim.payload["position"].as_i64().map(Position).unwrap_or_default();
        if !app.freshness.reaches(&[flow_vectors::NAME], position, CATCH_UP).await {
            return Err(WorkError::Refused("the flow's documents are not there yet".to_owned()));
        }
        embed(app, &**embedder, claim.account).await
    }

    async fn give_up(&self, _app: &Arc<App>, _claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        // The queue shows it, words still match, and the next look finds what is missing.
        Ok(())
    }
}

/// Embeds what the embedder in force has not made yet, of every account: all there is after the embedder was changed. The
/// old vectors serve meanwhile.
pub(super) async fn catch_up(app: Arc<App>, stop: CancellationToken) {
    let Some(embedder) = app.matching.embedders().in_force().cloned() else { return };
    let mut after = None;
    while !stop.is_cancelled() {
        let done = tokio::select! {
            done = round(&app, &*embedder, &mut after) => done,
            () = stop.cancelled() => return,
        };
        match done {
            Ok(more) if more => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "flows could not be embedded, tried again later"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

/// Goes on after an account, and keeps how far it came: one that fails costs the others a pause, never their turn. Whether there may
/// be more to do.
async fn round(app: &App, embedder: &dyn Embedder, after: &mut Option<AccountId>) -> Result<bool, WorkError> {
    let accounts = signs::accounts_to_embed(&app.background, embedder.model(), *after, ACCOUNTS).await?;
    if accounts.is_empty() {
        // From the first one again, for what came or failed behind.
        return Ok(after.take().is_some());
    }
    for account in accounts {
        *after = Some(account);
        embed(app, embedder, account).await?;
    }
    Ok(true)
}

/// Embeds the documents of an account that have no vector yet, a batch at a time in this process. What two processes do at once is
/// kept once.
async fn embed(app: &App, embedder: &dyn Embedder, account: AccountId) -> Result<(), WorkError> {
    // At once, so that nobody takes the account for covered while much of it waits.
    signs::follow(&app.background, account).await?;
    loop {
        let _alone = app.matching.one_embeds().await;
        let wanting = vectors::wanting(&app.background, account, embedder.model(), BATCH).await?;
        if wanting.is_empty() {
            return Ok(signs::follow(&app.background, account).await?);
        }
        if app.stop.is_cancelled() {
            return Err(WorkError::Refused("the server ends".to_owned()));
        }
        let (hashes, texts): (Vec<_>, Vec<_>) = wanting.into_iter().map(|it| (it.hash, it.content)).unzip();
        let made = embedding_calls::embed(embedder, Usage::Document, &texts).await;
        let made = made.map_err(|error| WorkError::Refused(error.to_string()))?;
        let made: Vec<_> = hashes.into_iter().zip(made).collect();
        vectors::keep(&app.background, account, embedder.model(), &made).await?;
    }
}
