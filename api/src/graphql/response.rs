//! A response as it goes out over HTTP.

use async_graphql::Response;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::error::Code;

/// True if the request was refused before anything ran: by its document, its variables or its size. Such a response has
/// no `data` at all (section 7.1), and where HTTP status codes speak of GraphQL it is a 400.
pub fn is_request_error(response: &Response) -> bool {
    let refused = |code: &async_graphql::Value| {
        [Code::GraphqlValidationFailed, Code::CostExceeded]
            .iter()
            .any(|known| *code == async_graphql::Value::from(known.as_str()))
    };
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| {
            error.path.is_empty()
                && error.extensions.as_ref().and_then(|values| values.get("code")).is_some_and(refused)
        })
}

/// The body of a response: the library's own would carry `data: null` even where there must be no `data`.
#[derive(Debug)]
pub struct Body<'a>(pub &'a Response);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(response) = self;
        let mut body = serializer.serialize_struct("Response", 3)?;
        if !response.errors.is_empty() {
            body.serialize_field("errors", &response.errors)?;
        }
        if !is_request_error(response) {
            body.serialize_field("data", &response.data)?;
        }
        if !response.extensions.is_empty() {
            body.serialize_field("extensions", &response.extensions)?;
        }
        body.end()
    }
}
