//! Looks after uploads: removes those that no session took in time, and settles those that a crash left reserved.

use std::sync::Arc;
use std::time::Duration;

use domain::id::AccountId;
use projections::accounts;
use projections::uploads::{self, Upload};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::attachments::{Fault, WAITS, receiving, taking};

/// How often it looks.
const EVERY: Duration = Duration::from_mins(10);
/// An upload that can't be taken any more is left alone for so long: a command that reserved it in time may be under way.
const MERCY: chrono::Duration = chrono::Duration::hours(1);
/// How many uploads are found at once.
const PAGE: i64 = 200;

/// Looks again and again, until told to stop.
pub(super) async fn run(app: Arc<App>, stop: CancellationToken) {
    loop {
        if let Err(error) = tokio::select! {
            () = stop.cancelled() => return,
            looked = once(&app) => looked,
        } {
            tracing::warn!(error = %error, "uploads could not be looked after");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// Looks at every upload that is not known to be a session's.
pub async fn once(app: &App) -> Result<(), Fault> {
    for (account, _) in accounts::all_settings(&app.background).await? {
        let limit = app.clock.now() - WAITS - MERCY;
        let mut last = None;
        loop {
            let found = uploads::unsettled(&app.background, account, limit, last, PAGE).await?;
            for upload in &found {
                // One that can't be looked after now is left for the next time.
                if let Err(error) = settle_or_remove(app, account, upload, upload.uploaded_at <= limit).await
                {
                    tracing::warn!(attachment.id = %upload.id, error = %error, "an upload could not be looked after");
                }
            }
            last = found.last().map(|upload| upload.id);
            if last.is_none() {
                break;
            }
        }
    }
    Ok(())
}

async fn settle_or_remove(
    app: &App,
    account: AccountId,
    upload: &Upload,
    expired: bool,
) -> Result<(), Fault> {
    match taking::taken_by(app, account, upload).await? {
        Some(session) => taking::settle(app, account, upload, session).await,
        None if expired => receiving::remove(app, account, upload.id).await,
        None => Ok(()),
    }
}
