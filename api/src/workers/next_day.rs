//! Asks again for steps that failed because the quota was spent, once it is another day where the account is (rule 4.6).

use chrono::NaiveDate;
use domain::access::By;
use domain::id::{AccountId, CommandId, RequestId, SessionId};
use domain::metadata::Actor;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand};
use event_store::error::ExecuteError;
use event_store::executor::CommandContext;
use projections::assistant_quota;

use super::WorkError;
use crate::app::App;
use crate::commands::digest;
use crate::quota;

/// How many sessions are found at once.
const PAGE: i64 = 200;

/// Asks again for all that an account has waiting. Doing it twice, or in two processes at once, asks once.
pub(super) async fn in_account(app: &App, account: AccountId) -> Result<(), WorkError> {
    let today = quota::allowance(app, account).await?.day;
    let mut last = None;
    loop {
        let found = assistant_quota::waiting(&app.background, account, today, last, PAGE).await?;
        let Some((session, _)) = found.last() else { return Ok(()) };
        last = Some(*session);
        for (session, day) in found {
            ask_again(app, account, session, day).await?;
            assistant_quota::waits_no_more(&app.background, account, session, day).await?;
        }
    }
}

async fn ask_again(
    app: &App,
    account: AccountId,
    session: SessionId,
    day: NaiveDate,
) -> Result<(), WorkError> {
    let reason = format!("quota/{day}");
    let command = CommandId::derived(session.0, &reason);
    let act = SessionAct::RetryStep { request: RequestId::derived(command.0, "request") };
    let actor = Actor::Process("next_day".to_owned());
    let context =
        CommandContext::new(account, actor, command, digest(&["next_day", &session.to_string(), &reason]));
    match app.store.execute::<Session>(session.0, SessionCommand { by: By::System, act }, context).await {
        // Refused, it has moved on.
        Ok(_) | Err(ExecuteError::VersionConflict { .. } | ExecuteError::Domain(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
