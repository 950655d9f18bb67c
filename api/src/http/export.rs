//! `GET /events.jsonl`: an account's events as lines of JSON, however many, resumable by position.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::SessionId;
use domain::recorded_event::{Position, RecordedEvent};
use domain::session::view::SessionView;
use event_store::{EventQuery, Whose};
use futures_util::Stream;
use projections::error::ProjectionError;
use projections::sessions;
use projections::sessions::masking::spoken_of;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Shared;
use super::graphql::{admitted, refuse};
use crate::app::App;
use crate::auth::Identity;
use crate::graphql::conformance::TraceId;
use crate::graphql::error::Code;
use crate::graphql::event::shown;
use crate::graphql::scalar::Position as Given;

/// Events in memory at a time.
const PAGE: usize = 500;

/// Which events.
#[derive(Debug, Deserialize)]
pub struct Range {
    /// After this position: the last one that arrived, to go on.
    after: Option<String>,
    /// Before this position.
    before: Option<String>,
}

/// The account's events, oldest first, up to where the log stands now. For whoever may read all of them (rule 11.2), in the
/// form that they may see (rule 11.5). A stream that ends before its time breaks off, so that nobody takes a part for all.
pub async fn events(
    State(shared): State<Shared>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    range: Result<Query<Range>, QueryRejection>,
) -> Response {
    let identity = match admitted(&shared, &headers, &trace).await {
        Ok(identity) => identity,
        Err(refused) => return *refused,
    };
    if !identity.caller.role.reads_everything() {
        let message = "Exports are for team admins, analysts and owners.";
        return refuse(Code::Forbidden, message, StatusCode::FORBIDDEN, &trace);
    }
    let Some(query) = range.ok().and_then(|Query(range)| range.parse()) else {
        let message = "`after` and `before` have to be positions: decimal numbers.";
        return refuse(Code::GraphqlValidationFailed, message, StatusCode::BAD_REQUEST, &trace);
    };
    let app = shared.app;
    match upto(&app).await {
        Ok(Some(upto)) => {
            let lines = Body::from_stream(lines(app, identity, query, upto));
            ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
        }
        failed => {
            if let Err(error) = failed {
                tracing::error!(error = %error, "the log cannot be read");
            }
            let message = "The events cannot be read just now; try again in a moment.";
            refuse(Code::Unavailable, message, StatusCode::SERVICE_UNAVAILABLE, &trace)
        }
    }
}

impl Range {
    fn parse(self) -> Option<EventQuery> {
        let position = |text: Option<String>| match text {
            None => Some(None),
            Some(text) => Given::from_text(&text).map(|given| Some(Position(given.0))),
        };
        Some(EventQuery {
            after: position(self.after)?,
            before: position(self.before)?,
            ..EventQuery::default()
        })
    }
}

/// Up to where the log may be read; none if what is masked in its sessions is not known that far.
async fn upto(app: &App) -> Result<Option<Position>, event_store::StoreError> {
    let log = app.store.log();
    let ceiling = log.ceiling().await?;
    let last = log.last_event(ceiling).await?;
    let known = app.freshness.reaches(&[sessions::NAME], last, app.settings.freshness_wait).await;
    Ok(known.then_some(ceiling))
}

fn lines(
    app: Arc<App>,
    identity: Identity,
    mut query: EventQuery,
    upto: Position,
) -> impl Stream<Item = io::Result<Bytes>> {
    let log = app.store.log();
    async_stream::try_stream! {
        loop {
            if app.stop.is_cancelled() {
                Err(io::Error::other("the server ends"))?;
            }
            let page = log.query_upto(Whose::Account(identity.account), &query, upto, PAGE).await;
            let page = page.map_err(|error| broken_off(&error))?;
            let Some(last) = page.last().map(|event| event.position) else { break };
            query.after = Some(last);
            let masks = masks(&app, &identity, &page).await.map_err(|error| broken_off(&error))?;
            let mut text = Vec::new();
            for event in &page {
                serde_json::to_writer(&mut text, &line(event, &identity, &masks))?;
                text.push(b'\n');
            }
            yield Bytes::from(text);
        }
    }
}

/// The sessions whose words these events hold, as they are now: they say what is masked.
async fn masks(app: &App, identity: &Identity, page: &[RecordedEvent]) -> Result<Masks, ProjectionError> {
    let sessions = spoken_of(&app.store.log(), page).await?;
    let ids: Vec<SessionId> = sessions.values().flatten().copied().collect();
    let views = sessions::queries::whoever_asks(&app.pool, identity.account, &ids).await?;
    Ok(Masks { sessions, views: views.into_iter().map(|view| (view.id, view)).collect() })
}

/// Which sessions' words the aggregates' events hold, and these sessions.
struct Masks {
    sessions: HashMap<Uuid, HashSet<SessionId>>,
    views: HashMap<SessionId, SessionView>,
}

impl Masks {
    fn of(&self, event: &RecordedEvent) -> impl Iterator<Item = &SessionView> {
        let sessions = self.sessions.get(&event.aggregate_id).into_iter().flatten();
        sessions.filter_map(|session| self.views.get(session))
    }
}

/// The names are those of the GraphQL type `RecordedEvent`.
fn line(event: &RecordedEvent, identity: &Identity, masks: &Masks) -> Value {
    let metadata = &event.metadata;
    json!({
        "position": event.position.to_string(),
        "aggregateType": event.aggregate_type,
        "aggregateId": event.aggregate_id,
        "version": event.version,
        "type": event.event_type,
        "typeVersion": event.event_version,
        "payload": shown(event, identity.caller.role.sees_private_payloads(), masks.of(event)),
        "actor": metadata.actor,
        "commandId": metadata.command,
        "correlationId": metadata.correlation,
        "causationId": metadata.causation,
        "recordedAt": metadata.recorded_at,
    })
}

fn broken_off(error: &(dyn std::error::Error + 'static)) -> io::Error {
    tracing::warn!(error, "an export broke off");
    io::Error::other("the events cannot be read any further")
}
