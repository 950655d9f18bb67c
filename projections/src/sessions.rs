//! Sessions as they are listed and shown: a folded document each, with the columns that lists are narrowed by, and one
//! for every step.

pub mod addressed;
mod copied;
pub mod helped;
mod kept;
pub mod lacking;
mod light;
pub mod masking;
pub mod overdue;
pub mod queries;
pub mod queue;
mod rows;
mod search;
mod visible;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::recorded_event::RecordedEvent;
use domain::session::event::SessionEvent;
use domain::session::view::{IntakeContent, SessionView, StepView, ViewError};
use futures_util::future::BoxFuture;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::by_stream::ByStream;
use crate::error::ProjectionError;
use crate::projection::Projection;
use crate::work_queue::WorkItem;
use kept::Kept;

/// The projection.
#[derive(Default)]
pub struct Sessions {
    /// Sessions that are likely to go on, as their rows have them.
    kept: Kept,
}

/// Its name.
pub const NAME: &str = "sessions";

/// Of a log, its first bytes are searched.
const MOST_LOG: usize = 20_000;

impl Projection for Sessions {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["sessions", "session_intakes", "session_steps"]
    }

    fn takes(&self, event_type: &str) -> bool {
        event_type.starts_with("session.")
    }

    fn apply<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
        _work: &'a mut Vec<WorkItem>,
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let decoded = decode(events)?;
            let mut folded = load(connection, &decoded, &self.kept).await?;
            for (recorded, event) in &decoded {
                fold(&mut folded, recorded, event)?;
            }
            let mut changed: Vec<_> = folded.into_values().map(Folded::split).collect();
            rows::store(connection, &mut changed).await?;
            self.kept.keep(changed);
            Ok(())
        })
    }

    fn forget(&self) {
        self.kept.forget();
    }

    fn by_stream(&self) -> Option<&dyn ByStream> {
        Some(self)
    }
}

/// A session on its way into its row, and whether its intake's content is to be stored too.
struct Folded {
    view: SessionView,
    /// Its steps as the rows have them.
    stored: Vec<Arc<StepView>>,
    content: Option<IntakeContent>,
    /// The words that it is found by changed.
    words_changed: bool,
    /// When the flow was matched that it follows.
    matched_at: Option<DateTime<Utc>>,
    /// It had been closed before these events.
    was_closed: bool,
    /// The size of its document; 0 before that was written.
    bytes: usize,
}

fn decode(events: &[Arc<RecordedEvent>]) -> Result<Vec<(&RecordedEvent, SessionEvent)>, ProjectionError> {
    events.iter().map(|event| Ok((event.as_ref(), event.decode()?))).collect()
}

fn fold(
    folded: &mut HashMap<Uuid, Folded>,
    recorded: &RecordedEvent,
    event: &SessionEvent,
) -> Result<(), ProjectionError> {
    match folded.get_mut(&recorded.aggregate_id) {
        None => drop(folded.insert(recorded.aggregate_id, Folded::start(recorded)?)),
        Some(session) => session.go_on(recorded, event)?,
    }
    Ok(())
}

/// Whether a session is found by other words after this event; its intake's content has to be there for that.
fn changes_words(event: &SessionEvent) -> bool {
    SessionView::touches_intake_content(event)
        || matches!(event, SessionEvent::IntakeClassified(_) | SessionEvent::TicketLinked(_))
}

