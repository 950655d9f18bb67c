//! A session after each change, as soon as the read model shows it; what came in between is left out.

use std::sync::Arc;

use async_graphql::Result;
use async_stream::try_stream;
use domain::id::SessionId;
use domain::recorded_event::Position;
use domain::session::view::SessionView;
use futures_util::stream::Stream;
use projections::sessions;

use super::audience::Audience;
use super::not_found;
use crate::app::App;
use crate::graphql::event::SESSION;
use crate::graphql::request::read_failed;
use crate::graphql::session::Session;

/// How many events of the log are looked at in one go.
const PAGE: usize = 500;

/// The session now and after each change, as long as the listener may see it.
pub(super) async fn follow(
    app: Arc<App>,
    mut audience: Audience,
    id: SessionId,
) -> Result<impl Stream<Item = Result<Session>> + Send + use<>> {
    let from = *app.feed.head().borrow();
    let first = read(&app, &mut audience, id).await?.ok_or_else(not_found)?;
    Ok(changes(app, audience, first, from))
}

fn changes(
    app: Arc<App>,
    mut audience: Audience,
    first: SessionView,
    mut from: Position,
) -> impl Stream<Item = Result<Session>> + Send {
    try_stream! {
        let (id, mut version) = (first.id, first.version);
        yield Session::from(first);
        // What the read model had not come to when it was first read is not looked for again in the log.
        let mut wanted = from;
        loop {
            caught_up(&app, wanted).await;
            let Some(session) = read(&app, &mut audience, id).await? else { return };
            if session.version > version {
                version = session.version;
                yield Session::from(session);
            }
            let Some((position, up_to)) = next_change(&app, id, from).await? else { return };
            (wanted, from) = (position, up_to);
        }
    }
}

/// The session, if the listener may see it (still).
async fn read(app: &App, audience: &mut Audience, id: SessionId) -> Result<Option<SessionView>> {
    let found = sessions::queries::one(&app.pool, audience.account, &audience.caller, id).await;
    let Some(session) = found.map_err(|error| read_failed(&error))? else { return Ok(None) };
    let visible = audience.still_sees(&session).await.map_err(|error| read_failed(&error))?;
    Ok(visible.then_some(session))
}

/// Waits until the read model has come to a position, however long that takes.
async fn caught_up(app: &App, position: Position) {
    while !app.freshness.reaches(&[sessions::NAME], position, app.settings.freshness_wait).await {}
}

/// Waits for events of the session; gives the last one's position, and up to where the log was read. None if the log is
/// followed no longer.
async fn next_change(app: &App, id: SessionId, mut from: Position) -> Result<Option<(Position, Position)>> {
    let mut head = app.feed.head();
    loop {
        let stretch = app.feed.after(from, PAGE).await.map_err(|error| read_failed(&error))?;
        let of_session = stretch
            .events
            .iter()
            .rfind(|event| event.aggregate_id == id.0 && event.aggregate_type == SESSION);
        if let Some(last) = of_session {
            return Ok(Some((last.position, stretch.up_to)));
        }
        if stretch.up_to > from {
            from = stretch.up_to;
        } else if head.wait_for(|head| *head > from).await.is_err() {
            return Ok(None);
        }
    }
}
