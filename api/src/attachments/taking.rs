//! A session takes uploads: reserved for the command that starts it, then the session's for good.
//!
//! The reservation names the command and not the session, because the log decides which session a command has started. What
//! a crash leaves reserved is settled later by asking the log.

use domain::id::{AccountId, AttachmentId, CommandId, SessionId};
use domain::redaction::{self, RedactionCount};
use domain::refusal::RefusalCode;
use domain::session::intake::AttachmentRef;
use domain::session::view::SessionView;
use domain::stored_event::Subject;
use event_store::error::StoreError;
use event_store::executor::Committed;
use event_store::log::Until;
use projections::uploads::{self, Claim, Upload};

use super::kept::{key, open_about};
use super::{Fault, WAITS};
use crate::app::App;
use crate::auth::Identity;
use crate::commands::{CommandError, Refusal};

/// Uploads that are reserved for a command.
#[derive(Default)]
pub struct Reserved {
    /// As the session's intake names them, in the order asked for.
    pub attachments: Vec<AttachmentRef>,
    /// What was replaced in their names.
    pub redactions: Vec<RedactionCount>,
}

/// Uploads can't be had.
#[derive(Debug, thiserror::Error)]
pub enum NotReserved {
    /// One of them is not there for the caller, or not any more.
    #[error("refused")]
    Refused(Refusal),
    /// It could not be done just now.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Reserves uploads of the caller for a command: all or none.
pub async fn reserve(
    app: &App,
    me: &Identity,
    ids: &[AttachmentId],
    command: CommandId,
) -> Result<Reserved, NotReserved> {
    if ids.is_empty() {
        return Ok(Reserved::default());
    }
    let claim = Claim { uploader: me.caller.user, since: app.clock.now() - WAITS, command };
    let claimed = uploads::claim(&app.pool, me.account, claim, ids).await.map_err(Fault::from)?;
    let told = told(app, me.account, ids, &claimed).await;
    if told.is_err() && !claimed.is_empty() {
        uploads::release(&app.pool, me.account, command, ids).await.map_err(Fault::from)?;
    }
    told
}

/// What the intake says of them, in the order asked for.
async fn told(
    app: &App,
    account: AccountId,
    ids: &[AttachmentId],
    claimed: &[Upload],
) -> Result<Reserved, NotReserved> {
    let mut reserved = Reserved::default();
    for id in ids {
        let Some(upload) = claimed.iter().find(|upload| upload.id == *id) else {
            return Err(NotReserved::Refused(unknown()));
        };
        let opened = key(app, account, upload).await.map_err(Fault::from)?;
        let about = open_about(&opened.ok_or_else(|| NotReserved::Refused(unknown()))?, upload);
        let about = about.map_err(Fault::from)?;
        redaction::merge(&mut reserved.redactions, &about.redactions);
        reserved.attachments.push(AttachmentRef {
            id: *id,
            file_name: about.file_name.into(),
            media_type: upload.media_type.clone(),
            size_bytes: upload.size_bytes,
        });
    }
    Ok(reserved)
}

/// There is none, none for this caller, or none any more: the three read the same.
pub fn unknown() -> Refusal {
    Refusal::new(
        RefusalCode::InvalidInput,
        "One of these attachments is not there: it is not yours, a session has taken it, or it has expired. Upload it again.",
        &["attachmentIds"],
    )
}

/// What became of the command decides what becomes of its uploads. Where that is not known, or they can't be written now,
/// they stay reserved until the log is asked.
pub async fn conclude(
    app: &App,
    account: AccountId,
    ids: &[AttachmentId],
    command: CommandId,
    outcome: &Result<Committed, CommandError>,
) {
    let concluded = match outcome {
        _ if ids.is_empty() => Ok(()),
        Ok(committed) => settle_all(app, account, ids, SessionId(committed.aggregate)).await,
        Err(CommandError::Refused(_)) => {
            uploads::release(&app.pool, account, command, ids).await.map_err(Fault::from)
        }
        Err(CommandError::Store(_)) => Ok(()),
    };
    if let Err(error) = concluded {
        tracing::warn!(error = %error, "attachments stay reserved until they are looked after");
    }
}

async fn settle_all(
    app: &App,
    account: AccountId,
    ids: &[AttachmentId],
    session: SessionId,
) -> Result<(), Fault> {
    for upload in uploads::several(&app.pool, account, ids).await? {
        settle(app, account, &upload, session).await?;
    }
    Ok(())
}

/// An upload is the session's: the session's data key wraps its key from now on. Doing it again changes nothing.
pub async fn settle(app: &App, account: AccountId, upload: &Upload, session: SessionId) -> Result<(), Fault> {
    if upload.session.is_some() {
        return Ok(());
    }
    let by = app.store.prepare_subject(account, Subject::Session(session.0)).await?;
    let Some(key) = key(app, account, upload).await?.filter(|_| by.is_stored()) else { return Ok(()) };
    uploads::settle(&app.pool, account, upload.id, session, &key.wrapped(&by)).await?;
    Ok(())
}

/// The session that the log says has taken an upload which is only reserved.
pub async fn taken_by(
    app: &App,
    account: AccountId,
    upload: &Upload,
) -> Result<Option<SessionId>, StoreError> {
    let Some(command) = upload.command else { return Ok(None) };
    let Some(id) = app.store.carried_out_on(account, command).await? else { return Ok(None) };
    let events = app.store.log().stream_of(account, "session", id, Until::Now).await?;
    let view = SessionView::fold(&events)?;
    Ok(view.filter(|view| view.intake.attachments.iter().any(|it| it.id == upload.id)).map(|view| view.id))
}
