//! Makes the schema behave by the GraphQL specification (October 2021) where the library doesn't.
//!
//! - A field that fails is null in `data`, or makes the nearest place null that may be; every error says where.
//! - Response keys come in the order of the query.
//! - After a root mutation that makes the whole data null the next ones don't run; a subscription has one root field.
//! - Every error has `extensions.code` and `extensions.traceId`. What has no code of its own is `INTERNAL`, with a
//!   fixed text for the client and its own words in the log.
//! - Values that don't fit their types are refused before anything runs, and so is what goes beyond [`Limits`].
//!
//! Register [`Conformance`] before all other extensions.

mod codes;
mod coercion;
mod completion;
mod documents;
mod overlap;
mod preparation;
mod root;
mod size;
mod skipping;
mod typenames;
mod value_view;

use std::any::TypeId;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest, NextRequest, NextResolve,
    NextSubscribe, NextValidation, ResolveInfo,
};
use async_graphql::parser::types::OperationType;
use async_graphql::{
    PathSegment, QueryPathNode, QueryPathSegment, Request, Response, ServerError, ServerResult,
    ValidationResult, Value,
};
use futures_util::FutureExt as _;
use futures_util::stream::{BoxStream, StreamExt as _};

use self::codes::Labels;
use self::completion::Completion;
use self::documents::Documents;
use self::preparation::Prepared;
use super::error::Code;
use super::limits::Limits;

/// The id under which the log speaks of a request. Put one into a request's data to give it the id of an outer trace;
/// without one each operation draws its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceId(pub Arc<str>);

impl TraceId {
    /// Takes a trace id from outside.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }
}

type DrawTraceId = dyn Fn() -> TraceId + Send + Sync;

/// The extension to register on the schema.
pub struct Conformance {
    limits: Arc<Limits>,
    documents: Arc<Documents>,
    draw_trace_id: Arc<DrawTraceId>,
}

impl Conformance {
    /// Says what a request may ask for and where trace ids come from.
    pub fn new(limits: Limits, draw_trace_id: impl Fn() -> TraceId + Send + Sync + 'static) -> Self {
        Self { limits: Arc::new(limits), documents: Arc::default(), draw_trace_id: Arc::new(draw_trace_id) }
    }
}

impl ExtensionFactory for Conformance {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Operation {
            limits: Arc::clone(&self.limits),
            documents: Arc::clone(&self.documents),
            labels: Arc::new(Labels::new(Arc::clone(&self.draw_trace_id))),
            prepared: OnceLock::new(),
            answers_once: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            started: Mutex::default(),
            errors: Mutex::default(),
        })
    }
}

/// One operation on its way through the library.
struct Operation {
    limits: Arc<Limits>,
    documents: Arc<Documents>,
    labels: Arc<Labels>,
    prepared: OnceLock<Prepared>,
    /// The transport takes one response and no stream.
    answers_once: AtomicBool,
    /// A mutation made the whole data null; the next ones don't run.
    stopped: AtomicBool,
    /// The root mutation fields that ran.
    started: Mutex<HashSet<String>>,
    /// The errors of fields and items; of the current item, in a subscription.
    errors: Mutex<Vec<ServerError>>,
}

