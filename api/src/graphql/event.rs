//! Events of the log as they are shown: in full or in their public form, and never with what was masked since.

pub mod connection;
pub mod filter;
pub mod queries;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Object, Result};
use domain::recorded_event::{Position as LogPosition, RecordedEvent as Recorded};
use domain::session::public_form::{full_payload, public_payload};
use domain::session::view::SessionView;
use event_store::error::StoreError;
use event_store::ledger;
use projections::sessions::masking::spoken_of;
use serde_json::json;
use sqlx::PgPool;

pub use self::connection::EventConnection;
use super::request::{app, read_failed};
use super::scalar::{DateTime, Id, Json, Position, clamp_count};
use super::session::loader::MaskLoader;

/// The stored name of sessions' aggregate type.
pub const SESSION: &str = "session";

/// An event of the log.
#[derive(Clone)]
pub struct RecordedEvent {
    event: Arc<Recorded>,
    /// With reasoning, prompts and match candidates (rule 11.5).
    whole: bool,
    /// The session it belongs to as it is now, if that is known already: it says what is masked.
    session: Option<Arc<SessionView>>,
}

impl RecordedEvent {
    /// An event; the sessions whose words it holds are looked up when its payload is shown.
    pub fn new(event: Arc<Recorded>, whole: bool) -> Self {
        Self { event, whole, session: None }
    }

    /// An event of this session, as the session is now.
    pub fn of_session(event: Arc<Recorded>, whole: bool, session: Arc<SessionView>) -> Self {
        Self { event, whole, session: Some(session) }
    }

    /// The sessions whose words it holds: they say what is masked.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Arc<SessionView>>> {
        if let Some(session) = &self.session {
            return Ok(vec![session.clone()]);
        }
        let events = std::slice::from_ref(&*self.event);
        let sessions =
            spoken_of(&app(ctx)?.store.log(), events).await.map_err(|error| read_failed(&error))?;
        let loader = ctx.data::<DataLoader<MaskLoader>>()?;
        let found = loader.load_many(sessions.into_values().flatten()).await;
        Ok(found.map_err(|error| read_failed(&*error))?.into_values().collect())
    }
}

/// An event of the log.
#[Object]
impl RecordedEvent {
    /// Where it stands in the log.
    async fn position(&self) -> Position {
        self.event.position.into()
    }

    /// The type of its aggregate, e.g. `session`.
    async fn aggregate_type(&self) -> &str {
        &self.event.aggregate_type
    }

    /// Its aggregate.
    async fn aggregate_id(&self) -> Id {
        Id(self.event.aggregate_id)
    }

    /// Its number within the aggregate, from 1 without gaps.
    async fn version(&self) -> i32 {
        clamp_count(self.event.version)
    }

    /// What happened, e.g. `session.step_answered`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.event.event_type
    }

    /// The version of its payload's shape.
    async fn type_version(&self) -> &str {
        &self.event.event_version
    }

    /// What it says. Without reasoning, prompts and match candidates, but for analysts and owners. An event that can't
    /// be read (any more) says so: `{"unreadable": "…"}`.
    async fn payload(&self, ctx: &Context<'_>) -> Result<Json> {
        let sessions = self.sessions(ctx).await?;
        Ok(Json(shown(&self.event, self.whole, sessions.iter().map(|session| &**session))))
    }

    /// Who caused it: `user:<id>`, `system` or `process:<name>`.
    async fn actor(&self) -> String {
        self.event.metadata.actor.to_string()
    }

    /// The command that it came from.
    async fn command_id(&self) -> Option<Id> {
        Some(self.event.metadata.command.into())
    }

    /// What it belongs together with.
    async fn correlation_id(&self) -> Option<Id> {
        Some(self.event.metadata.correlation.into())
    }

    /// The command or work item that led to its command.
    async fn causation_id(&self) -> Option<Id> {
        self.event.metadata.causation.map(Id::from)
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        self.event.metadata.recorded_at.into()
    }

    /// The SHA-256 of all that is stored of it, in hexadecimal, by which the ledger that guards the log knows it; null in the
    /// seconds until it is in there.
    async fn hash(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let digests = ctx.data::<DataLoader<DigestLoader>>()?;
        digests.load_one(self.event.position).await.map_err(|error| read_failed(&*error))
    }
}

/// Loads what the ledger says of the events that one request shows, at once. Made anew for each request.
pub struct DigestLoader {
    /// The database.
    pub pool: PgPool,
}

impl Loader<LogPosition> for DigestLoader {
    type Value = String;
    type Error = Arc<StoreError>;

    async fn load(
        &self,
        positions: &[LogPosition],
    ) -> std::result::Result<HashMap<LogPosition, String>, Self::Error> {
        ledger::digests(&self.pool, positions).await.map_err(Arc::new)
    }
}

/// A payload as it goes out, with what was found late in these sessions masked.
pub(crate) fn shown<'a>(
    event: &Recorded,
    whole: bool,
    sessions: impl IntoIterator<Item = &'a SessionView>,
) -> serde_json::Value {
    let mut payload = match &event.payload {
        Ok(payload) => payload.clone(),
        Err(unreadable) => return json!({ "unreadable": unreadable.reason }),
    };
    for session in sessions {
        session.mask_payload(&mut payload);
    }
    if whole { full_payload(payload) } else { public_payload(&event.event_type, payload) }
}

#[cfg(test)]
mod tests;
