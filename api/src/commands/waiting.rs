//! Waiting, bounded, for the step that a command asked for.

use domain::id::{RequestId, SessionId};
use domain::recorded_event::{Position, RecordedEvent};
use event_store::executor::Committed;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::app::App;

/// How many events a look at the log takes at once.
const PAGE: usize = 500;

/// Events that end a request for a step.
const ENDINGS: [&str; 3] =
    ["session.step_presented", "session.step_generation_failed", "session.step_discarded"];

/// The request for a step among what a command recorded, if there is one.
pub fn requested(committed: &Committed) -> Option<RequestId> {
    committed.events.iter().find(|event| event.event_type == "session.step_requested").and_then(request_of)
}

/// Waits until the request is answered one way or the other, at most until the deadline. Gives the position of the
/// event that ended it; none if it goes on.
pub async fn ended(
    app: &App,
    session: SessionId,
    request: RequestId,
    after: Position,
    deadline: Instant,
) -> Option<Position> {
    timeout_at(deadline, follow(app, session, request, after)).await.ok().flatten()
}

async fn follow(app: &App, session: SessionId, request: RequestId, mut after: Position) -> Option<Position> {
    let mut head = app.feed.head();
    loop {
        let page = app.feed.after(after, PAGE).await.ok()?;
        let ending = page.events.iter().find(|event| {
            event.aggregate_id == session.0
                && ENDINGS.contains(&event.event_type.as_str())
                && request_of(event) == Some(request)
        });
        if let Some(event) = ending {
            return Some(event.position);
        }
        if page.up_to > after {
            after = page.up_to;
        } else {
            head.wait_for(|head| *head > after).await.ok()?;
        }
    }
}

fn request_of(event: &RecordedEvent) -> Option<RequestId> {
    let payload = event.payload.as_ref().ok()?;
    payload.get("request").and_then(Value::as_str)?.parse().ok()
}
