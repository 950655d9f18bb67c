//! `configureAccount`, and what all commands on an account give back.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::account::business_hours::BusinessHoursChange;
use domain::account::command::{AccountAct, Configure};
use domain::account::event::AccountEvent;
use domain::id::{AccountId, CommandId, TeamId, UserId};
use domain::recorded_event::Position as LogPosition;
use event_store::EventQuery;
use event_store::error::StoreError;
use event_store::executor::{self, Committed};
use event_store::log::Whose;
use projections::accounts;

use super::{envelope, failed, wants};
use crate::app::App;
use crate::auth::Identity;
use crate::commands::accounts::account;
use crate::commands::{CommandError, Refusal};
use crate::graphql::account::{Account, Team, User};
use crate::graphql::error::Code;
use crate::graphql::request::{app, fresh_to, identity};
use crate::graphql::scalar::Position;
use crate::graphql::user_error::UserError;

/// The part of the mutation root that configures accounts.
#[derive(Default)]
pub struct AccountCommands;

#[Object]
impl AccountCommands {
    /// Changes your account's name, zone, hours and settings. For owners and super admins.
    async fn configure_account(
        &self,
        ctx: &Context<'_>,
        input: ConfigureAccountInput,
    ) -> Result<AccountPayload> {
        let outcome = configure(ctx, input).await?;
        AccountPayload::of(ctx, outcome).await
    }
}

/// What is to change; what is null stays as it is.
#[derive(InputObject)]
pub struct ConfigureAccountInput {
    /// Its name, 1 to 255 characters.
    name: Option<String>,
    /// Its IANA time zone: days begin at midnight there.
    time_zone: Option<String>,
    /// Days of work, 1 for Monday to 7 for Sunday; an empty list alone drops the business hours.
    business_days: Option<Vec<i32>>,
    /// When work begins, as 08:30.
    business_start: Option<String>,
    /// When it ends, later on the same day.
    business_end: Option<String>,
    /// Calls to a model a day, 0 to 1,000,000.
    assistant_calls_per_day: Option<i32>,
    /// Generating calls of the flywheel a day, 0 to 10,000.
    proposals_per_day: Option<i32>,
    /// Assistant steps a session, 1 to 200; for sessions that are started from now on.
    step_limit: Option<i32>,
    /// Hours without activity until a session counts as abandoned, 1 to 8,760.
    idle_hours: Option<i32>,
    /// Hours until an unclaimed escalation returns to its handler, 1 to 8,760.
    escalation_hours: Option<i32>,
    /// Refused with VERSION_CONFLICT if the account moved on from this version.
    expected_version: Option<i32>,
    /// Any UUID: the same key with the same input does it once only.
    idempotency_key: Option<ID>,
}

/// An account that was changed, with the member or team that it was about.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// The account as it stands now.
    account: Option<Account>,
    /// The member who was added, changed or removed.
    user: Option<User>,
    /// The team that was made or changed.
    team: Option<Team>,
    /// Where the command's last event stands in the log.
    position: Option<Position>,
    /// Why it was refused; empty if it was not.
    user_errors: Vec<UserError>,
}

/// What a command on an account is about, besides the account.
pub(super) enum About {
    Itself,
    User(UserId),
    Team(TeamId),
}

/// What a command on an account came to.
pub(super) type Outcome = std::result::Result<(About, LogPosition), Refusal>;

async fn configure(ctx: &Context<'_>, input: ConfigureAccountInput) -> Result<Outcome> {
    let me = administrator(ctx)?;
    let key = input.idempotency_key.as_ref();
    let envelope = match envelope(ctx, "configureAccount", &input, key, input.expected_version)? {
        Ok(envelope) => envelope,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let act = AccountAct::Configure(Configure {
        name: input.name,
        time_zone: input.time_zone,
        business_hours: BusinessHoursChange {
            days: input.business_days.map(|days| days.into_iter().map(i64::from).collect()),
            start: input.business_start,
            end: input.business_end,
        },
        assistant_calls_per_day: input.assistant_calls_per_day.map(i64::from),
        proposals_per_day: input.proposals_per_day.map(i64::from),
        step_limit: input.step_limit.map(i64::from),
        idle_hours: input.idle_hours.map(i64::from),
        escalation_hours: input.escalation_hours.map(i64::from),
    });
    let command = envelope.command;
    settle(ctx, account(app(ctx)?, me, act, envelope, None).await, About::Itself, command).await
}

/// Whoever administers the account (rule 11.2).
pub(super) fn administrator<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    let me = identity(ctx)?;
    if me.caller.role.administers_account() {
        Ok(me)
    } else {
        Err(Code::Forbidden.error("The account and its members are for owners and super admins."))
    }
}

/// Refusals are data, failures are errors. Of a command that was given before, its event says what it made: ids did not always
/// follow from the command as they do now.
pub(super) async fn settle(
    ctx: &Context<'_>,
    committed: std::result::Result<Committed, CommandError>,
    about: About,
    command: CommandId,
) -> Result<Outcome> {
    match committed {
        Ok(Committed { position, outcome: executor::Outcome::Repeated, .. }) => {
            let made = made_at(app(ctx)?, identity(ctx)?.account, position, command).await;
            Ok(Ok((made.map_err(|error| failed(&error))?.unwrap_or(about), position)))
        }
        Ok(committed) => Ok(Ok((about, committed.position))),
        Err(CommandError::Refused(refusal)) => Ok(Err(refusal)),
        Err(CommandError::Store(error)) => Err(failed(&error)),
    }
}

/// What an account's event at this position made; none if it made nothing, or is another command's: one that changed nothing was
/// told where the last change stands.
async fn made_at(
    app: &App,
    account: AccountId,
    position: LogPosition,
    command: CommandId,
) -> std::result::Result<Option<About>, StoreError> {
    let here = EventQuery { after: Some(LogPosition(position.0 - 1)), ..EventQuery::default() };
    let found = app.store.log().query_upto(Whose::Account(account), &here, position, 1).await?;
    let own = found.first().filter(|event| event.metadata.command == command);
    Ok(own.and_then(|event| match event.decode().ok()? {
        AccountEvent::TeamCreated(created) => Some(About::Team(created.team)),
        AccountEvent::MemberAdded(added) => Some(About::User(added.user)),
        AccountEvent::Opened(_)
        | AccountEvent::Configured(_)
        | AccountEvent::TeamConfigured(_)
        | AccountEvent::MemberRoleChanged(_)
        | AccountEvent::MemberRemoved(_) => None,
    }))
}

impl AccountPayload {
    pub(super) async fn of(ctx: &Context<'_>, outcome: Outcome) -> Result<Self> {
        let (about, position) = match outcome {
            Ok(done) => done,
            Err(refusal) => return Ok(Self { user_errors: vec![refusal.into()], ..Self::empty() }),
        };
        let mut payload = Self { position: Some(position.into()), ..Self::empty() };
        if !wants(ctx, &["account", "user", "team"]) {
            return Ok(payload);
        }
        fresh_to(ctx, &[accounts::NAME], position).await?;
        if wants(ctx, &["account"]) {
            payload.account = Some(Account::of(ctx, identity(ctx)?.account).await?);
        }
        match about {
            About::Itself => {}
            About::User(user) => payload.user = Some(User::named(ctx, user).await?),
            About::Team(team) => payload.team = Team::named(ctx, team).await?,
        }
        Ok(payload)
    }

    fn empty() -> Self {
        Self { account: None, user: None, team: None, position: None, user_errors: Vec::new() }
    }
}
