//! Secrets that were found late: whatever a session's later redaction hides is hidden in its earlier events as well,
//! and in those of proposals that were learnt from it.

use std::collections::{HashMap, HashSet};

use domain::id::{AccountId, SessionId};
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::view::SessionView;
use event_store::{EventQuery, Log, Until, Whose};
use projections::sessions::masking::spoken_of;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::events::record;

const PAGE: usize = 1000;
const SESSION: &str = "session";
const REDACTED: &str = "session.content_redacted";

/// The sessions in which something was hidden late.
pub(super) struct Masking {
    log: Log,
    sessions: HashSet<Uuid>,
}

impl Masking {
    /// Finds them.
    pub(super) async fn of(log: &Log, ceiling: Position) -> anyhow::Result<Self> {
        let mut sessions = HashSet::new();
        let mut query = EventQuery { types: vec![REDACTED.to_owned()], ..EventQuery::default() };
        loop {
            let page = log.query_upto(Whose::Everybody, &query, ceiling, PAGE).await?;
            sessions.extend(page.iter().map(|event| event.aggregate_id));
            match page.last() {
                Some(last) if page.len() == PAGE => query.after = Some(last.position),
                _ => return Ok(Self { log: log.clone(), sessions }),
            }
        }
    }

    /// The events as rows, with what is hidden hidden.
    pub(super) async fn rows(
        &mut self,
        mut events: Vec<RecordedEvent>,
    ) -> anyhow::Result<Vec<Map<String, Value>>> {
        let new = events.iter().filter(|event| event.event_type == REDACTED);
        self.sessions.extend(new.map(|event| event.aggregate_id));
        let spoken_of = spoken_of(&self.log, &events).await?;
        let concerned: HashMap<SessionId, AccountId> = events
            .iter()
            .flat_map(|event| {
                spoken_of[&event.aggregate_id].iter().map(|session| (*session, event.metadata.account))
            })
            .filter(|(session, _)| self.sessions.contains(&session.0))
            .collect();
        for (session, account) in concerned {
            let all = self.log.stream_of(account, SESSION, session.0, Until::Now).await?;
            let now = SessionView::fold(&all);
            for event in events.iter_mut().filter(|event| spoken_of[&event.aggregate_id].contains(&session)) {
                match (&now, &mut event.payload) {
                    (Ok(Some(now)), Ok(payload)) => now.mask_payload(payload),
                    // What is to be hidden can't be told: nothing is shown.
                    (Err(unreadable), payload @ Ok(_)) => *payload = Err(unreadable.clone()),
                    _ => {}
                }
            }
        }
        Ok(events.into_iter().map(record::row).collect())
    }
}
