//! Uploaded files: whose they are, and which session has taken them. Not a read model: an upload is no event before a
//! session begins with it.

use chrono::{DateTime, Utc};
use domain::id::{AccountId, AttachmentId, CommandId, SessionId, UserId};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row};
use uuid::Uuid;

use crate::error::ProjectionError;

/// An uploaded file without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: AttachmentId,
    /// Who uploaded it.
    pub uploader: UserId,
    /// Found from its content.
    pub media_type: String,
    /// Its size.
    pub size_bytes: u64,
    /// What is told of it, sealed.
    pub about: Vec<u8>,
    /// Its key, wrapped: by the session's data key once there is a session, else by the uploader's.
    pub file_key: Vec<u8>,
    /// The command that was to start a session with it.
    pub command: Option<CommandId>,
    /// The session that has taken it.
    pub session: Option<SessionId>,
    /// When it came.
    pub uploaded_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, uploader, media_type, size_bytes, about, file_key, command, session, uploaded_at";

/// Keeps a new upload.
pub async fn keep(pool: &PgPool, account: AccountId, upload: &Upload) -> Result<(), ProjectionError> {
    sqlx::query(
        "INSERT INTO uploads (account, id, uploader, media_type, size_bytes, about, file_key, uploaded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(account.0)
    .bind(upload.id.0)
    .bind(upload.uploader.0)
    .bind(&upload.media_type)
    .bind(i64::try_from(upload.size_bytes).unwrap_or(i64::MAX))
    .bind(&upload.about)
    .bind(&upload.file_key)
    .bind(upload.uploaded_at)
    .execute(pool)
    .await?;
    Ok(())
}

/// How many files of a member that came after `since` wait for a session.
pub async fn waiting_of(
    pool: &PgPool,
    account: AccountId,
    uploader: UserId,
    since: DateTime<Utc>,
) -> Result<i64, ProjectionError> {
    let query = "SELECT count(*) FROM uploads
         WHERE account = $1 AND uploader = $2 AND session IS NULL AND uploaded_at > $3";
    Ok(sqlx::query_scalar(query).bind(account.0).bind(uploader.0).bind(since).fetch_one(pool).await?)
}

/// The uploads of these ids, in no order.
pub async fn several(
    pool: &PgPool,
    account: AccountId,
    ids: &[AttachmentId],
) -> Result<Vec<Upload>, ProjectionError> {
    let sql = format!("SELECT {COLUMNS} FROM uploads WHERE account = $1 AND id = ANY($2)");
    Ok(sqlx::query_as(&sql).bind(account.0).bind(plain(ids)).fetch_all(pool).await?)
}

/// Who wants to begin a session with uploads, by which command.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Only their uploads can be had,
    pub uploader: UserId,
    /// only those that came after this,
    pub since: DateTime<Utc>,
    /// and only for one command.
    pub command: CommandId,
}

/// Reserves all of these uploads for a command, or none: they are not the caller's, too old, taken, or reserved for
/// another command. The same command may claim them again, even when its session has them.
pub async fn claim(
    pool: &PgPool,
    account: AccountId,
    claim: Claim,
    ids: &[AttachmentId],
) -> Result<Vec<Upload>, ProjectionError> {
    let sql = format!(
        "WITH free AS (
            SELECT id FROM uploads
             WHERE account = $1 AND id = ANY($2) AND uploader = $3 AND uploaded_at > $4
               AND (command = $5 OR command IS NULL AND session IS NULL)
             ORDER BY id
               FOR UPDATE)
         UPDATE uploads SET command = $5
          WHERE account = $1 AND id IN (SELECT id FROM free)
            AND (SELECT count(*) FROM free) = cardinality($2::uuid[])
         RETURNING {COLUMNS}"
    );
    Ok(sqlx::query_as(&sql)
        .bind(account.0)
        .bind(plain(ids))
        .bind(claim.uploader.0)
        .bind(claim.since)
        .bind(claim.command.0)
        .fetch_all(pool)
        .await?)
}

/// Gives back what a command reserved that was not carried out.
pub async fn release(
    pool: &PgPool,
    account: AccountId,
    command: CommandId,
    ids: &[AttachmentId],
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE uploads SET command = NULL
          WHERE account = $1 AND id = ANY($2) AND command = $3 AND session IS NULL",
    )
    .bind(account.0)
    .bind(plain(ids))
    .bind(command.0)
    .execute(pool)
    .await?;
    Ok(())
}

/// The session has taken an upload; its key is wrapped by the session's data key from now on.
pub async fn settle(
    pool: &PgPool,
    account: AccountId,
    id: AttachmentId,
    session: SessionId,
    file_key: &[u8],
) -> Result<(), ProjectionError> {
    sqlx::query(
        "UPDATE uploads SET session = $3, file_key = $4 WHERE account = $1 AND id = $2 AND session IS NULL",
    )
    .bind(account.0)
    .bind(id.0)
    .bind(session.0)
    .bind(file_key)
    .execute(pool)
    .await?;
    Ok(())
}

/// Uploads that no session is known to have taken: those reserved for a command, and all that came before `limit`; a page
/// after the one given.
pub async fn unsettled(
    pool: &PgPool,
    account: AccountId,
    limit: DateTime<Utc>,
    after: Option<AttachmentId>,
    most: i64,
) -> Result<Vec<Upload>, ProjectionError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM uploads
          WHERE account = $1 AND session IS NULL AND (command IS NOT NULL OR uploaded_at <= $2) AND id > $3
          ORDER BY id LIMIT $4"
    );
    let after = after.map_or(Uuid::nil(), |id| id.0);
    Ok(sqlx::query_as(&sql).bind(account.0).bind(limit).bind(after).bind(most).fetch_all(pool).await?)
}

/// Forgets an upload that no session took: with its key, whatever is left of its bytes becomes unreadable.
pub async fn forget(pool: &PgPool, account: AccountId, id: AttachmentId) -> Result<(), ProjectionError> {
    sqlx::query("DELETE FROM uploads WHERE account = $1 AND id = $2 AND session IS NULL")
        .bind(account.0)
        .bind(id.0)
        .execute(pool)
        .await?;
    Ok(())
}

fn plain(ids: &[AttachmentId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}

impl<'r> FromRow<'r, PgRow> for Upload {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let size: i64 = row.try_get("size_bytes")?;
        Ok(Self {
            id: AttachmentId(row.try_get("id")?),
            uploader: UserId(row.try_get("uploader")?),
            media_type: row.try_get("media_type")?,
            size_bytes: u64::try_from(size).unwrap_or(0),
            about: row.try_get("about")?,
            file_key: row.try_get("file_key")?,
            command: row.try_get::<Option<Uuid>, _>("command")?.map(CommandId),
            session: row.try_get::<Option<Uuid>, _>("session")?.map(SessionId),
            uploaded_at: row.try_get("uploaded_at")?,
        })
    }
}
