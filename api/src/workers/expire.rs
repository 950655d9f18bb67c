//! The timers (rules 2.16, 4.6): gives up sessions that nobody touches, brings escalations back that nobody takes, opens those
//! whose target has left, and asks again for steps that waited for another day.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::access::By;
use domain::id::{AccountId, CommandId, EscalationId, RequestId};
use domain::metadata::Actor;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand};
use domain::session::view::SessionView;
use event_store::error::{ExecuteError, StoreError};
use event_store::executor::CommandContext;
use event_store::log::Until;
use projections::accounts;
use projections::sessions::overdue::{self, Overdue, Waiting};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{WorkError, next_day, release};
use crate::app::App;
use crate::commands::digest;

/// How often it looks; the settings count hours.
const EVERY: Duration = Duration::from_mins(1);
/// How many sessions are found at once.
const PAGE: i64 = 200;

/// Looks again and again, until told to stop.
pub(super) async fn run(app: Arc<App>, stop: CancellationToken) {
    loop {
        if let Err(error) = tokio::select! {
            () = stop.cancelled() => return,
            looked = once(&app) => looked,
        } {
            tracing::warn!(error = %error, "sessions whose time is up could not be looked for");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// Ends everything whose time is up by now. Doing it twice, or in two processes at once, records it once.
pub async fn once(app: &App) -> Result<(), WorkError> {
    let now = app.clock.now();
    for (account, settings) in accounts::all_settings(&app.background).await? {
        shielded(release::in_account(app, account).await, account)?;
        shielded(next_day::in_account(app, account).await, account)?;
        for (waiting, hours) in
            [(Waiting::Idle, settings.idle_hours), (Waiting::Unclaimed, settings.escalation_hours)]
        {
            // A setting that leads out of the calendar means never.
            if let Some(limit) = now.checked_sub_signed(chrono::Duration::hours(hours.into())) {
                shielded(end_all(app, account, waiting, limit).await, account)?;
            }
        }
    }
    Ok(())
}

/// What one account or session refuses, an event that can't be read, say, is left for the next time, and holds up no other.
/// A database that is away fails them all.
pub(super) fn shielded(outcome: Result<(), WorkError>, of: impl Display) -> Result<(), WorkError> {
    match outcome {
        Err(error) if !error.is_passing() => {
            tracing::warn!(of = %of, error = %error, "its time is up, but nothing could be done");
            Ok(())
        }
        outcome => outcome,
    }
}

async fn end_all(
    app: &App,
    account: AccountId,
    waiting: Waiting,
    limit: DateTime<Utc>,
) -> Result<(), WorkError> {
    let mut last = None;
    loop {
        let found = overdue::page(&app.background, account, waiting, limit, last.as_ref(), PAGE).await?;
        for session in &found {
            shielded(end(app, waiting, session).await, session.session)?;
        }
        last = found.last().copied();
        if last.is_none() {
            return Ok(());
        }
    }
}

async fn end(app: &App, waiting: Waiting, overdue: &Overdue) -> Result<(), WorkError> {
    let (act, context) = match waiting {
        // Only as it was found: whoever touches it in the meantime keeps it.
        Waiting::Idle => {
            let context = CommandContext {
                expected_version: Some(overdue.version),
                ..context(overdue, &format!("idle/{}", overdue.version))
            };
            (SessionAct::Abandon, context)
        }
        Waiting::Unclaimed => {
            let Some(escalation) = waiting_escalation(app, overdue).await? else { return Ok(()) };
            let context = context(overdue, &format!("unclaimed/{escalation}"));
            let request = RequestId::derived(context.command.0, "request");
            (SessionAct::ExpireEscalation { escalation, request }, context)
        }
    };
    let command = SessionCommand { by: By::System, act };
    match app.store.execute::<Session>(overdue.session.0, command, context).await {
        // Refused, it has moved on: somebody touched it or took it, or another process was faster.
        Ok(_) | Err(ExecuteError::VersionConflict { .. } | ExecuteError::Domain(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The escalation that has waited since then; by the log, because the read model may be behind a newer one.
async fn waiting_escalation(app: &App, overdue: &Overdue) -> Result<Option<EscalationId>, WorkError> {
    let log = app.store.log();
    let events = log.stream_of(overdue.account, "session", overdue.session.0, Until::Now).await?;
    let view = SessionView::fold(&events).map_err(StoreError::from)?;
    let latest = view.as_ref().and_then(SessionView::escalation);
    Ok(latest.filter(|it| it.is_waiting() && it.requested_at <= overdue.since).map(|it| it.id))
}

/// The id of the command, and so its effect, follows from the session and what it waited for.
fn context(overdue: &Overdue, reason: &str) -> CommandContext {
    let session = overdue.session.to_string();
    let command = CommandId::derived(overdue.session.0, reason);
    let actor = Actor::Process("expire".to_owned());
    CommandContext::new(overdue.account, actor, command, digest(&["expire", &session, reason]))
}
