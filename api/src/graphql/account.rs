//! Accounts, teams and members as they are shown, and who the caller is.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use domain::account::business_hours::BusinessHours as DomainBusinessHours;
use domain::account::event::Quotas as DomainQuotas;
use domain::id::{AccountId, TeamId, UserId};
use projections::accounts::{self, AccountRow, MemberRow, TeamRow};
use sqlx::PgPool;

use super::limits::{list_cost, list_cost_or};
use super::page::LARGEST_PAGE;
use super::request::{fresh, identity, pool, read_failed};
use super::scalar::{Id, clamp_count};
use super::vocabulary::Role;

/// An account's members as its cost counts them: the largest that any list is counted as.
const USUAL_MEMBERS: i32 = LARGEST_PAGE;

/// The part of the query root that shows accounts.
#[derive(Default)]
pub struct AccountQueries;

#[Object]
impl AccountQueries {
    /// Who you are.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        let me = identity(ctx)?;
        fresh(ctx, &[accounts::NAME]).await?;
        Ok(Viewer {
            user: User::named(ctx, me.caller.user).await?,
            account: Account::of(ctx, me.account).await?,
            role: me.caller.role.into(),
        })
    }

    /// Your account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        fresh(ctx, &[accounts::NAME]).await?;
        Account::of(ctx, identity(ctx)?.account).await
    }
}

/// Who asks.
#[derive(SimpleObject)]
pub struct Viewer {
    /// You.
    user: User,
    /// Your account.
    account: Account,
    /// Your role in it.
    role: Role,
}

/// A member of your account.
#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub struct User {
    /// Their id.
    id: Id,
    /// Their name.
    display_name: String,
    /// Their e-mail address.
    email: Option<String>,
    /// Their role.
    role: Role,
    /// They have not left.
    active: bool,
    #[graphql(skip)]
    team_ids: Vec<TeamId>,
}

#[ComplexObject]
impl User {
    /// Their teams.
    #[graphql(complexity = "list_cost(None, child_complexity)")]
    async fn teams(&self, ctx: &Context<'_>) -> Result<Vec<Team>> {
        let teams = ctx.data::<DataLoader<TeamLoader>>()?;
        let found = teams.load_many(self.team_ids.clone()).await.map_err(|error| read_failed(&*error))?;
        Ok(self.team_ids.iter().filter_map(|id| found.get(id)).cloned().map(Team).collect())
    }
}

impl From<&MemberRow> for User {
    fn from(row: &MemberRow) -> Self {
        Self {
            id: row.id.into(),
            display_name: row.display_name.clone(),
            email: Some(row.email.clone()),
            role: row.role.into(),
            active: row.active,
            team_ids: row.teams.clone(),
        }
    }
}

