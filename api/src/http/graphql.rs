//! GraphQL over HTTP: POST with JSON, server-sent events where they are asked for, graphql-transport-ws for the rest.

use std::convert::Infallible;
use std::time::Duration;

use async_graphql::http::{ALL_WEBSOCKET_PROTOCOLS, parse_query_string};
use async_graphql::{Data, Executor, Request as GraphqlRequest, Response as GraphqlResponse};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::recorded_event::Position;
use futures_util::{Stream, StreamExt};
use serde_json::Value;

use super::Shared;
use crate::auth::{AuthError, Identity};
use crate::graphql::conformance::TraceId;
use crate::graphql::error::Code;
use crate::graphql::rates::too_many;
use crate::graphql::response::{Body, is_request_error};
use crate::rates::RequestKind;

/// Clients that say nothing for this long are let go; they keep the connection by pinging.
const SILENCE: Duration = Duration::from_mins(2);
/// How often an idle stream of events says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The largest message over a WebSocket.
const MAX_MESSAGE: usize = 6 * 1024 * 1024;

/// `POST /graphql`
pub async fn post(
    State(shared): State<Shared>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let refused = Code::CostExceeded.server_error("The request's body is too large.", None);
            return answer(&mark(GraphqlResponse::from_errors(vec![refused]), &trace), rejection.status());
        }
    };
    let Ok(request) = serde_json::from_slice::<GraphqlRequest>(&body) else {
        return unreadable(
            "The body has to be a JSON object with `query`, and may have `variables`.",
            &trace,
        );
    };
    run(&shared, request, &headers, &trace).await
}

/// `GET /graphql`: a WebSocket, or a query or a stream of events by URL.
pub async fn get(
    State(shared): State<Shared>,
    Extension(trace): Extension<TraceId>,
    request: Request,
) -> Response {
    let (mut parts, _body) = request.into_parts();
    if parts.headers.contains_key(header::UPGRADE) {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &shared).await;
        let protocol = GraphQLProtocol::from_request_parts(&mut parts, &shared).await;
        return match (upgrade, protocol) {
            (Ok(upgrade), Ok(protocol)) => socket(shared, upgrade, protocol, &parts.headers),
            _ => unreadable("A WebSocket here speaks graphql-transport-ws.", &trace),
        };
    }
    let Some(request) = parts.uri.query().and_then(|query| parse_query_string(query).ok()) else {
        return unreadable("Send GraphQL by POST, or with ?query=… for a stream of events.", &trace);
    };
    if !wants_events(&parts.headers) {
        return unreadable(
            "GET is for WebSockets and for `Accept: text/event-stream`; send GraphQL by POST.",
            &trace,
        );
    }
    run(&shared, request, &parts.headers, &trace).await
}

async fn run(shared: &Shared, mut request: GraphqlRequest, headers: &HeaderMap, trace: &TraceId) -> Response {
    let identity = match shared.app.gate.admit(authorization(headers)).await {
        Ok(identity) => identity,
        Err(error) => return turned_away(&error, trace),
    };
    let wanted = match wanted_position(headers, &request) {
        Ok(wanted) => wanted,
        Err(message) => return unreadable(message, trace),
    };
    request = request.data(trace.clone());
    request = shared.served.prepare(request, &identity, wanted);
    if wants_events(headers) {
        return events(shared, request, identity).into_response();
    }
    let response = shared.served.execute(request).await;
    let status = if is_request_error(&response) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    answer(&response, status)
}

