//! `POST /attachments` takes a picture, `GET /attachments/{id}` gives it to those who may see it.

use std::fmt::Write;

use axum::Extension;
use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::AttachmentId;
use domain::session::intake::MAX_ATTACHMENT_BYTES;
use serde_json::json;

use super::Shared;
use super::graphql::admitted;
use crate::attachments::receiving::{NotReceived, Received, receive};
use crate::attachments::{Fault, showing};
use crate::graphql::conformance::TraceId;

/// The largest body that is read to its end: a file that is too large is counted, not kept, so that its sender hears why it
/// is refused instead of a broken connection.
pub const MAX_BODY: usize = 32 * 1024 * 1024;

/// Why a request was not served, as its sender is told.
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

/// Where an attachment is, on this server.
pub fn url(id: AttachmentId) -> String {
    format!("/attachments/{id}")
}

/// `POST /attachments`: one file as `multipart/form-data`, in the field `file`.
pub async fn upload(
    State(shared): State<Shared>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Response {
    let me = match admitted(&shared, &headers, &trace).await {
        Ok(me) => me,
        Err(refused) => return *refused,
    };
    if !me.caller.role.handles_sessions() {
        let message = "Uploads are for those who start sessions: engineers, team admins and owners.";
        return Refused::new(StatusCode::FORBIDDEN, "FORBIDDEN", message).answer(&trace);
    }
    let file = match form {
        Ok(form) => file_of(form).await,
        Err(_) => Err(Refused::invalid("Send one file as multipart/form-data, in the field `file`.")),
    };
    let received = match file {
        Ok((name, bytes)) => receive(&shared.app, &me, &name, bytes).await.map_err(Refused::from),
        Err(refused) => Err(refused),
    };
    match received {
        Ok(received) => (StatusCode::CREATED, Json(told(&received))).into_response(),
        Err(refused) => refused.answer(&trace),
    }
}

/// `GET /attachments/{id}`
pub async fn show(
    State(shared): State<Shared>,
    Extension(trace): Extension<TraceId>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let me = match admitted(&shared, &headers, &trace).await {
        Ok(me) => me,
        Err(refused) => return *refused,
    };
    let found = match id.parse() {
        Ok(id) => showing::find(&shared.app, &me, id).await,
        Err(_) => Ok(None),
    };
    match found {
        Ok(Some(shown)) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static(shown.media_type)),
                (header::CONTENT_DISPOSITION, disposition(&shown.file_name)),
                (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
                (
                    header::CONTENT_SECURITY_POLICY,
                    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
                ),
                (
                    header::HeaderName::from_static("cross-origin-resource-policy"),
                    HeaderValue::from_static("same-origin"),
                ),
            ];
            (headers, shown.bytes).into_response()
        }
        Ok(None) => {
            Refused::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such attachment.").answer(&trace)
        }
        Err(fault) => Refused::from(fault).answer(&trace),
    }
}

/// The one file of a form: its name and bytes.
async fn file_of(mut form: Multipart) -> Result<(String, Vec<u8>), Refused> {
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.name() != Some("file") {
            continue;
        }
        if file.is_some() {
            return Err(Refused::invalid("Send one file with each request."));
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        file = Some((name, bytes_of(field).await?));
    }
    file.filter(|(_, bytes)| !bytes.is_empty()).ok_or_else(|| {
        Refused::invalid("There is no file: send one in the field `file`, and not an empty one.")
    })
}

/// Reads a file piece by piece; once it is too large, what was read is dropped and the rest only counted.
async fn bytes_of(mut field: Field<'_>) -> Result<Vec<u8>, Refused> {
    let (mut bytes, mut fits) = (Vec::new(), true);
    while let Some(piece) = field.chunk().await.map_err(unreadable)? {
        fits = fits && (bytes.len() + piece.len()) as u64 <= MAX_ATTACHMENT_BYTES;
        if fits {
            bytes.extend_from_slice(&piece);
        } else {
            bytes = Vec::new();
        }
    }
    if fits { Ok(bytes) } else { Err(Refused::too_large()) }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what becomes of the error")]
fn unreadable(error: MultipartError) -> Refused {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refused::too_large()
    } else {
        Refused::invalid("The form ends early or is malformed.")
    }
}

fn told(received: &Received) -> serde_json::Value {
    json!({
        "id": received.id.to_string(),
        "fileName": received.file_name,
        "mediaType": received.media_type,
        "sizeBytes": received.size_bytes,
        "url": url(received.id),
    })
}

/// A browser saves the file and never opens it as a page of ours. The name goes in the form that carries any character.
fn disposition(file_name: &str) -> HeaderValue {
    let mut value = "attachment; filename*=UTF-8''".to_owned();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(value, "%{byte:02X}");
        }
    }
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_INPUT", message)
    }

    fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "INVALID_INPUT", "The file is larger than 5 MiB.")
    }

    /// The shape of errors that GraphQL has, so that clients read one.
    fn answer(self, trace: &TraceId) -> Response {
        let extensions = json!({ "code": self.code, "traceId": trace.0.as_ref() });
        let body = json!({ "errors": [{ "message": self.message, "extensions": extensions }] });
        (self.status, Json(body)).into_response()
    }
}

impl From<NotReceived> for Refused {
    fn from(error: NotReceived) -> Self {
        match error {
            NotReceived::NoPicture(why) => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_INPUT", why.to_string())
            }
            NotReceived::TooManyWaiting => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "QUOTA_EXCEEDED", error.to_string())
            }
            NotReceived::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        tracing::error!(error = %fault, "an attachment could not be kept or read");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "Attachments cannot be reached just now; try again in a moment.",
        )
    }
}
