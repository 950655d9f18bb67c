//! What a session began with. Its two long texts are read only when they are asked for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Object, Result, SimpleObject};
use domain::id::{AccountId, SessionId};
use domain::session::view::{AttachmentView, IntakeContent, SessionView};
use projections::sessions::queries;
use sqlx::PgPool;

use crate::graphql::request::read_failed;
use crate::graphql::scalar::{Id, clamp_count};
use crate::graphql::vocabulary::IntakeType;
use crate::http::attachments::url;

/// What a session began with, without its secrets.
pub struct Intake(pub(super) Arc<SessionView>);

/// What a session began with, without its secrets.
#[Object]
impl Intake {
    /// How it came in.
    #[graphql(name = "type")]
    async fn kind(&self) -> IntakeType {
        self.0.intake.kind.into()
    }

    /// The engineer's or customer's words.
    async fn text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.content(ctx).await?.text.clone())
    }

    /// A pasted log.
    async fn log_content(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.content(ctx).await?.log.clone())
    }

    /// Its files.
    async fn attachments(&self) -> Vec<Attachment> {
        self.0.intake.attachments.iter().map(Attachment::from).collect()
    }

    /// How many secrets of which kind were replaced in the session.
    async fn redactions(&self) -> Vec<Redaction> {
        let all = self.0.redactions.iter();
        all.map(|it| Redaction { kind: it.kind.clone(), count: clamp_count(it.count) }).collect()
    }
}

impl Intake {
    /// A session folded just now has its texts with it; a stored one has them apart.
    async fn content(&self, ctx: &Context<'_>) -> Result<Cow<'_, IntakeContent>> {
        if let Some(content) = &self.0.intake.content {
            return Ok(Cow::Borrowed(content));
        }
        let found = ctx.data::<DataLoader<IntakeLoader>>()?.load_one(self.0.id).await;
        Ok(Cow::Owned(found.map_err(|error| read_failed(&*error))?.unwrap_or_default()))
    }
}

/// A file that came with the intake.
#[derive(SimpleObject)]
pub struct Attachment {
    /// Its id.
    id: Id,
    /// As the person named it.
    file_name: String,
    /// Found from its content, e.g. `image/png`.
    media_type: String,
    /// Its size.
    size_bytes: i32,
    /// Where it is, on this server: fetched with the same token.
    url: String,
}

impl From<&AttachmentView> for Attachment {
    fn from(view: &AttachmentView) -> Self {
        Self {
            id: view.id.into(),
            file_name: view.file_name.clone(),
            media_type: view.media_type.clone(),
            size_bytes: clamp_count(view.size_bytes),
            url: url(view.id),
        }
    }
}

/// Secrets of one kind, replaced by placeholders before anything was stored.
#[derive(SimpleObject)]
pub struct Redaction {
    /// The kind, e.g. `password`.
    kind: String,
    /// How many.
    count: i32,
}

/// Loads the long texts of the intakes that one request shows, at once.
pub struct IntakeLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<SessionId> for IntakeLoader {
    type Value = IntakeContent;
    type Error = Arc<projections::error::ProjectionError>;

    async fn load(&self, ids: &[SessionId]) -> Result<HashMap<SessionId, IntakeContent>, Self::Error> {
        let found = queries::intake_contents(&self.pool, self.account, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().collect())
    }
}
