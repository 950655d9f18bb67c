//! The codes that top-level GraphQL errors carry, and the one way to make such an error.
//!
//! A rejection that the caller can act on is data (`userErrors`) and never comes here. Everything else is a top-level
//! error whose `extensions.code` is one of [`Code`]. An error that reaches the response without a code is a fault of
//! ours: it becomes `INTERNAL` with a fixed text, and its own words go to the log only.

use async_graphql::{Error, ErrorExtensionValues, Pos, ServerError};

/// What a client may find in `errors[].extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// No token, or one that isn't valid any more.
    Unauthenticated,
    /// The caller's role may not use this field at all.
    Forbidden,
    /// What the request is about isn't there (or not for this caller).
    NotFound,
    /// Too many requests in a short time.
    RateLimited,
    /// The account's allowance for the period is used up.
    QuotaExceeded,
    /// The document is deeper, larger or costlier than one request may be.
    CostExceeded,
    /// The document, its variables or its arguments are not what the schema asks for.
    GraphqlValidationFailed,
    /// The server can't answer just now; trying again later may help.
    Unavailable,
    /// A fault of ours; the log has more under the same trace id.
    Internal,
}

impl Code {
    /// The code as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::RateLimited => "RATE_LIMITED",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// An error for a resolver to return, with a sentence meant for the client.
    pub fn error(self, message: impl Into<String>) -> Error {
        let mut error = Error::new(message);
        error.extensions = Some(self.extensions());
        error
    }

    /// The same outside of a resolver, with a place in the document if there is one.
    pub fn server_error(self, message: impl Into<String>, pos: Option<Pos>) -> ServerError {
        let mut error = ServerError::new(message, pos);
        error.extensions = Some(self.extensions());
        error
    }

    fn extensions(self) -> ErrorExtensionValues {
        let mut values = ErrorExtensionValues::default();
        values.set("code", self.as_str());
        values
    }
}
