//! `createTeam` and `configureTeam`.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::account::Team;
use domain::account::command::AccountAct;
use domain::id::TeamId;

use super::account::{About, AccountPayload, Outcome, administrator, settle};
use super::{envelope, failed};
use crate::auth::Identity;
use crate::commands::Refusal;
use crate::commands::accounts::account;
use crate::commands::redacting::{Redacting, bounded, within};
use crate::graphql::error::Code;
use crate::graphql::request::{app, identity};
use crate::graphql::scalar::parse_id;

/// The part of the mutation root that keeps teams.
#[derive(Default)]
pub struct TeamCommands;

#[Object]
impl TeamCommands {
    /// Makes a team. For owners and super admins.
    async fn create_team(&self, ctx: &Context<'_>, input: CreateTeamInput) -> Result<AccountPayload> {
        let outcome = create(ctx, input).await?;
        AccountPayload::of(ctx, outcome).await
    }

    /// Changes a team's name or its context. For owners and the team's own admins; super admins may change its name.
    async fn configure_team(&self, ctx: &Context<'_>, input: ConfigureTeamInput) -> Result<AccountPayload> {
        let outcome = configure(ctx, input).await?;
        AccountPayload::of(ctx, outcome).await
    }
}

/// A team to make.
#[derive(InputObject)]
pub struct CreateTeamInput {
    /// Its name, 1 to 255 characters, that no other team of the account has.
    name: String,
    /// Any UUID: the same key with the same input makes one team only.
    idempotency_key: Option<ID>,
}

/// What is to change; what is null stays as it is.
#[derive(InputObject)]
pub struct ConfigureTeamInput {
    /// The team.
    team_id: ID,
    /// Its name, 1 to 255 characters, that no other team of the account has.
    name: Option<String>,
    /// What the assistant may rely on in the team's sessions: client configuration, naming conventions; up to 4,000
    /// characters. A blank one is none. Secrets in it are replaced before it is stored.
    context: Option<String>,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

async fn create(ctx: &Context<'_>, input: CreateTeamInput) -> Result<Outcome> {
    let me = administrator(ctx)?;
    let envelope = match envelope(ctx, "createTeam", &input, input.idempotency_key.as_ref(), None)? {
        Ok(envelope) => envelope,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let team = TeamId(envelope.makes(me.account, "team"));
    let act = AccountAct::CreateTeam { team, name: input.name };
    let command = envelope.command;
    settle(ctx, account(app(ctx)?, me, act, envelope, None).await, About::Team(team), command).await
}

async fn configure(ctx: &Context<'_>, input: ConfigureTeamInput) -> Result<Outcome> {
    let (app, me) = (app(ctx)?, keeper(ctx, input.context.is_some())?);
    let sealed = envelope(ctx, "configureTeam", &input, input.idempotency_key.as_ref(), None)?;
    let parsed = sealed.and_then(|envelope| {
        bounded(&[(input.name.as_deref(), &["name"])])?;
        within(&[(input.context.as_deref(), Team::CONTEXT, &["context"])])?;
        let unknown = || Refusal::not_found("team", &["teamId"]);
        Ok((parse_id(&input.team_id).map(TeamId).ok_or_else(unknown)?, envelope))
    });
    let (team, envelope) = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (context, key) = match &input.context {
        None => (None, None),
        Some(text) => {
            let redacting = Redacting::of_account(app, me.account).await;
            let (mut redacting, key) = redacting.map_err(|error| failed(&error))?;
            (Some(redacting.personal(text).await), Some(key))
        }
    };
    let act = AccountAct::ConfigureTeam { team, name: input.name, context };
    let command = envelope.command;
    settle(ctx, account(app, me, act, envelope, key).await, About::Team(team), command).await
}

/// Whose role may configure teams at all (rule 11.2); whether it is their own is the account's to say.
fn keeper<'a>(ctx: &Context<'a>, with_context: bool) -> Result<&'a Identity> {
    let me = identity(ctx)?;
    let role = me.caller.role;
    if role.publishes_flows() || role.administers_account() && !with_context {
        Ok(me)
    } else {
        Err(Code::Forbidden.error("Teams are configured by their admins and by owners."))
    }
}
