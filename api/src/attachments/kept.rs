//! How a file is kept: under which name, with which key, and what is told of it.

use domain::id::{AccountId, AttachmentId};
use domain::redaction::RedactionCount;
use domain::stored_event::Subject;
use event_store::FileKey;
use event_store::error::StoreError;
use projections::uploads::Upload;
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::app::App;

const CONTENT: &str = "content";
const ABOUT: &str = "about";

/// What is told of a file, besides its type and size.
#[derive(Serialize, Deserialize)]
pub(super) struct About {
    /// As the person named it, without secrets.
    pub(super) file_name: String,
    /// What was replaced in the name.
    pub(super) redactions: Vec<RedactionCount>,
}

/// The name under which the bytes are kept.
pub(super) fn place(account: AccountId, id: AttachmentId) -> String {
    format!("{account}/{id}")
}

/// The file's key; none if whose it was has been erased.
pub(super) async fn key(
    app: &App,
    account: AccountId,
    upload: &Upload,
) -> Result<Option<FileKey>, StoreError> {
    let subject = match upload.session {
        Some(session) => Subject::Session(session.0),
        None => Subject::Member(upload.uploader.0),
    };
    let by = app.store.prepare_subject(account, subject).await?;
    if !by.is_stored() {
        return Ok(None);
    }
    FileKey::unwrap(&upload.file_key, upload.id.0, &by).map(Some)
}

/// Seals what is told of a file.
pub(super) fn seal_about(key: &FileKey, about: &About) -> Vec<u8> {
    let plain = serde_json::to_vec(about).expect("invariant: a name and counts can be written as JSON");
    key.seal(ABOUT, &plain)
}

/// Opens it again.
pub(super) fn open_about(key: &FileKey, upload: &Upload) -> Result<About, StoreError> {
    let plain = key.open(ABOUT, &upload.about)?;
    serde_json::from_slice(&plain).map_err(|_| StoreError::SealedFile(upload.id.0))
}

/// Seals the bytes, beside the requests, which that would hold up.
pub(super) async fn seal_content(key: FileKey, bytes: Vec<u8>) -> (FileKey, Vec<u8>) {
    tokio::task::spawn_blocking(move || {
        let sealed = key.seal(CONTENT, &bytes);
        (key, sealed)
    })
    .await
    .expect("invariant: sealing never panics")
}

/// The bytes of a file; none if they are gone.
pub(super) async fn content(
    app: &App,
    account: AccountId,
    key: FileKey,
    id: AttachmentId,
) -> Result<Option<Vec<u8>>, Fault> {
    let Some(sealed) = app.settings.files.read(&place(account, id)).await? else { return Ok(None) };
    let opened = tokio::task::spawn_blocking(move || key.open(CONTENT, &sealed));
    Ok(Some(opened.await.expect("invariant: opening never panics")?))
}
