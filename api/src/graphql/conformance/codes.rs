//! Which code an error gets that has none of its own, and what of it the client sees.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::{PathSegment, Response, ServerError, Value};

use super::{DrawTraceId, TraceId};
use crate::graphql::error::Code;

/// All a client learns of a fault of ours.
pub(super) const INTERNAL: &str = "Something went wrong on our side. Name the traceId when you report it.";

/// A list whose every item fails for the same reason needn't fill the log.
const MOST_FAULTS_LOGGED: usize = 10;

/// A document that is wrong in thousands of places is told of some.
const MOST_DOCUMENT_ERRORS: usize = 50;

/// What an operation's errors are labelled with.
pub(super) struct Labels {
    draw_trace_id: Arc<DrawTraceId>,
    trace_id: OnceLock<TraceId>,
    /// What goes wrong from here on isn't the document's fault.
    validated: AtomicBool,
}

impl Labels {
    pub(super) fn new(draw_trace_id: Arc<DrawTraceId>) -> Self {
        Self { draw_trace_id, trace_id: OnceLock::new(), validated: AtomicBool::new(false) }
    }

    pub(super) fn use_trace_id(&self, id: &TraceId) {
        self.trace_id.get_or_init(|| id.clone());
    }

    pub(super) fn mark_validated(&self) {
        self.validated.store(true, Ordering::Relaxed);
    }

    /// Gives each error its code and trace id, unless it has them.
    pub(super) fn label(&self, mut response: Response) -> Response {
        let validated = self.validated.load(Ordering::Relaxed);
        let mut faults = 0;
        for error in &mut response.errors {
            let trace_id = self.trace_id.get_or_init(|| (self.draw_trace_id)());
            label(error, validated, trace_id, &mut faults);
        }
        response
    }
}

/// Gives an error its code and its trace, and counts it.
fn label(error: &mut ServerError, validated: bool, trace_id: &TraceId, faults: &mut usize) {
    let has = |name| error.extensions.as_ref().is_some_and(|values| values.get(name).is_some());
    let (coded, traced) = (has("code"), has("traceId"));
    if !coded {
        let code = code_of(error, validated);
        if code == Code::Internal {
            *faults += 1;
            if *faults <= MOST_FAULTS_LOGGED {
                let path = place(&error.path);
                tracing::error!(trace_id = %trace_id.0, path, error = %error.message, "graphql field failed");
            }
            INTERNAL.clone_into(&mut error.message);
        }
        error.extensions.get_or_insert_default().set("code", code.as_str());
    }
    if let Some(Value::String(code)) = error.extensions.as_ref().and_then(|values| values.get("code")) {
        metrics::counter!("flowpilot_graphql_errors_total", "code" => code.clone()).increment(1);
    }
    if !traced {
        error.extensions.get_or_insert_default().set("traceId", &*trace_id.0);
    }
}

fn code_of(error: &ServerError, validated: bool) -> Code {
    // What the library itself finds comes without a source, a resolver's uncoded error with one. Only words tell the
    // library's errors apart from each other.
    let says = |beginning| error.source.is_none() && error.message.starts_with(beginning);
    if !validated {
        let limit = says("The recursion depth of the query");
        return if limit { Code::CostExceeded } else { Code::GraphqlValidationFailed };
    }
    let coercion = says("Failed to parse \"") || says("Expected input type \"");
    if coercion { Code::GraphqlValidationFailed } else { Code::Internal }
}

/// The library's errors about a document, with ours in place of those that say the same of values.
pub(super) fn in_better_words(mut errors: Vec<ServerError>, ours: &[ServerError]) -> Vec<ServerError> {
    if !ours.is_empty() {
        errors.retain(|error| !error.message.starts_with("Invalid value for argument "));
        errors.extend_from_slice(ours);
    }
    errors.truncate(MOST_DOCUMENT_ERRORS);
    errors
}

/// Leaves one error for each place: a field selected twice fails twice, and still is one failure.
pub(super) fn once_per_place(errors: Vec<ServerError>) -> Vec<ServerError> {
    let mut places = HashSet::new();
    errors.into_iter().filter(|error| error.path.is_empty() || places.insert(place(&error.path))).collect()
}

/// A path as one word, such as `sessions.nodes.0.title`.
pub(super) fn place(path: &[PathSegment]) -> String {
    let segments = path.iter().map(|segment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    });
    segments.collect::<Vec<_>>().join(".")
}
