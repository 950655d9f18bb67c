//! The events of a session: first those that stand in the log, then those that come, without a gap and none twice.

use std::sync::Arc;

use async_graphql::Result;
use async_stream::try_stream;
use domain::id::SessionId;
use domain::recorded_event::{Position, RecordedEvent as Recorded};
use domain::session::view::SessionView;
use event_store::Until;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::audience::Audience;
use super::not_found;
use crate::app::App;
use crate::graphql::event::{RecordedEvent, SESSION};
use crate::graphql::request::read_failed;

/// How many events of the log are looked at in one go.
const PAGE: usize = 500;

/// The session's events after a position, and all that come, as long as the listener may see it.
pub(super) async fn follow(
    app: Arc<App>,
    mut audience: Audience,
    id: SessionId,
    after: Position,
) -> Result<impl Stream<Item = Result<RecordedEvent>> + Send + use<>> {
    // First where the log is read to, then the stream, which is complete at every moment: what follows is in one of
    // the two, and the version tells what is in both.
    let from = *app.feed.head().borrow();
    let stood = app.store.log().stream_of(audience.account, SESSION, id.0, Until::Now).await;
    let stood = stood.map_err(|error| read_failed(&error))?;
    let session = SessionView::fold(&stood).map_err(|error| read_failed(&error))?.ok_or_else(not_found)?;
    if !audience.still_sees(&session).await.map_err(|error| read_failed(&error))? {
        return Err(not_found());
    }
    let whole = audience.caller.role.sees_private_payloads();
    let session = Arc::new(session);
    let now = session.clone();
    let replayed = stood
        .into_iter()
        .filter(move |event| event.position > after)
        .map(move |event| Ok(RecordedEvent::of_session(Arc::new(event), whole, now.clone())));
    Ok(stream::iter(replayed).chain(coming(app, audience, session, from, after)))
}

fn coming(
    app: Arc<App>,
    mut audience: Audience,
    mut session: Arc<SessionView>,
    mut from: Position,
    after: Position,
) -> impl Stream<Item = Result<RecordedEvent>> + Send {
    try_stream! {
        let mut head = app.feed.head();
        loop {
            let stretch = app.feed.after(from, PAGE).await.map_err(|error| read_failed(&error))?;
            if stretch.up_to <= from {
                if head.wait_for(|head| *head > from).await.is_err() {
                    return;
                }
                continue;
            }
            from = stretch.up_to;
            for event in stretch.events {
                if !goes_on_with(&session, &event) {
                    continue;
                }
                let next = event.decode().map_err(|error| read_failed(&error))?;
                Arc::make_mut(&mut session).apply(&event, &next);
                if !audience.still_sees(&session).await.map_err(|error| read_failed(&error))? {
                    return;
                }
                if event.position > after {
                    let whole = audience.caller.role.sees_private_payloads();
                    yield RecordedEvent::of_session(event, whole, session.clone());
                }
            }
        }
    }
}

/// Whether it is one of the session's events that wasn't seen yet.
fn goes_on_with(session: &SessionView, event: &Recorded) -> bool {
    event.aggregate_id == session.id.0 && event.aggregate_type == SESSION && event.version > session.version
}
