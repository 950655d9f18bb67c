//! Opens escalations to their team whose named target has left, or handles sessions no more (rule 2.16).

use std::sync::Arc;

use domain::access::By;
use domain::account::Account;
use domain::id::{AccountId, CommandId, SessionId, UserId};
use domain::metadata::Actor;
use domain::recorded_event::Position;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand};
use domain::session::view::SessionView;
use event_store::error::{ExecuteError, StoreError};
use event_store::executor::CommandContext;
use event_store::log::Until;
use projections::sessions::{self, addressed};
use projections::work_queue::Claim;
use projections::work_requests::RELEASE_TARGETS;

use super::expire::shielded;
use super::{WorkError, Worker};
use crate::app::App;
use crate::commands::digest;

/// How many sessions are found at once.
const PAGE: i64 = 200;

/// The worker.
pub(super) struct Release;

impl Worker for Release {
    fn kind(&self) -> &'static str {
        RELEASE_TARGETS
    }

    async fn work(&self, app: &Arc<App>, claim: &Claim) -> Result<(), WorkError> {
        let position = claim.payload.get("position").and_then(serde_json::Value::as_i64).unwrap_or_default();
        // What the read model does not show by then, the timer finds.
        app.freshness.reaches(&[sessions::NAME], Position(position), app.settings.freshness_wait).await;
        in_account(app, claim.account).await
    }

    async fn give_up(&self, _app: &Arc<App>, _claim: &Claim, _error: &WorkError) -> Result<(), WorkError> {
        // The timer looks for them, too.
        Ok(())
    }
}

/// Releases all that an account has. Doing it twice, or in two processes at once, records it once.
pub(super) async fn in_account(app: &App, account: AccountId) -> Result<(), WorkError> {
    let mut last = None;
    loop {
        let found = addressed::page(&app.background, account, last, PAGE).await?;
        let Some((session, _)) = found.last() else { return Ok(()) };
        last = Some(*session);
        // By the log: a read model that is behind would not know a new colleague.
        let people = app.store.load::<Account>(account, account.0).await?.aggregate;
        for (session, target) in found {
            if people.escalation_target(target).is_err() {
                shielded(release(app, account, session, target).await, session)?;
            }
        }
    }
}

async fn release(app: &App, account: AccountId, session: SessionId, target: UserId) -> Result<(), WorkError> {
    let events = app.store.log().stream_of(account, "session", session.0, Until::Now).await?;
    let view = SessionView::fold(&events).map_err(StoreError::from)?;
    let latest = view.as_ref().and_then(SessionView::escalation);
    let Some(latest) = latest.filter(|it| it.is_waiting() && it.target == Some(target)) else {
        return Ok(());
    };
    let act = SessionAct::ReleaseEscalationTarget { escalation: latest.id };
    // The id of the command, and so its effect, follows from the escalation.
    let reason = format!("release/{}", latest.id);
    let command = CommandId::derived(session.0, &reason);
    let actor = Actor::Process("release".to_owned());
    let context =
        CommandContext::new(account, actor, command, digest(&["release", &session.to_string(), &reason]));
    match app.store.execute::<Session>(session.0, SessionCommand { by: By::System, act }, context).await {
        // Refused, it has moved on: somebody took it back, or handed it off.
        Ok(_) | Err(ExecuteError::VersionConflict { .. } | ExecuteError::Domain(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
