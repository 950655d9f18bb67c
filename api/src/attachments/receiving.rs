//! Receiving an upload: recognised, named, sealed and kept for its uploader.

use domain::id::{AccountId, AttachmentId};
use domain::session::intake::{MAX_FILE_NAME, plain_file_name};
use domain::stored_event::Subject;
use event_store::FileKey;
use projections::uploads::{self, Upload};

use super::kept::{About, place, seal_about, seal_content};
use super::picture::{self, NoPicture};
use super::{Fault, WAITS};
use crate::app::App;
use crate::auth::Identity;
use crate::commands::redacting::Redacting;

/// Most files of a member that wait for a session.
const MOST_WAITING: i64 = 50;

/// A file that was kept.
pub struct Received {
    /// Its id: `startSession` takes it.
    pub id: AttachmentId,
    /// As the person named it, without secrets.
    pub file_name: String,
    /// Found from its content.
    pub media_type: &'static str,
    /// Its size.
    pub size_bytes: usize,
}

/// A file was not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    /// It is no picture that could be shown.
    #[error(transparent)]
    NoPicture(#[from] NoPicture),
    /// The uploader has not used what they uploaded before.
    #[error(
        "{MOST_WAITING} of your uploads wait for a session: start sessions with them, or wait until they expire."
    )]
    TooManyWaiting,
    /// It could not be kept just now.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps a file for its uploader.
pub async fn receive(
    app: &App,
    me: &Identity,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<Received, NotReceived> {
    let media_type = picture::media_type(&bytes)?;
    let waiting = uploads::waiting_of(&app.pool, me.account, me.caller.user, app.clock.now() - WAITS).await;
    if waiting.map_err(Fault::from)? >= MOST_WAITING {
        return Err(NotReceived::TooManyWaiting);
    }
    let id = AttachmentId::fresh(&*app.ids);
    let mut redacting = Redacting::of_nothing_kept(app, me.account);
    let file_name = redacting.text(&plain_file_name(file_name)).await;
    // A placeholder may be longer than what it stands for.
    let file_name = file_name.chars().take(MAX_FILE_NAME).collect();
    let about = About { file_name, redactions: redacting.found() };
    let size_bytes = bytes.len();
    let member = app.store.prepare_subject(me.account, Subject::Member(me.caller.user.0)).await;
    let member = member.map_err(Fault::from)?;
    let (key, sealed) = seal_content(FileKey::generate(id.0), bytes).await;
    let upload = Upload {
        id,
        uploader: me.caller.user,
        media_type: media_type.to_owned(),
        size_bytes: size_bytes as u64,
        about: seal_about(&key, &about),
        file_key: key.wrapped(&member),
        command: None,
        session: None,
        uploaded_at: app.clock.now(),
    };
    // Noted first: should the bytes not come to lie there, or nobody hear of it, then it expires like any other.
    uploads::keep(&app.pool, me.account, &upload).await.map_err(Fault::from)?;
    app.settings.files.keep(&place(me.account, id), sealed).await.map_err(Fault::from)?;
    Ok(Received { id, file_name: about.file_name, media_type, size_bytes })
}

/// Removes an upload that no session took: first its bytes, so that a failure in between leaves what is removed again.
pub async fn remove(app: &App, account: AccountId, id: AttachmentId) -> Result<(), Fault> {
    app.settings.files.remove(&place(account, id)).await?;
    Ok(uploads::forget(&app.background, account, id).await?)
}
