//! Secrets go before anything is stored: every text from outside passes here (rule 2.2).

use domain::id::{AccountId, SessionId};
use domain::personal::Personal;
use domain::redaction::{self, RedactionCount, Redactor};
use domain::session::intake::RedactionTally;
use domain::stored_event::Subject;
use event_store::error::StoreError;
use event_store::sealing::PreparedKey;

use crate::app::App;

/// Redacts the texts of one command, and counts what was replaced.
pub struct Redacting {
    redactor: Redactor,
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

    fn with(key: &PreparedKey) -> Self {
        Self { redactor: Redactor::new(&key.redaction_key()), found: Vec::new() }
    }

    /// The text without its secrets.
    pub fn text(&mut self, text: &str) -> String {
        let redacted = self.redactor.redact(text);
        redaction::merge(&mut self.found, &redacted.found);
        redacted.text
    }

    /// The same, marked as personal.
    pub fn personal(&mut self, text: &str) -> Personal<String> {
        self.text(text).into()
    }

    /// What was replaced so far, by kind.
    pub fn tallies(&self) -> Vec<RedactionTally> {
        self.found
            .iter()
            .map(|found| RedactionTally { kind: found.kind.as_str().to_owned(), count: found.count })
            .collect()
    }
}
