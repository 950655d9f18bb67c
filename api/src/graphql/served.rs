//! The schema as the transports serve it: every operation, however it came, gets its own identity, freshness and
//! loaders.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::{Data, Executor, Request, Response, ServerError, Value};
use domain::recorded_event::Position;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::error::Code;
use super::request::{Freshness, loaders};
use super::schema::Schema;
use crate::app::App;
use crate::auth::{AuthError, Identity};

/// The schema with the program behind it.
#[derive(Clone)]
pub struct Served {
    schema: Schema,
    app: Arc<App>,
}

impl Served {
    /// Serves the contract's schema.
    pub fn new(schema: Schema, app: Arc<App>) -> Self {
        Self { schema, app }
    }

    /// Adds what resolvers find in their request.
    pub fn prepare(&self, request: Request, identity: &Identity, wanted: Option<Position>) -> Request {
        let freshness = Arc::new(Freshness { wanted, ..Freshness::default() });
        loaders(request, &self.app, identity).data(identity.clone()).data(freshness)
    }

    /// The same for an operation of a connection: who it is was found out when the connection was made; whether their token is
    /// still taken and they are still there is asked for each operation.
    async fn prepare_by_connection(
        &self,
        request: Request,
        connection: Option<&Arc<Data>>,
    ) -> Result<Request, ServerError> {
        let known = connection.and_then(|data| data.get(&std::any::TypeId::of::<Identity>()));
        let Some(identity) = known.and_then(|data| data.downcast_ref::<Identity>()) else {
            return Ok(request);
        };
        if request.data.contains_key(&std::any::TypeId::of::<Identity>()) {
            return Ok(request);
        }
        if identity.until <= self.app.clock.now() {
            return Err(self.refusal(Code::Unauthenticated, &AuthError::Expired));
        }
        let identity = match self.app.gate.again(identity).await {
            Ok(Some(identity)) => identity,
            Ok(None) => return Err(self.refusal(Code::Unauthenticated, &AuthError::Unknown)),
            Err(error) => return Err(self.refusal(Code::Unavailable, &error)),
        };
        let wanted = match request.extensions.get("minPosition") {
            Some(Value::String(text)) => super::scalar::Position::from_text(text).map(|at| Position(at.0)),
            _ => None,
        };
        Ok(self.prepare(request, &identity, wanted))
    }

    /// An error before the schema was asked, with a trace id of its own.
    fn refusal(&self, code: Code, error: &AuthError) -> ServerError {
        let mut refused = code.server_error(error.to_string(), None);
        let trace = self.app.ids.next().simple().to_string();
        refused.extensions.get_or_insert_default().set("traceId", trace);
        refused
    }
}

impl Executor for Served {
    async fn execute(&self, request: Request) -> Response {
        let freshness = freshness_of(&request.data);
        let response = self.schema.execute(request).await;
        mark(response, freshness.as_deref())
    }

    fn execute_stream(
        &self,
        request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let served = self.clone();
        let responses = async move {
            let request = match served.prepare_by_connection(request, session_data.as_ref()).await {
                Ok(request) => request,
                Err(refused) => {
                    let refused = Response::from_errors(vec![refused]);
                    return stream::once(async { refused }).boxed();
                }
            };
            let freshness = freshness_of(&request.data);
            Executor::execute_stream(&served.schema, request, session_data)
                .map(move |response| mark(response, freshness.as_deref()))
                .boxed()
        };
        stream::once(responses).flatten().boxed()
    }
}

fn freshness_of(data: &Data) -> Option<Arc<Freshness>> {
    data.get(&std::any::TypeId::of::<Arc<Freshness>>())?.downcast_ref::<Arc<Freshness>>().cloned()
}

/// Says so when data is older than what was asked for.
fn mark(response: Response, freshness: Option<&Freshness>) -> Response {
    if freshness.is_some_and(|freshness| freshness.stale.load(Ordering::Relaxed)) {
        response.extension("stale", Value::Boolean(true))
    } else {
        response
    }
}
