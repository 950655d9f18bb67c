//! `addMember`, `changeMemberRole` and `removeMember`.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::account::command::{AccountAct, AddMember};
use domain::id::{TeamId, UserId};
use domain::refusal::RefusalCode;

use super::account::{About, AccountPayload, Outcome, administrator, settle};
use super::envelope;
use crate::commands::accounts::account;
use crate::commands::redacting::bounded;
use crate::commands::{Envelope, Refusal};
use crate::graphql::request::{app, identity};
use crate::graphql::scalar::parse_id;
use crate::graphql::vocabulary::Role;

/// The part of the mutation root that keeps members.
#[derive(Default)]
pub struct MemberCommands;

#[Object]
impl MemberCommands {
    /// Adds a member. For owners and super admins; only super admins make super admins.
    async fn add_member(&self, ctx: &Context<'_>, input: AddMemberInput) -> Result<AccountPayload> {
        let outcome = add(ctx, input).await?;
        AccountPayload::of(ctx, outcome).await
    }

    /// Gives a member another role, or other teams. For owners and super admins; an account keeps at least one owner.
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        input: ChangeMemberRoleInput,
    ) -> Result<AccountPayload> {
        let outcome = change_role(ctx, input).await?;
        AccountPayload::of(ctx, outcome).await
    }

    /// Lets a member go: their tokens open nothing any more, and escalations that name them open to their team. For owners
    /// and super admins; an account keeps at least one owner.
    async fn remove_member(&self, ctx: &Context<'_>, input: RemoveMemberInput) -> Result<AccountPayload> {
        let outcome = remove(ctx, input).await?;
        AccountPayload::of(ctx, outcome).await
    }
}

/// Somebody who joins.
#[derive(InputObject)]
pub struct AddMemberInput {
    /// Their name, 1 to 255 characters.
    display_name: String,
    /// Their e-mail address, that no other active member of the account has.
    email: String,
    /// Their role.
    role: Role,
    /// Their teams.
    team_ids: Option<Vec<ID>>,
    /// Any UUID: the same key with the same input adds one member only.
    idempotency_key: Option<ID>,
}

/// A member and what they may do from now on.
#[derive(InputObject)]
pub struct ChangeMemberRoleInput {
    /// The member.
    user_id: ID,
    /// Their role.
    role: Role,
    /// Their teams; as they are if null.
    team_ids: Option<Vec<ID>>,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

/// A member who leaves.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// The member.
    user_id: ID,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

type Parsed<T> = std::result::Result<T, Refusal>;

async fn add(ctx: &Context<'_>, input: AddMemberInput) -> Result<Outcome> {
    let account = identity(ctx)?.account;
    let sealed = envelope(ctx, "addMember", &input, input.idempotency_key.as_ref(), None)?;
    let act = |envelope: &Envelope| {
        bounded(&[
            (Some(input.display_name.as_str()), &["displayName"]),
            (Some(input.email.as_str()), &["email"]),
        ])?;
        let user = UserId(envelope.makes(account, "member"));
        let member = AddMember {
            user,
            display_name: input.display_name.into(),
            email: input.email.into(),
            role: input.role.into(),
            teams: teams(input.team_ids)?.unwrap_or_default(),
        };
        Ok((user, AccountAct::AddMember(member)))
    };
    give(ctx, sealed, act).await
}

async fn change_role(ctx: &Context<'_>, input: ChangeMemberRoleInput) -> Result<Outcome> {
    let sealed = envelope(ctx, "changeMemberRole", &input, input.idempotency_key.as_ref(), None)?;
    let act = |_: &Envelope| {
        let user = user(&input.user_id)?;
        Ok((user, AccountAct::ChangeRole { user, role: input.role.into(), teams: teams(input.team_ids)? }))
    };
    give(ctx, sealed, act).await
}

async fn remove(ctx: &Context<'_>, input: RemoveMemberInput) -> Result<Outcome> {
    let sealed = envelope(ctx, "removeMember", &input, input.idempotency_key.as_ref(), None)?;
    let act = |_: &Envelope| {
        let user = user(&input.user_id)?;
        Ok((user, AccountAct::RemoveMember { user }))
    };
    give(ctx, sealed, act).await
}

/// Gives a command about one member.
async fn give(
    ctx: &Context<'_>,
    sealed: Parsed<Envelope>,
    act: impl FnOnce(&Envelope) -> Parsed<(UserId, AccountAct)> + Send,
) -> Result<Outcome> {
    let me = administrator(ctx)?;
    match sealed.and_then(|envelope| Ok((act(&envelope)?, envelope))) {
        Ok(((user, act), envelope)) => {
            let command = envelope.command;
            settle(ctx, account(app(ctx)?, me, act, envelope, None).await, About::User(user), command).await
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// A malformed id reads like an unknown one.
fn user(id: &ID) -> Parsed<UserId> {
    parse_id(id).map(UserId).ok_or_else(|| Refusal::not_found("member", &["userId"]))
}

fn teams(ids: Option<Vec<ID>>) -> Parsed<Option<Vec<TeamId>>> {
    let unknown = || Refusal::new(RefusalCode::InvalidInput, "The account has no such team.", &["teamIds"]);
    let team = |id: ID| parse_id(&id).map(TeamId).ok_or_else(unknown);
    ids.map(|ids| ids.into_iter().map(team).collect()).transpose()
}
