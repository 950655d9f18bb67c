//! Commands on the caller's account: its settings, its teams, its people.

use domain::access::By;
use domain::account::Account;
use domain::account::command::{AccountAct, AccountCommand};
use domain::account::error::AccountError;
use domain::id::CorrelationId;
use domain::metadata::Actor;
use event_store::executor::{CommandContext, Committed};
use event_store::sealing::PreparedKey;

use super::{CommandError, Envelope, Refusal, refused};
use crate::app::App;
use crate::auth::Identity;

/// An account's command by one of its members, with the key that its content was redacted under.
pub async fn account(
    app: &App,
    me: &Identity,
    act: AccountAct,
    envelope: Envelope,
    key: Option<PreparedKey>,
) -> Result<Committed, CommandError> {
    let context = CommandContext {
        expected_version: envelope.expected_version,
        correlation: CorrelationId(envelope.command.0),
        keys: key.into_iter().collect(),
        ..CommandContext::new(me.account, Actor::User(me.caller.user), envelope.command, envelope.input_hash)
    };
    let command = AccountCommand { by: By::Member(me.caller.clone()), act };
    let committed = app.store.execute::<Account>(me.account.0, command, context).await;
    committed.map_err(|error| refused(error, account_refusal))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what becomes of the error")]
fn account_refusal(error: AccountError) -> Refusal {
    Refusal::new(error.code(), error.to_string(), error.path())
}
