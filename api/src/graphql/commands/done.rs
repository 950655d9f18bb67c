//! A session's command that was carried out: what the caller is shown of it, with the step that it asked for if that comes in
//! time.

use std::sync::Arc;

use async_graphql::{Context, Result};
use domain::id::{AccountId, RequestId, SessionId};
use domain::recorded_event::Position;
use domain::session::view::SessionView;
use event_store::executor::{Committed, Outcome};
use projections::sessions;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use super::now;
use crate::app::App;
use crate::commands::waiting;
use crate::graphql::request::{app, fresh_to, identity, read_failed};
use crate::workers::diagnose;

/// A command that was carried out.
pub(super) struct Done {
    pub(super) session: SessionId,
    pub(super) position: Position,
    committed: Arc<Committed>,
    /// The step that it asked for, if it is made at once; none comes if that failed and is left to the queue.
    making: Option<JoinHandle<Option<Arc<SessionView>>>>,
}

impl Done {
    pub(super) fn of(app: &Arc<App>, account: AccountId, committed: Committed) -> Self {
        let committed = Arc::new(committed);
        let making = diagnose::asked_at_once(app, &committed).map(|claim| {
            let (app, committed) = (app.clone(), committed.clone());
            // In a task of its own: a caller who hangs up takes nothing back.
            let making = async move {
                diagnose::at_once(&app, &claim, &committed).await.unwrap_or_else(|error| {
                    tracing::warn!(work.key = %claim.key, error = %error, "a step is left to the queue");
                    None
                })
            };
            tokio::spawn(making.in_current_span())
        });
        if making.is_none() {
            app.live.follow(account, &committed);
        }
        Self { session: SessionId(committed.aggregate), position: committed.position, committed, making }
    }

    /// Whether the session waits for a step that this command asked for.
    pub(super) fn asked_for_a_step(&self) -> bool {
        waiting::requested(&self.committed).is_some()
    }

    /// The session as it stands after the command, or later; none for who may not see it (any more).
    pub(super) async fn view(&self, ctx: &Context<'_>) -> Result<Option<Arc<SessionView>>> {
        if self.committed.outcome != Outcome::Appended {
            return now(ctx, self.session, self.position).await;
        }
        let app = app(ctx)?;
        let view = app.live.after(&app.store, identity(ctx)?.account, &self.committed).await;
        match view.map_err(|error| read_failed(&error))? {
            Some(view) => shown(ctx, view).await,
            None => Ok(None),
        }
    }

    /// The same once the step is there that it asked for, or the time for that is over.
    pub(super) async fn view_with_step(mut self, ctx: &Context<'_>) -> Result<Option<Arc<SessionView>>> {
        let app = app(ctx)?;
        let deadline = Instant::now() + app.settings.step_wait;
        if let Some(making) = self.making.take()
            && let Ok(Ok(Some(view))) = timeout_at(deadline, making).await
        {
            return shown(ctx, view).await;
        }
        let Some(request) = self.request(ctx).await? else { return self.view(ctx).await };
        let ended = waiting::ended(app, self.session, request, self.position, deadline).await;
        now(ctx, self.session, ended.unwrap_or(self.position)).await
    }

    /// The step that is waited for. Somebody may be waiting for it already, under the same key: this caller waits with them.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<RequestId>> {
        if self.committed.outcome == Outcome::Appended {
            return Ok(waiting::requested(&self.committed));
        }
        let view = now(ctx, self.session, self.position).await?;
        Ok(view.and_then(|view| view.pending_request()).map(|pending| pending.request))
    }
}

/// The session for the caller, if they may see it. The read model has come as far by then, so that what they read next, with
/// or without the position, is never older than what they were shown.
async fn shown(ctx: &Context<'_>, view: Arc<SessionView>) -> Result<Option<Arc<SessionView>>> {
    if !view.visible_to(&identity(ctx)?.caller) {
        return Ok(None);
    }
    fresh_to(ctx, &[sessions::NAME], view.last_position).await?;
    Ok(Some(view))
}
