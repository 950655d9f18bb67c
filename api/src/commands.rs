//! Commands from outside: who gives them, under which key, with what metadata, and how a refusal looks.

pub mod accounts;
pub mod escalating;
pub mod flows;
pub mod proposals;
pub mod redacting;
pub mod scripts;
pub mod waiting;

use std::time::Duration;

use domain::access::By;
use domain::id::{AccountId, CommandId, CorrelationId, SessionId};
use domain::metadata::Actor;
use domain::refusal::RefusalCode;
use domain::session::Session;
use domain::session::command::{SessionAct, SessionCommand};
use domain::session::error::SessionError;
use domain::session::view::SessionView;
use event_store::error::{ExecuteError, StoreError};
use event_store::executor::{CommandContext, Committed};
use event_store::log::Until;
use event_store::sealing::PreparedKey;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Identity;

/// A refused command, as the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people: a sentence that helps.
    pub message: String,
    /// The input field that it is about.
    pub path: Vec<String>,
    /// With VERSION_CONFLICT: the version that the aggregate has now.
    pub current_version: Option<u64>,
    /// With RATE_LIMITED: when to come back.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal about an input field.
    pub fn new(code: RefusalCode, message: impl Into<String>, path: &[&str]) -> Self {
        Self {
            code,
            message: message.into(),
            path: path.iter().map(|&part| part.to_owned()).collect(),
            current_version: None,
            retry_after: None,
        }
    }

    /// Too many requests in a short time.
    pub fn rate_limited(message: &str, after: Duration) -> Self {
        Self { retry_after: Some(after), ..Self::new(RefusalCode::RateLimited, message, &[]) }
    }

    /// There is none, or none for this caller: the two read the same.
    pub fn not_found(what: &str, path: &[&str]) -> Self {
        Self::new(RefusalCode::NotFound, format!("There is no such {what}."), path)
    }
}

/// A command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller can act on it.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The store could not do it now; nothing is lost, and the same command id may be sent again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a command brings from outside besides itself.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Its id: the caller's idempotency key, or a fresh one.
    pub command: CommandId,
    /// A digest of the whole input.
    pub input_hash: [u8; 32],
    /// The version that the caller has seen.
    pub expected_version: Option<u64>,
}

impl Envelope {
    /// An envelope for an input under the caller's key. An unusable key or version is refused.
    pub fn seal(
        app: &App,
        me: &Identity,
        mutation: &str,
        input: &str,
        key: Option<&str>,
        expected_version: Option<i32>,
    ) -> Result<Self, Refusal> {
        let command = match key {
            None => CommandId::fresh(&*app.ids),
            Some(key) => key.parse().map_err(|_| {
                Refusal::new(
                    RefusalCode::InvalidInput,
                    "The idempotency key has to be a UUID.",
                    &["idempotencyKey"],
                )
            })?,
        };
        let expected_version = expected_version
            .map(|version| {
                u64::try_from(version).map_err(|_| {
                    Refusal::new(
                        RefusalCode::InvalidInput,
                        "A version is never negative.",
                        &["expectedVersion"],
                    )
                })
            })
            .transpose()?;
        Ok(Self {
            command,
            input_hash: digest(&[mutation, &me.caller.user.to_string(), input]),
            expected_version,
        })
    }

    /// The id of what this command makes: the same command makes the same. Keys are an account's own, so that two accounts
    /// make two things under one key.
    pub fn makes(&self, account: AccountId, what: &str) -> Uuid {
        Uuid::new_v5(&account.0, format!("{what}/{}", self.command).as_bytes())
    }
}

/// A digest of texts, in which no two lists of texts look the same.
pub fn digest(texts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// A session's command by a member.
pub async fn session(
    app: &App,
    me: &Identity,
    id: SessionId,
    act: SessionAct,
    envelope: Envelope,
) -> Result<Committed, CommandError> {
    session_with(app, me, id, act, envelope, None).await
}

/// The same for a new session, with the key that its content was redacted under.
pub async fn session_with(
    app: &App,
    me: &Identity,
    id: SessionId,
    act: SessionAct,
    envelope: Envelope,
    key: Option<PreparedKey>,
) -> Result<Committed, CommandError> {
    let context = CommandContext {
        expected_version: envelope.expected_version,
        correlation: CorrelationId(envelope.command.0),
        is_new: matches!(act, SessionAct::Start(_)),
        keys: key.into_iter().collect(),
        ..CommandContext::new(me.account, Actor::User(me.caller.user), envelope.command, envelope.input_hash)
    };
    let command = SessionCommand { by: By::Member(me.caller.clone()), act };
    match app.store.execute_with::<Session, _>(id.0, command, context, noted_at).await {
        Ok(committed) => Ok(committed),
        // The version of a session that the caller may not see is not theirs to know.
        Err(ExecuteError::VersionConflict { .. }) if !is_visible(app, me, id).await? => {
            Err(session_refusal(SessionError::NotFound).into())
        }
        Err(error) => Err(refused(error, session_refusal)),
    }
}

/// What came of the same command on a session before, for those who must know before they prepare it.
pub async fn earlier_session(
    app: &App,
    me: &Identity,
    envelope: &Envelope,
) -> Result<Option<Committed>, CommandError> {
    let (command, input_hash) = (envelope.command, envelope.input_hash);
    let context = CommandContext::new(me.account, Actor::User(me.caller.user), command, input_hash);
    app.store.earlier(&context).await.map_err(|error| refused(error, session_refusal))
}

/// Whether there is such a session for this caller, by the log itself.
async fn is_visible(app: &App, me: &Identity, id: SessionId) -> Result<bool, StoreError> {
    let events = app.store.log().stream_of(me.account, "session", id.0, Until::Now).await?;
    Ok(SessionView::fold(&events)?.is_some_and(|view| view.visible_to(&me.caller)))
}

/// An identical answer again changes nothing: its position is the first one's.
fn noted_at(session: &Session, command: &SessionCommand) -> Option<u64> {
    session.repeated_answer(command).map(|repeated| repeated.version)
}

/// What the executor said, for the caller.
pub fn refused<E>(error: ExecuteError<E>, domain: impl FnOnce(E) -> Refusal) -> CommandError {
    match error {
        ExecuteError::Domain(error) => domain(error).into(),
        ExecuteError::KeyReused => Refusal::new(
            RefusalCode::IdempotencyKeyReused,
            "This idempotency key was used for another input. Take a new key for a new command.",
            &["idempotencyKey"],
        )
        .into(),
        ExecuteError::VersionConflict { current } => Refusal {
            current_version: Some(current),
            ..Refusal::new(
                RefusalCode::VersionConflict,
                format!("It has moved on to version {current}. Read it again and decide anew."),
                &["expectedVersion"],
            )
        }
        .into(),
        ExecuteError::Store(StoreError::Unstorable) => Refusal::new(
            RefusalCode::InvalidInput,
            "The text holds the character U+0000, which cannot be stored.",
            &[],
        )
        .into(),
        ExecuteError::Store(error) => error.into(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what becomes of the error")]
fn session_refusal(error: SessionError) -> Refusal {
    Refusal::new(error.code(), error.to_string(), error.path())
}