impl User {
    /// The same where there may be none.
    pub async fn named_if(ctx: &Context<'_>, id: Option<UserId>) -> Result<Option<Self>> {
        match id {
            Some(id) => Self::named(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Their name alone.
    pub(super) fn into_display_name(self) -> String {
        self.display_name
    }

    /// A member of the caller's account; one that is not known (any more) is shown without a name.
    pub async fn named(ctx: &Context<'_>, id: UserId) -> Result<Self> {
        let found = ctx
            .data::<DataLoader<MemberLoader>>()?
            .load_one(id)
            .await
            .map_err(|error| read_failed(&*error))?;
        Ok(found.as_ref().map_or_else(
            || Self {
                id: id.into(),
                display_name: "Unknown member".to_owned(),
                email: None,
                role: Role::Engineer,
                active: false,
                team_ids: Vec::new(),
            },
            Self::from,
        ))
    }
}

/// A team of your account.
pub struct Team(TeamRow);

/// A team of an account.
#[Object]
impl Team {
    /// Its id.
    async fn id(&self) -> Id {
        self.0.id.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the assistant may rely on in its sessions: client configuration, naming conventions.
    async fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// Who belongs to it.
    #[graphql(complexity = "list_cost(None, child_complexity)")]
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<User>> {
        let members = ctx.data::<DataLoader<TeamMemberLoader>>()?;
        let rows = members.load_one(self.0.id).await.map_err(|error| read_failed(&*error))?;
        Ok(rows.unwrap_or_default().iter().map(|row| User::from(&**row)).collect())
    }
}

impl Team {
    /// A team of the caller's account.
    pub async fn named(ctx: &Context<'_>, id: TeamId) -> Result<Option<Self>> {
        let teams = ctx.data::<DataLoader<TeamLoader>>()?;
        Ok(teams.load_one(id).await.map_err(|error| read_failed(&*error))?.map(Self))
    }
}

/// An MSP.
pub struct Account(AccountRow);

/// An MSP and its people.
#[Object]
impl Account {
    /// Its id.
    async fn id(&self) -> Id {
        self.0.id.into()
    }

    /// Its version, for expectedVersion.
    async fn version(&self) -> i32 {
        clamp_count(self.0.version)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its IANA time zone: days begin at midnight there.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// When it works; null if it has not said so.
    async fn business_hours(&self) -> Option<BusinessHours> {
        self.0.business_hours.as_ref().map(BusinessHours::from)
    }

    /// Its settings and limits.
    async fn quotas(&self) -> Quotas {
        Quotas::from(self.0.quotas)
    }

    /// Its teams, by name.
    #[graphql(complexity = "list_cost(None, child_complexity)")]
    async fn teams(&self, ctx: &Context<'_>) -> Result<Vec<Team>> {
        let rows = accounts::teams(pool(ctx)?, self.0.id).await.map_err(|error| read_failed(&error))?;
        Ok(rows.into_iter().map(Team).collect())
    }

    /// Its members, by name; those who left are not active.
    #[graphql(complexity = "list_cost_or(USUAL_MEMBERS, None, child_complexity)")]
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<User>> {
        let rows = accounts::members(pool(ctx)?, self.0.id).await.map_err(|error| read_failed(&error))?;
        Ok(rows.iter().map(User::from).collect())
    }
}

impl Account {
    /// The caller's account.
    pub(super) async fn of(ctx: &Context<'_>, id: AccountId) -> Result<Self> {
        let row = accounts::account(pool(ctx)?, id).await.map_err(|error| read_failed(&error))?;
        row.map(Self).ok_or_else(|| {
            super::error::Code::NotFound.error("Your account is not there yet; try again in a moment.")
        })
    }
}

/// When an account works, in its own zone.
#[derive(SimpleObject)]
pub struct BusinessHours {
    /// Days of the week, 1 for Monday to 7 for Sunday.
    days: Vec<i32>,
    /// When work begins, as 08:30.
    start: String,
    /// When it ends.
    end: String,
}

impl From<&DomainBusinessHours> for BusinessHours {
    fn from(hours: &DomainBusinessHours) -> Self {
        Self {
            days: hours.days.iter().copied().map(i32::from).collect(),
            start: DomainBusinessHours::shown(hours.start),
            end: DomainBusinessHours::shown(hours.end),
        }
    }
}

/// Settings and limits of an account.
#[derive(SimpleObject)]
pub struct Quotas {
    /// Calls to a model a day; the playbook's don't count.
    assistant_calls_per_day: i32,
    /// Generating calls of the flywheel a day.
    proposals_per_day: i32,
    /// Assistant steps a session.
    step_limit: i32,
    /// Hours without activity until a session counts as abandoned.
    idle_hours: i32,
    /// Hours until an unclaimed escalation returns to its handler.
    escalation_hours: i32,
}

impl From<DomainQuotas> for Quotas {
    fn from(quotas: DomainQuotas) -> Self {
        Self {
            assistant_calls_per_day: clamp_count(quotas.assistant_calls_per_day),
            proposals_per_day: clamp_count(quotas.proposals_per_day),
            step_limit: clamp_count(quotas.step_limit),
            idle_hours: clamp_count(quotas.idle_hours),
            escalation_hours: clamp_count(quotas.escalation_hours),
        }
    }
}

/// Loads the members that one request names, at once. Made anew for each request.
pub struct MemberLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<UserId> for MemberLoader {
    type Value = MemberRow;
    type Error = Arc<projections::error::ProjectionError>;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, MemberRow>, Self::Error> {
        let rows = accounts::members_by_id(&self.pool, self.account, ids).await.map_err(Arc::new)?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Loads the members of the teams that one request shows, at once. Made anew for each request.
pub struct TeamMemberLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<TeamId> for TeamMemberLoader {
    /// By name; whoever belongs to several teams is kept once.
    type Value = Vec<Arc<MemberRow>>;
    type Error = Arc<projections::error::ProjectionError>;

    async fn load(&self, ids: &[TeamId]) -> Result<HashMap<TeamId, Self::Value>, Self::Error> {
        let rows = accounts::members_of_teams(&self.pool, self.account, ids).await.map_err(Arc::new)?;
        let mut teams: HashMap<_, Self::Value> = ids.iter().map(|id| (*id, Vec::new())).collect();
        for row in rows.into_iter().map(Arc::new) {
            for team in &row.teams {
                if let Some(members) = teams.get_mut(team) {
                    members.push(row.clone());
                }
            }
        }
        Ok(teams)
    }
}

/// Loads the teams that one request names, at once. Made anew for each request.
pub struct TeamLoader {
    /// The database.
    pub pool: PgPool,
    /// The caller's account.
    pub account: AccountId,
}

impl Loader<TeamId> for TeamLoader {
    type Value = TeamRow;
    type Error = Arc<projections::error::ProjectionError>;

    async fn load(&self, ids: &[TeamId]) -> Result<HashMap<TeamId, TeamRow>, Self::Error> {
        let rows = accounts::teams(&self.pool, self.account).await.map_err(Arc::new)?;
        Ok(rows.into_iter().filter(|row| ids.contains(&row.id)).map(|row| (row.id, row)).collect())
    }
}