/// Each response as an event `next`, then `complete`: the distinct connections mode of GraphQL over SSE.
fn events(
    shared: &Shared,
    request: GraphqlRequest,
    identity: Identity,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let mut session = Data::default();
    session.insert(identity);
    let responses = shared.served.execute_stream(request, Some(std::sync::Arc::new(session)));
    let stop = shared.app.stop.clone();
    let items = responses
        .take_until(async move { stop.cancelled().await })
        .map(|response| Event::default().event("next").json_data(Body(&response)).unwrap_or_default())
        .chain(futures_util::stream::once(async { Event::default().event("complete").data("") }))
        .map(Ok);
    Sse::new(items).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn socket(
    shared: Shared,
    upgrade: WebSocketUpgrade,
    protocol: GraphQLProtocol,
    headers: &HeaderMap,
) -> Response {
    let from_header = authorization(headers).map(str::to_owned);
    upgrade.max_message_size(MAX_MESSAGE).protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(
        move |stream| async move {
            let gate = shared.app.gate.clone();
            let serving = GraphQLWebSocket::new(stream, shared.served.clone(), protocol)
                .keepalive_timeout(Some(SILENCE))
                .on_connection_init(move |payload: Value| async move {
                    let said =
                        ["Authorization", "authorization"].iter().find_map(|key| payload.get(key)?.as_str());
                    let header = said.map(str::to_owned).or(from_header);
                    let identity =
                        gate.admit(header.as_deref()).await.map_err(|error| said_to_client(&error))?;
                    let mut data = Data::default();
                    data.insert(identity);
                    Ok(data)
                })
                .serve();
            tokio::select! {
                () = serving => {}
                () = shared.app.stop.cancelled() => {}
            }
        },
    )
}

/// Who sends a request that is none of GraphQL's: it takes from their bucket as other reads and commands do (rule 11.7). Boxed
/// is what they are answered if they are not let in.
pub(super) async fn admitted(
    shared: &Shared,
    headers: &HeaderMap,
    trace: &TraceId,
) -> Result<Identity, Box<Response>> {
    let me = shared.app.gate.admit(authorization(headers)).await;
    let me = me.map_err(|error| Box::new(turned_away(&error, trace)))?;
    match shared.app.rates.take(me.caller.user, RequestKind::Other) {
        Ok(()) => Ok(me),
        Err(after) => Err(Box::new(too_often(after, trace))),
    }
}

/// The header counts in whole seconds, of which the last has to be over.
fn too_often(after: Duration, trace: &TraceId) -> Response {
    let refused = mark(GraphqlResponse::from_errors(vec![too_many(after)]), trace);
    let seconds = HeaderValue::from(after.as_secs() + 1);
    ([(header::RETRY_AFTER, seconds)], answer(&refused, StatusCode::TOO_MANY_REQUESTS)).into_response()
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}

/// The position that the caller wants to have been read, from the header or the request's extensions.
fn wanted_position(headers: &HeaderMap, request: &GraphqlRequest) -> Result<Option<Position>, &'static str> {
    let from_header = headers.get("x-min-position").map(|value| value.to_str().unwrap_or("?").to_owned());
    let from_extensions = request.extensions.get("minPosition").map(|value| match value {
        async_graphql::Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    match from_header.or(from_extensions) {
        None => Ok(None),
        Some(text) => crate::graphql::scalar::Position::from_text(&text)
            .map(|position| Some(Position(position.0)))
            .ok_or("X-Min-Position has to be a position: a decimal number."),
    }
}

fn turned_away(error: &AuthError, trace: &TraceId) -> Response {
    let (code, status) = match error {
        AuthError::Unavailable(cause) => {
            tracing::error!(error = %cause, "members cannot be read");
            (Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE)
        }
        AuthError::KeysUnavailable => (Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
        AuthError::Missing | AuthError::Invalid(_) | AuthError::Expired | AuthError::Unknown => {
            (Code::Unauthenticated, StatusCode::UNAUTHORIZED)
        }
    };
    refuse(code, &error.to_string(), status, trace)
}

/// A request that never comes to the schema is refused in the same form.
pub(super) fn refuse(code: Code, message: &str, status: StatusCode, trace: &TraceId) -> Response {
    let refused = code.server_error(message, None);
    answer(&mark(GraphqlResponse::from_errors(vec![refused]), trace), status)
}

fn said_to_client(error: &AuthError) -> async_graphql::Error {
    Code::Unauthenticated.error(error.to_string())
}

fn unreadable(message: &str, trace: &TraceId) -> Response {
    refuse(Code::GraphqlValidationFailed, message, StatusCode::BAD_REQUEST, trace)
}

/// Adds the trace id to errors that never reached the schema.
fn mark(mut response: GraphqlResponse, trace: &TraceId) -> GraphqlResponse {
    for error in &mut response.errors {
        error.extensions.get_or_insert_default().set("traceId", trace.0.as_ref());
    }
    response
}

fn answer(response: &GraphqlResponse, status: StatusCode) -> Response {
    // Written as it is, not through a `serde_json::Value`, which would sort the keys.
    (status, Json(Body(response))).into_response()
}
