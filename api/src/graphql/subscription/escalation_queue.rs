//! Sessions that enter or leave the listener's queue, each as the event did it.

use std::sync::Arc;

use async_graphql::Result;
use async_stream::try_stream;
use domain::id::AccountId;
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::view::{EscalationOutcome, SessionView};
use event_store::Until;
use futures_util::stream::Stream;
use projections::sessions;

use super::audience::Audience;
use crate::app::App;
use crate::graphql::event::SESSION;
use crate::graphql::request::read_failed;
use crate::graphql::session::Session;

/// How many events of the log are looked at in one go.
const PAGE: usize = 500;

/// Events that bring a session into a queue, or out of one.
const MOVES: [&str; 6] = [
    "session.escalation_requested",
    "session.escalation_picked_up",
    "session.escalation_recalled",
    "session.escalation_expired",
    "session.escalation_target_released",
    "session.handed_off",
];

/// What enters or leaves from now on.
pub(super) fn follow(
    app: Arc<App>,
    mut audience: Audience,
) -> impl Stream<Item = Result<Session>> + Send + use<> {
    try_stream! {
        let account = audience.account;
        let mut from = *app.feed.head().borrow();
        let mut head = app.feed.head();
        loop {
            let stretch = app.feed.after(from, PAGE).await.map_err(|error| read_failed(&error))?;
            for event in stretch.events.iter().filter(|event| moves(event, account)) {
                if !audience.is_still_there().await.map_err(|error| read_failed(&error))? {
                    return;
                }
                // Whoever asks for the queue now is to find it so.
                caught_up(&app, event.position).await;
                if let Some(session) = moved(&app, &audience, event).await? {
                    yield Session::from(session);
                }
            }
            if stretch.up_to > from {
                from = stretch.up_to;
            } else if head.wait_for(|head| *head > from).await.is_err() {
                return;
            }
        }
    }
}

fn moves(event: &RecordedEvent, account: AccountId) -> bool {
    event.aggregate_type == SESSION
        && event.metadata.account == account
        && MOVES.contains(&event.event_type.as_str())
}

/// The session, if this event brought it into the listener's queue or out of it.
async fn moved(app: &App, audience: &Audience, event: &RecordedEvent) -> Result<Option<SessionView>> {
    let log = app.store.log();
    let events = log.stream_of(audience.account, SESSION, event.aggregate_id, Until::Now).await;
    let mut events = events.map_err(|error| read_failed(&error))?;
    let fold = |events: &[RecordedEvent]| SessionView::fold(events).map_err(|error| read_failed(&error));
    // A slow listener hears late: what was masked since stays masked.
    if let Some(now) = fold(&events)?.filter(|now| !now.masks.is_empty()) {
        events
            .iter_mut()
            .filter_map(|event| event.payload.as_mut().ok())
            .for_each(|payload| now.mask_payload(payload));
    }
    let end = events.partition_point(|earlier| earlier.version <= event.version);
    let (before, after) = (fold(&events[..end.saturating_sub(1)])?, fold(&events[..end])?);
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    let caller = &audience.caller;
    let (was, is) = (before.may_be_picked_up_by(caller), after.may_be_picked_up_by(caller));
    Ok(match (was, is) {
        (true, false) if !after.visible_to(caller) => Some(gone(before, &after)),
        (true, false) | (false, true) => Some(after),
        (true, true) | (false, false) => None,
    })
}

/// A session that is out of the listener's sight: as they last saw it, and where it stands now.
fn gone(mut before: SessionView, after: &SessionView) -> SessionView {
    before.status = after.status;
    before.handler = after.handler;
    before.updated_at = after.updated_at;
    before.closed_at = after.closed_at;
    let outcome = after.escalation().map(|escalation| escalation.outcome.clone());
    if let (Some(waiting), Some(EscalationOutcome::PickedUp { by, at, mode, .. })) =
        (before.escalations.last_mut(), outcome)
    {
        // What the picker knows is between them and the session.
        waiting.outcome = EscalationOutcome::PickedUp { by, at, mode, context: None };
    }
    before
}

/// Waits until the read model has come to a position, however long that takes.
async fn caught_up(app: &App, position: Position) {
    while !app.freshness.reaches(&[sessions::NAME], position, app.settings.freshness_wait).await {}
}