#[async_graphql::async_trait::async_trait]
impl Extension for Operation {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        self.answers_once.store(true, Ordering::Relaxed);
        self.labels.label(next.run(ctx).await)
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let labels = Arc::clone(&self.labels);
        let stream = AssertUnwindSafe(next.run(ctx, stream)).catch_unwind();
        stream.map(move |response| labels.label(response.unwrap_or_else(|_panic| panicked()))).boxed()
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(ctx, request).await?;
        let given =
            request.data.get(&TypeId::of::<TraceId>()).and_then(|data| data.downcast_ref::<TraceId>());
        if let Some(id) = given.or_else(|| ctx.data_opt::<TraceId>()) {
            self.labels.use_trace_id(id);
        }
        let streaming = !self.answers_once.load(Ordering::Relaxed);
        let registry = &ctx.schema_env.registry;
        let prepared =
            preparation::prepare(&mut request, registry, (&self.limits, &self.documents), streaming)?;
        self.prepared.get_or_init(|| prepared);
        Ok(request)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let problems = self.prepared.get().map(|prepared| prepared.problems.as_slice()).unwrap_or_default();
        let result = match next.run(ctx).await {
            Ok(result) if problems.is_empty() => result,
            Ok(_) => return Err(codes::in_better_words(Vec::new(), problems)),
            Err(errors) => return Err(codes::in_better_words(errors, problems)),
        };
        Limits::hold("complexity", result.complexity, self.limits.complexity).map_err(|error| vec![error])?;
        self.labels.mark_validated();
        Ok(result)
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        self.errors().clear();
        let resolving = AssertUnwindSafe(next.run(ctx, operation_name)).catch_unwind();
        let response = match tokio::time::timeout(self.limits.time, resolving).await {
            Ok(Ok(response)) => self.complete(ctx, response),
            Ok(Err(_panic)) => panicked(),
            Err(_elapsed) => Response::from_errors(vec![self.too_slow()]),
        };
        self.labels.label(response)
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let path = info.path_node;
        let key = match (self.prepared.get(), path.parent, path.segment) {
            (Some(prepared), None, QueryPathSegment::Name(key))
                if prepared.operation == OperationType::Mutation =>
            {
                Some((prepared, key))
            }
            _ => None,
        };
        let Some((prepared, key)) = key else { return Ok(self.resolved(path, next.run(ctx, info).await)) };

        let first = lock(&self.started).insert(key.to_owned());
        if !first || self.stopped.load(Ordering::Relaxed) {
            return Ok(Some(Value::Null));
        }
        let value = self.resolved(path, next.run(ctx, info).await);
        let mut errors = self.errors().clone();
        let completion = Completion::new(&ctx.schema_env.registry, &prepared.fragments, &mut errors);
        let as_it_is = value.clone().unwrap_or_default();
        if completion.root_field_fails(&prepared.root_type, &prepared.selection, key, as_it_is) {
            self.stopped.store(true, Ordering::Relaxed);
        }
        Ok(value)
    }
}

impl Operation {
    /// A failed field or item goes on as null, its error kept aside: an error would take its siblings along.
    fn resolved(&self, path: &QueryPathNode<'_>, result: ServerResult<Option<Value>>) -> Option<Value> {
        match result {
            Ok(value) => value,
            Err(mut error) => {
                if error.path.is_empty() {
                    error.path = segments(path);
                }
                self.errors().push(error);
                Some(Value::Null)
            }
        }
    }

    fn complete(&self, ctx: &ExtensionContext<'_>, mut response: Response) -> Response {
        let mut errors = std::mem::take(&mut *self.errors());
        errors.append(&mut response.errors);
        if let Some(prepared) = self.prepared.get() {
            Completion::new(&ctx.schema_env.registry, &prepared.fragments, &mut errors).data(
                &prepared.root_type,
                &prepared.selection,
                &mut response.data,
            );
        }
        response.errors = codes::once_per_place(errors);
        response
    }

    fn too_slow(&self) -> ServerError {
        let message = format!(
            "The request took longer than {} s and was given up. What it changed until then stands; repeating a \
             mutation with the same idempotencyKey tells.",
            self.limits.time.as_secs_f64()
        );
        Code::Unavailable.server_error(message, None)
    }

    fn errors(&self) -> MutexGuard<'_, Vec<ServerError>> {
        lock(&self.errors)
    }
}

/// The panic hook has told the log already.
fn panicked() -> Response {
    Response::from_errors(vec![Code::Internal.server_error(codes::INTERNAL, None)])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn segments(path: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let mut segments: Vec<_> = std::iter::once(path)
        .chain(path.parents())
        .map(|node| match node.segment {
            QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
            QueryPathSegment::Index(index) => PathSegment::Index(index),
        })
        .collect();
    segments.reverse();
    segments
}
