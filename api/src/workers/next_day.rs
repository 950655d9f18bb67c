//! Takes up what waited because a day's calls to the model were spent, once it is another day where the account is: steps
//! (rule 4.6), and analyses of solved sessions (rule 6.5).

use chrono::NaiveDate;
use domain::access::By;
use domain::analysis::Analysis;
use domain::analysis::command::{AnalysisAct, AnalysisCommand};
use domain::id::{AccountId, CommandId, RequestId, SessionId};
use domain::metadata::Actor;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand};
use event_store::error::ExecuteError;
use event_store::executor::CommandContext;
use projections::{assistant_quota, proposals};

use super::WorkError;
use super::expire::shielded;
use crate::app::App;
use crate::commands::digest;
use crate::quota;

/// How many sessions are found at once.
const PAGE: i64 = 200;

/// Asks again for all that an account has waiting. Doing it twice, or in two processes at once, asks once.
pub(super) async fn in_account(app: &App, account: AccountId) -> Result<(), WorkError> {
    let today = quota::allowance(app, account).await?.day;
    steps(app, account, today).await?;
    analyses(app, account, today).await
}

async fn analyses(app: &App, account: AccountId, today: NaiveDate) -> Result<(), WorkError> {
    let mut last = None;
    loop {
        let found = proposals::deferred(&app.background, account, today, last, PAGE).await?;
        let Some((session, _)) = found.last() else { return Ok(()) };
        last = Some(*session);
        for (session, day) in found {
            let id = Analysis::id_of(session);
            let reason = format!("deferred/{day}");
            let act = AnalysisAct::TakeUp { day };
            let command = AnalysisCommand { by: By::System, session, act };
            let taken =
                app.store.execute::<Analysis>(id.0, command, context(account, session, &reason)).await;
            shielded(taken.map(drop).map_err(WorkError::from), session)?;
        }
    }
}

async fn steps(app: &App, account: AccountId, today: NaiveDate) -> Result<(), WorkError> {
    let mut last = None;
    loop {
        let found = assistant_quota::waiting(&app.background, account, today, last, PAGE).await?;
        let Some((session, _)) = found.last() else { return Ok(()) };
        last = Some(*session);
        for (session, day) in found {
            shielded(ask_again(app, account, session, day).await, session)?;
        }
    }
}

async fn ask_again(
    app: &App,
    account: AccountId,
    session: SessionId,
    day: NaiveDate,
) -> Result<(), WorkError> {
    let context = context(account, session, &format!("quota/{day}"));
    let act = SessionAct::RetryStep { request: RequestId::derived(context.command.0, "request") };
    match app.store.execute::<Session>(session.0, SessionCommand { by: By::System, act }, context).await {
        // Refused, it has moved on.
        Ok(_) | Err(ExecuteError::VersionConflict { .. } | ExecuteError::Domain(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(assistant_quota::waits_no_more(&app.background, account, session, day).await?)
}

/// The id of the command, and so its effect, follows from the session and what it waited for.
fn context(account: AccountId, session: SessionId, reason: &str) -> CommandContext {
    let command = CommandId::derived(session.0, reason);
    let actor = Actor::Process("next_day".to_owned());
    CommandContext::new(account, actor, command, digest(&["next_day", &session.to_string(), reason]))
}
