//! HTTP: GraphQL over POST, WebSocket and server-sent events, attachments, the export of events, and what operators look at.

pub mod attachments;
pub mod export;
pub mod graphql;
pub mod health;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument;

use crate::app::App;
use crate::graphql::conformance::TraceId;
use crate::graphql::served::Served;

/// The largest request: a pasted log of 1 MiB, escaped, and the rest.
const MAX_BODY: usize = 6 * 1024 * 1024;
/// Says under which id the log speaks of the request.
const TRACE_HEADER: HeaderName = HeaderName::from_static("x-trace-id");

/// What the handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The program.
    pub app: Arc<App>,
    /// The schema, ready to serve.
    pub served: Served,
    /// What was counted.
    pub metrics: PrometheusHandle,
}

/// All routes.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/attachments", post(attachments::upload).layer(DefaultBodyLimit::max(attachments::MAX_BODY)))
        .route("/attachments/{id}", get(attachments::show))
        .route("/events.jsonl", get(export::events))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/version", get(health::version))
        .route("/metrics", get(health::metrics))
        .fallback(nothing_here)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(broke))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(middleware::from_fn_with_state(shared.clone(), observe))
        .with_state(shared)
}

/// Gives the request a trace id, counts it and times it. Nothing of its content is logged.
async fn observe(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let trace = shared.app.ids.next().simple().to_string();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(TraceId::new(trace.clone()));
    let span = tracing::info_span!("request", trace.id = %trace, http.method = %method, http.route = %route);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("flowpilot_http_request_seconds", "route" => route, "status" => status)
        .record(started.elapsed().as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(&trace) {
        response.headers_mut().insert(TRACE_HEADER, value);
    }
    response
}

async fn nothing_here() -> Response {
    let body = json!({ "error": "There is nothing here. GraphQL is at /graphql." });
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}

#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn broke(panic: Box<dyn std::any::Any + Send>) -> Response {
    let what =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = what.unwrap_or("without words"), "a request's handler panicked");
    let body = json!({ "errors": [{ "message": "The server made a mistake.", "extensions": { "code": "INTERNAL" } }] });
    (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response()
}
