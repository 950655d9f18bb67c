//! Showing a file: to its uploader, to whoever may see the session that has taken it, and to the model that makes its steps.

use domain::assistant::prompting::Screenshot;
use domain::id::{AccountId, AttachmentId};
use domain::session::intake::AttachmentRef;
use projections::sessions::queries;
use projections::uploads::{self, Upload};

use super::kept::{content, key, open_about};
use super::{Fault, picture};
use crate::app::App;
use crate::auth::Identity;

/// A file as it is served.
pub struct Shown {
    /// One of the three types of picture.
    pub media_type: &'static str,
    /// As the person named it, without secrets.
    pub file_name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The file of this id, if there is one that the caller may see.
pub async fn find(app: &App, me: &Identity, id: AttachmentId) -> Result<Option<Shown>, Fault> {
    let Some(upload) = uploads::several(&app.pool, me.account, &[id]).await?.pop() else { return Ok(None) };
    let named = match upload.session {
        Some(_) => match in_session(app, me, &upload).await? {
            Some(name) => Some(name),
            None => return Ok(None),
        },
        None if upload.uploader == me.caller.user => None,
        None => return Ok(None),
    };
    let (Some(key), Some(media_type)) =
        (key(app, me.account, &upload).await?, picture::known(&upload.media_type))
    else {
        return Ok(None);
    };
    let file_name = match named {
        Some(name) => name,
        None => open_about(&key, &upload)?.file_name,
    };
    let bytes = content(app, me.account, key, id).await?;
    Ok(bytes.map(|bytes| Shown { media_type, file_name, bytes }))
}

/// The file's name in its session, if the caller may see that.
async fn in_session(app: &App, me: &Identity, upload: &Upload) -> Result<Option<String>, Fault> {
    let Some(session) = upload.session else { return Ok(None) };
    let view = queries::one(&app.pool, me.account, &me.caller, session).await?;
    let attached = view.and_then(|view| view.intake.attachments.into_iter().find(|it| it.id == upload.id));
    Ok(attached.map(|it| it.file_name))
}

/// The pictures of an intake, for a prompt. One that can't be had now is left out: a step without it is better than none.
pub async fn screenshots(app: &App, account: AccountId, attachments: &[AttachmentRef]) -> Vec<Screenshot> {
    let mut shown = Vec::new();
    for attachment in attachments {
        match screenshot(app, account, attachment.id).await {
            Ok(found) => shown.extend(found),
            Err(error) => {
                tracing::warn!(attachment.id = %attachment.id, error = %error, "a screenshot could not be read");
            }
        }
    }
    shown
}

async fn screenshot(app: &App, account: AccountId, id: AttachmentId) -> Result<Option<Screenshot>, Fault> {
    let Some(upload) = uploads::several(&app.pool, account, &[id]).await?.pop() else { return Ok(None) };
    let (Some(key), Some(media_type)) =
        (key(app, account, &upload).await?, picture::known(&upload.media_type))
    else {
        return Ok(None);
    };
    let bytes = content(app, account, key, id).await?;
    Ok(bytes.map(|bytes| Screenshot { media_type, bytes }))
}
