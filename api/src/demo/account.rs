//! The demo account of development mode: always the same ids, opened through commands like any other account.

use std::time::Duration;

use anyhow::{Context, bail};
use domain::access::{By, Role};
use domain::account::Account;
use domain::account::command::{AccountAct, AccountCommand, AddMember};
use domain::account::error::AccountError;
use domain::account::event::Quotas;
use domain::flow::library::{starter_flow_id, starter_flows};
use domain::id::{AccountId, CommandId, FlowId, TeamId, TemplateId, UserId};
use domain::metadata::Actor;
use domain::recorded_event::Position;
use domain::script::library::starter_scripts;
use event_store::error::ExecuteError;
use event_store::executor::{CommandContext, Committed, Outcome};
use projections::{accounts, flows, script_templates};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::app::App;
use crate::commands::digest;
use crate::workers::library::template_id;

/// From which the demo's ids follow; any UUID would do, but always the same.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b1d_8f62_3c0e_5b7a_9a41_d2e0_7f00_de30);

/// How long a new account may take until everything is readable.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How long is waited for an older account, which has had its time: its library may be that of an earlier edition.
const COMPLETE_WITHIN: Duration = Duration::from_secs(5);

/// The names of the members, as the command line knows them.
pub const NAMES: [&str; 5] = ["engineer", "engineer2", "admin", "analyst", "owner"];

/// A member of the demo account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What the command line calls them.
    pub name: &'static str,
    /// What they are called.
    pub display_name: &'static str,
    /// Their address.
    pub email: &'static str,
    /// Their role.
    pub role: Role,
    /// They belong to the service desk.
    on_the_desk: bool,
}

/// The members, in the order of [`NAMES`].
pub const MEMBERS: [Member; 5] = [
    member(NAMES[0], "Mara Lindqvist", "mara.lindqvist@example.com", Role::Engineer, true),
    member(NAMES[1], "Deniz Aydin", "deniz.aydin@example.com", Role::Engineer, true),
    member(NAMES[2], "Tomasz Kowal", "tomasz.kowal@example.com", Role::TeamAdmin, true),
    member(NAMES[3], "Ingrid Falk", "ingrid.falk@example.com", Role::Analyst, false),
    member(NAMES[4], "Paul Okonkwo", "paul.okonkwo@example.com", Role::Owner, false),
];

const fn member(
    name: &'static str,
    display_name: &'static str,
    email: &'static str,
    role: Role,
    on_the_desk: bool,
) -> Member {
    Member { name, display_name, email, role, on_the_desk }
}

/// The account's id.
pub fn account_id() -> AccountId {
    AccountId::derived(NAMESPACE, "demo")
}

/// The id of the service desk, the account's only team.
pub fn team_id() -> TeamId {
    TeamId::derived(account_id().0, "team/service-desk")
}

/// The id of the member whom the command line knows by this name.
pub fn user_id(name: &str) -> Option<UserId> {
    NAMES.contains(&name).then(|| UserId::derived(account_id().0, &format!("user/{name}")))
}

/// Opens the account with team and members unless that was done before, and waits until all of it can be read, the
/// starter library included.
pub async fn ensure(app: &App) -> anyhow::Result<()> {
    let mut position = Position::START;
    let mut is_new = false;
    for (name, act) in acts() {
        let done = execute(app, &name, act).await.with_context(|| format!("the demo account: {name}"))?;
        is_new |= done.outcome == Outcome::Appended;
        position = position.max(done.position);
    }
    if !app.freshness.reaches(&[accounts::NAME], position, READY_WITHIN).await {
        bail!("the demo account cannot be read after {} s", READY_WITHIN.as_secs());
    }
    library_is_there(app, if is_new { READY_WITHIN } else { COMPLETE_WITHIN }).await
}

async fn execute(app: &App, name: &str, act: AccountAct) -> Result<Committed, ExecuteError<AccountError>> {
    let id = CommandId::derived(account_id().0, name);
    // The name alone: a later edition of the demo may word the same command differently.
    let context = CommandContext::new(account_id(), Actor::System, id, digest(&["demo", name]));
    app.store.execute::<Account>(account_id().0, AccountCommand { by: By::System, act }, context).await
}

/// Everything that is done, in order, under the name from which the command's id follows.
fn acts() -> Vec<(String, AccountAct)> {
    let open = AccountAct::Open {
        name: "Harbour Lane IT (demo)".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        quotas: Quotas::default(),
    };
    let team = AccountAct::CreateTeam { team: team_id(), name: "Service Desk".to_owned() };
    let mut acts = vec![("open".to_owned(), open), ("create team".to_owned(), team)];
    acts.extend(MEMBERS.iter().filter_map(|member| {
        let joins = AddMember {
            user: user_id(member.name)?,
            display_name: member.display_name.into(),
            email: member.email.into(),
            role: member.role,
            teams: if member.on_the_desk { vec![team_id()] } else { Vec::new() },
        };
        Some((format!("add member {}", member.name), AccountAct::AddMember(joins)))
    }));
    acts
}

/// The worker that stocks the library is told by the account's first event; this waits for all that it publishes, flows and
/// script templates.
async fn library_is_there(app: &App, within: Duration) -> anyhow::Result<()> {
    let deadline = Instant::now() + within;
    let wanted_flows: Vec<(FlowId, Option<u32>)> =
        starter_flows().iter().map(|flow| (starter_flow_id(account_id(), &flow.slug), None)).collect();
    let wanted_scripts: Vec<(TemplateId, Option<u32>)> =
        starter_scripts().iter().map(|script| (template_id(account_id(), &script.slug), None)).collect();
    let wanted = wanted_flows.len() + wanted_scripts.len();
    let mut head = app.feed.head();
    loop {
        let read = *head.borrow_and_update();
        let left = deadline.saturating_duration_since(Instant::now());
        app.freshness.reaches(&[flows::NAME, script_templates::NAME], read, left).await;
        let found = flows::queries::many(&app.pool, account_id(), &wanted_flows).await?.len()
            + script_templates::queries::many(&app.pool, account_id(), &wanted_scripts).await?.len();
        if found == wanted {
            return Ok(());
        }
        if timeout_at(deadline, head.changed()).await.is_ok_and(|changed| changed.is_ok()) {
            continue;
        }
        if found == 0 {
            bail!("the starter library is not there after {} s", within.as_secs());
        }
        tracing::warn!(found, wanted, "the demo account lacks a part of the starter library");
        return Ok(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_member_and_an_id_of_its_own() {
        let ids: std::collections::BTreeSet<_> = NAMES.iter().filter_map(|name| user_id(name)).collect();
        assert_eq!(ids.len(), NAMES.len());
        assert_eq!(MEMBERS.map(|member| member.name), NAMES);
        assert_eq!(user_id("nobody"), None);
    }

    #[test]
    fn ids_stay_what_they_were_when_data_folders_were_made_with_them() {
        assert_eq!(account_id().to_string(), "425cdc98-776e-54f0-a1ba-169088358137");
        assert_eq!(
            user_id("engineer").map(|id| id.to_string()).as_deref(),
            Some("744104de-8642-5764-897e-9a311871a167")
        );
    }
}
