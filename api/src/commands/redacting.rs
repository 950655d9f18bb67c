//! Secrets go before anything is stored: every text from outside passes here (rule 2.2).

use std::sync::Arc;

use domain::id::{AccountId, SessionId};
use domain::input::{Length, Path};
use domain::personal::Personal;
use domain::redaction::{self, RedactionCount, Redactor};
use domain::refusal::RefusalCode;
use domain::session::intake::RedactionTally;
use domain::stored_event::Subject;
use event_store::error::StoreError;
use event_store::sealing::PreparedKey;

use crate::app::App;
use crate::commands::Refusal;

/// Texts up to so many bytes are redacted in well under a millisecond.
const SHORT: usize = 4 * 1024;
/// No text but an intake's log may be longer than this, in bytes, whatever its own bound in characters.
const LONGEST: usize = 128 * 1024;

/// Refuses what is far too long before any work is put into it; the domain holds each text against its own bound.
pub fn bounded(texts: &[(Option<&str>, &[&str])]) -> Result<(), Refusal> {
    match texts.iter().find(|(text, _)| text.is_some_and(|text| text.len() > LONGEST)) {
        Some((_, path)) => Err(Refusal::new(RefusalCode::InvalidInput, "The text is too long.", path)),
        None => Ok(()),
    }
}

/// Refuses what is longer than it may be as it was written: what stands in the place of a secret has another length, so the
/// domain, which sees that alone, can't tell.
pub fn within(texts: &[(Option<&str>, Length, Path)]) -> Result<(), Refusal> {
    for (text, length, path) in texts {
        if let Err(invalid) = text.map_or(Ok(()), |text| length.admits(text, path)) {
            return Err(Refusal::new(RefusalCode::InvalidInput, invalid.to_string(), invalid.path));
        }
    }
    Ok(())
}

/// Redacts the texts of one command, and counts what was replaced.
#[derive(Clone)]
pub struct Redacting {
    redactor: Arc<Redactor>,
    found: Vec<RedactionCount>,
}

impl Redacting {
    /// For a new session: its key is made now, and stored with its first event.
    pub fn of_new_session(app: &App, account: AccountId, session: SessionId) -> (Self, PreparedKey) {
        let key = app.store.fresh_subject(account, Subject::Session(session.0));
        (Self::with(&key), key)
    }

    /// For a session that there is, or may be: a key that turns out to be new is never stored, for the command is refused.
    pub async fn of_session(app: &App, account: AccountId, session: SessionId) -> Result<Self, StoreError> {
        match app.store.prepare_subject(account, Subject::Session(session.0)).await {
            Ok(key) => Ok(Self::with(&key)),
            // Another account's session: the command will find that there is none.
            Err(StoreError::ForeignKey(_)) => {
                Ok(Self::with(&app.store.fresh_subject(account, Subject::Session(session.0))))
            }
            Err(error) => Err(error),
        }
    }

    /// For what is kept with the account itself: its key is stored with the first event that it seals.
    pub async fn of_account(app: &App, account: AccountId) -> Result<(Self, PreparedKey), StoreError> {
        let key = app.store.prepare_subject(account, Subject::Account(account.0)).await?;
        Ok((Self::with(&key), key))
    }

    /// For texts that are only looked through for secrets.
    pub fn of_nothing_kept(app: &App, account: AccountId) -> Self {
        Self::with(&app.store.fresh_subject(account, Subject::Account(account.0)))
    }

    fn with(key: &PreparedKey) -> Self {
        Self { redactor: Arc::new(Redactor::new(&key.redaction_key())), found: Vec::new() }
    }

    /// The text without its secrets. A long one is worked on beside the requests, which it would hold up.
    #[expect(clippy::missing_panics_doc, reason = "redaction is total: a property test holds it to that")]
    pub async fn text(&mut self, text: &str) -> String {
        let redacted = if text.len() <= SHORT {
            self.redactor.redact(text)
        } else {
            let (redactor, text) = (Arc::clone(&self.redactor), text.to_owned());
            tokio::task::spawn_blocking(move || redactor.redact(&text))
                .await
                .expect("invariant: redaction is total and never panics")
        };
        redaction::merge(&mut self.found, &redacted.found);
        redacted.text
    }

    /// Takes the secrets out of many texts, beside the requests, which they would hold up.
    #[expect(clippy::missing_panics_doc, reason = "redaction is total: a property test holds it to that")]
    pub async fn all(&mut self, texts: Vec<&mut String>) {
        let redactor = Arc::clone(&self.redactor);
        let written: Vec<_> = texts.iter().map(|text| (**text).clone()).collect();
        let redact = move || written.iter().map(|text| redactor.redact(text)).collect::<Vec<_>>();
        let redacted = tokio::task::spawn_blocking(redact)
            .await
            .expect("invariant: redaction is total and never panics");
        for (text, redacted) in texts.into_iter().zip(redacted) {
            redaction::merge(&mut self.found, &redacted.found);
            *text = redacted.text;
        }
    }

    /// A text without its secrets, marked as personal.
    pub async fn personal(&mut self, text: &str) -> Personal<String> {
        self.text(text).await.into()
    }

    /// The same where there may be none.
    pub async fn personal_if(&mut self, text: Option<&str>) -> Option<Personal<String>> {
        match text {
            Some(text) => Some(self.personal(text).await),
            None => None,
        }
    }

    /// What stands in the place of a text that is masked by hand.
    pub fn placeholder(&self, text: &str) -> String {
        self.redactor.manual_placeholder(text)
    }

    /// Counts what was replaced earlier in texts that come with the command.
    pub fn add(&mut self, earlier: &[RedactionCount]) {
        redaction::merge(&mut self.found, earlier);
    }

    /// What was replaced so far.
    pub fn found(&self) -> Vec<RedactionCount> {
        self.found.clone()
    }

    /// The same as events hold it.
    pub fn tallies(&self) -> Vec<RedactionTally> {
        self.found
            .iter()
            .map(|found| RedactionTally { kind: found.kind.as_str().to_owned(), count: found.count })
            .collect()
    }
}