/// The sessions that these events go on with; with their intakes' content where that is needed.
async fn load(
    connection: &mut PgConnection,
    events: &[(&RecordedEvent, SessionEvent)],
    kept: &Kept,
) -> Result<HashMap<Uuid, Folded>, ProjectionError> {
    let mut going_on: HashMap<Uuid, (u64, Vec<&SessionEvent>)> = HashMap::new();
    for (recorded, event) in events {
        going_on.entry(recorded.aggregate_id).or_insert((recorded.version, Vec::new())).1.push(event);
    }
    going_on.retain(|_, (first, _)| *first > 1);
    let mut folded: HashMap<Uuid, Folded> = HashMap::new();
    let mut missing: Vec<Uuid> = Vec::new();
    for (id, (first, events)) in &going_on {
        match kept.take(*id, first - 1, events) {
            Some(session) => drop(folded.insert(*id, session)),
            None => missing.push(*id),
        }
    }
    if !missing.is_empty() {
        let light = rows::load_light(&mut *connection, &missing).await?;
        for (view, matched_at) in light {
            let id = view.id.0;
            if going_on.get(&id).is_some_and(|(_, events)| light::suffices(&view, events)) {
                folded.insert(id, Folded::going_on(view, matched_at));
            }
        }
        missing.retain(|id| !folded.contains_key(id));
    }
    if !missing.is_empty() {
        for (view, matched_at) in rows::load(&mut *connection, &missing).await? {
            folded.insert(view.id.0, Folded::going_on(view, matched_at));
        }
    }
    let whole: Vec<Uuid> = events
        .iter()
        .filter(|(recorded, event)| changes_words(event) && folded.contains_key(&recorded.aggregate_id))
        .map(|(recorded, _)| recorded.aggregate_id)
        .collect();
    if !whole.is_empty() {
        let rows: Vec<(Uuid, Json<IntakeContent>)> =
            sqlx::query_as("SELECT id, content FROM session_intakes WHERE id = ANY($1)")
                .bind(&whole)
                .fetch_all(connection)
                .await?;
        for (id, content) in rows {
            if let Some(session) = folded.get_mut(&id) {
                session.view.restore_intake_content(content.0);
            }
        }
    }
    Ok(folded)
}

impl Folded {
    /// A session that has no rows yet.
    fn new(view: SessionView) -> Self {
        Self {
            view,
            stored: Vec::new(),
            content: None,
            words_changed: false,
            matched_at: None,
            was_closed: false,
            bytes: 0,
        }
    }

    /// A session that begins.
    fn start(recorded: &RecordedEvent) -> Result<Self, ProjectionError> {
        let view = SessionView::start(recorded).map_err(|error| match error {
            ViewError::Unreadable(unreadable) => ProjectionError::Unreadable(unreadable),
            ViewError::NotAStart(_) => ProjectionError::Inconsistent(error.to_string()),
        })?;
        Ok(Self { words_changed: true, ..Self::new(view) })
    }

    /// Its next event.
    fn go_on(&mut self, recorded: &RecordedEvent, event: &SessionEvent) -> Result<(), ProjectionError> {
        if recorded.version != self.view.version + 1 {
            return Err(ProjectionError::Inconsistent(format!(
                "session event {} follows on {}",
                recorded.version, self.view.version
            )));
        }
        self.view.apply(recorded, event);
        self.words_changed |= changes_words(event);
        if let SessionEvent::FlowMatched(matched) = event {
            self.matched_at = matched.chosen.is_some().then_some(recorded.metadata.recorded_at);
        }
        Ok(())
    }

    /// A session as its rows have it, before it goes on.
    fn going_on(view: SessionView, matched_at: Option<DateTime<Utc>>) -> Self {
        let was_closed = view.closed_at.is_some();
        Self { stored: view.steps.clone(), matched_at, was_closed, ..Self::new(view) }
    }

    /// The steps that are not stored as they are now. A step that an event changes is not shared any more.
    fn changed_steps(&self) -> impl Iterator<Item = (usize, &StepView)> {
        let is_stored = |(at, step): &(usize, &Arc<StepView>)| {
            self.stored.get(*at).is_some_and(|stored| Arc::ptr_eq(stored, step))
        };
        self.view.steps.iter().enumerate().filter(move |it| !is_stored(it)).map(|(at, step)| (at, &**step))
    }

    /// Takes apart what is stored apart.
    fn split(mut self) -> Self {
        self.content = self.view.take_intake_content();
        self
    }

    /// Everything that the session is found by.
    fn words(&self) -> String {
        let content = self.content.as_ref();
        let classification = self.view.classification.as_ref();
        let symptoms = classification.map(|it| it.key_symptoms.join(" "));
        let texts = [
            classification.map(|it| it.summary.as_str()),
            symptoms.as_deref(),
            content.and_then(|it| it.text.as_deref()),
            content.and_then(|it| it.log.as_deref()).map(|log| search::head(log, MOST_LOG)),
            self.view.ticket.as_ref().map(|it| it.ticket_id.as_str()),
        ];
        search::words(texts.into_iter().flatten())
    }
}
