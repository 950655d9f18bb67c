//! Keeps the prompts that models are sent: once an account and digest, sealed under the key of the session they are for.

use domain::assistant::prompt::{Prompt, PromptHash};
use domain::id::{AccountId, SessionId};
use domain::stored_event::Subject;
use event_store::error::StoreError;
use event_store::store::{EventStore, Place};
use projections::assistant_prompts::{self, KeptPrompt};
use serde_json::Value;

use super::WorkError;
use crate::app::App;

const KIND: &str = "assistant prompt";

/// Keeps a prompt. That it can't be kept is no reason to lose its answer.
pub(super) async fn remember(app: &App, account: AccountId, session: SessionId, prompt: &Prompt) {
    if let Err(error) = keep(app, account, session, prompt).await {
        tracing::warn!(session.id = %session, error = %error, "a prompt could not be kept");
    }
}

async fn keep(app: &App, account: AccountId, session: SessionId, prompt: &Prompt) -> Result<(), WorkError> {
    let hash = prompt.hash();
    if assistant_prompts::is_kept(&app.background, account, hash).await? {
        return Ok(());
    }
    let (place, plain) = (hash.to_string(), prompt.record().to_string());
    let place = Place { kind: KIND, name: &place };
    let subject = Subject::Session(session.0);
    // Without a key the session is erased, and nothing of it is kept any more.
    let Some(sealed) = app.store.seal_apart(account, subject, place, plain.as_bytes()).await? else {
        return Ok(());
    };
    let kept = KeptPrompt { session, sealed };
    assistant_prompts::keep(&app.background, account, hash, &kept, app.clock.now()).await?;
    Ok(())
}

/// A kept prompt as data; none if its session's key is gone.
pub async fn opened(
    store: &EventStore,
    account: AccountId,
    hash: PromptHash,
    kept: &KeptPrompt,
) -> Result<Option<Value>, StoreError> {
    let (subject, name) = (Subject::Session(kept.session.0), hash.to_string());
    let place = Place { kind: KIND, name: &name };
    let plain = store.open_apart(account, subject, place, &kept.sealed).await?;
    Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
}
