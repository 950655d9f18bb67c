//! A stream folded by itself, event by event, so that the one that can't be folded is found.

use std::sync::Arc;

use domain::recorded_event::{Position, RecordedEvent};
use sqlx::{Acquire, PgConnection};

use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::quarantine;
use crate::target::Target;
use crate::work_queue;

/// A stream that can't be folded where everything is folded anew was tried in memory, and then by itself.
const ATTEMPTS: u32 = 2;

/// Where a stream stopped.
pub(crate) struct Stopped {
    pub(crate) at: Position,
    pub(crate) error: ProjectionError,
    /// How many events are left behind it.
    pub(crate) left: usize,
}

/// Folds what can be folded, up to the first event that can't; asks for the work they ask for, if wanted.
pub(crate) async fn fold(
    connection: &mut PgConnection,
    projection: &dyn Projection,
    events: &[Arc<RecordedEvent>],
    asks: bool,
) -> Result<Option<Stopped>, ProjectionError> {
    for (number, event) in events.iter().enumerate() {
        let mut work = Vec::new();
        let mut attempt = connection.begin().await?;
        match projection.apply(&mut attempt, std::slice::from_ref(event), &mut work).await {
            Ok(()) => attempt.commit().await?,
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => {
                attempt.rollback().await?;
                return Ok(Some(Stopped { at: event.position, error, left: events.len() - number - 1 }));
            }
        }
        if asks {
            work_queue::add(connection, &work).await?;
        }
    }
    Ok(None)
}

/// Folds a whole stream that has no rows. At the first event that can't be folded it waits in quarantine, which is given back; or
/// that is an error, where the target is strict.
pub(crate) async fn fold_or_wait<'a>(
    connection: &mut PgConnection,
    projection: &dyn Projection,
    target: &Target,
    events: &'a [Arc<RecordedEvent>],
) -> Result<Option<&'a RecordedEvent>, ProjectionError> {
    let Some(stopped) = fold(connection, projection, events, target.asks).await? else { return Ok(None) };
    if target.strict {
        return Err(ProjectionError::Stopped { position: stopped.at, reason: stopped.error.to_string() });
    }
    let faulty = events.iter().find(|event| event.position == stopped.at);
    if let Some(event) = faulty {
        let name = &target.checkpoint;
        quarantine::store(connection, name, event, &stopped.error, ATTEMPTS).await?;
        quarantine::count_blocked(connection, name, event, stopped.left).await?;
        tracing::error!(
            projection.name = name, event.position = event.position.0, event.type_ = %event.event_type,
            error = %stopped.error, "event can't be folded: its stream waits"
        );
    }
    Ok(faulty.map(|event| &**event))
}
