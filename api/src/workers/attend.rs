//! One piece of work that was claimed: done, put off, or given up where it can be seen.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use projections::error::ProjectionError;
use projections::work_queue::{self, Claim};
use tokio::time::sleep;

use super::{LEASE, WorkError, Worker};
use crate::app::App;

const RENEW_EVERY: Duration = Duration::from_secs(3);
/// How often work is tried.
const ATTEMPTS: u32 = 8;
/// The pause after the first failure; it doubles, up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
const OFTEN: &str = "it was tried as often as work may be";

pub(super) async fn attend<W: Worker>(app: &Arc<App>, worker: &W, claim: Claim) {
    let outcome = match claim.attempts {
        ..=ATTEMPTS => tried(app, worker, &claim).await,
        // Every time the process ended over it, or it could not be said that it was given up.
        _ => Err(WorkError::Refused(claim.last_error.clone().unwrap_or_else(|| OFTEN.to_owned()))),
    };
    let done = match outcome {
        Ok(()) => work_queue::complete(&app.background, std::slice::from_ref(&claim.key)).await,
        Err(error) if claim.attempts < ATTEMPTS => {
            tracing::warn!(work.key = %claim.key, work.attempt = claim.attempts, error = %error, "work failed, tried again later");
            work_queue::put_off(&app.background, &claim, pause(claim.attempts, app), &error.to_string()).await
        }
        Err(error) => give_up(app, worker, &claim, &error).await,
    };
    if let Err(error) = done {
        // Its lease runs out, and it is done again: that records nothing twice.
        tracing::warn!(work.key = %claim.key, error = %error, "the work queue cannot be written");
    }
}

/// Done while its lease is renewed. Work that panics has failed, and its lane goes on.
async fn tried<W: Worker>(app: &Arc<App>, worker: &W, claim: &Claim) -> Result<(), WorkError> {
    tokio::select! {
        outcome = caught(worker.work(app, claim)) => outcome,
        never = keep(app, claim) => match never {},
    }
}

async fn caught(doing: impl Future<Output = Result<(), WorkError>>) -> Result<(), WorkError> {
    let outcome = AssertUnwindSafe(doing).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(WorkError::Refused("it panicked".to_owned())))
}

/// Somebody waits for the work: it leaves the queue once it could be said that it was given up, or can never be.
async fn give_up<W: Worker>(
    app: &Arc<App>,
    worker: &W,
    claim: &Claim,
    error: &WorkError,
) -> Result<(), ProjectionError> {
    match caught(worker.give_up(app, claim, error)).await {
        Ok(()) => {}
        Err(failed) if failed.is_passing() => {
            tracing::warn!(work.key = %claim.key, error = %failed, "giving up could not be recorded, tried again later");
            return work_queue::put_off(&app.background, claim, LONGEST_PAUSE, &error.to_string()).await;
        }
        Err(failed) => {
            tracing::error!(work.key = %claim.key, error = %failed, "giving up could not be recorded");
        }
    }
    tracing::error!(work.key = %claim.key, error = %error, "work is given up");
    metrics::counter!("flowpilot_work_given_up_total", "kind" => worker.kind()).increment(1);
    work_queue::give_up(&app.background, claim, &error.to_string()).await
}

/// Renews a claim, for ever.
async fn keep(app: &App, claim: &Claim) -> Infallible {
    loop {
        sleep(RENEW_EVERY).await;
        match work_queue::renew(&app.background, claim, LEASE).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(work.key = %claim.key, "work took so long that somebody else has it"),
            Err(error) => tracing::warn!(work.key = %claim.key, error = %error, "a lease cannot be renewed"),
        }
    }
}

/// Doubling, with up to half of it more by chance, so that what failed together does not come back together.
fn pause(attempts: u32, app: &App) -> Duration {
    let base = PAUSE.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_PAUSE);
    let chance = u32::from(app.ids.next().as_bytes()[15]);
    base + base * chance / 512
}
