//! Whose late redactions hide something in events of the log.

use std::collections::{HashMap, HashSet};

use domain::id::SessionId;
use domain::recorded_event::RecordedEvent;
use domain::session::masking::speaks_of;
use event_store::error::StoreError;
use event_store::{Log, Until};
use uuid::Uuid;

const PROPOSAL: &str = "proposal";

/// By aggregate, the sessions whose words its events hold. A proposal grows from sessions that joined it later, and some of them
/// may have left: all that ever supported it count.
///
/// # Errors
/// The log can't be read.
pub async fn spoken_of(
    log: &Log,
    events: &[RecordedEvent],
) -> Result<HashMap<Uuid, HashSet<SessionId>>, StoreError> {
    let mut sessions: HashMap<Uuid, HashSet<SessionId>> = HashMap::new();
    let mut proposals = HashMap::new();
    for event in events {
        sessions.entry(event.aggregate_id).or_default().extend(speaks_of(event));
        if event.aggregate_type == PROPOSAL {
            proposals.insert(event.aggregate_id, event.metadata.account);
        }
    }
    for (proposal, account) in proposals {
        let stream = log.stream_of(account, PROPOSAL, proposal, Until::Now).await?;
        sessions.entry(proposal).or_default().extend(stream.iter().flat_map(speaks_of));
    }
    Ok(sessions)
}
