//! An MSP with members of every role, the same in every test.

use api::app::App;
use api::cli::account::give;
use domain::access::Role;
use domain::account::command::{AccountAct, AddMember};
use domain::account::event::Quotas;
use domain::id::{AccountId, TeamId, UserId};
use uuid::Uuid;

use crate::client::Client;
use crate::world::token;

/// An MSP and its people.
pub(crate) struct Firm {
    pub(crate) account: AccountId,
    pub(crate) team: TeamId,
    name: &'static str,
    /// Alone in the team with `engineer2`.
    pub(crate) engineer: Person,
    pub(crate) engineer2: Person,
    /// In no team.
    pub(crate) loner: Person,
    pub(crate) admin: Person,
    pub(crate) analyst: Person,
    pub(crate) owner: Person,
    pub(crate) operator: Person,
}

/// A member, and the client that they use.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) client: Client,
}

impl std::ops::Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Firm {
    /// The one that most of a test happens in.
    pub(crate) fn northwind(nobody: &Client) -> Self {
        Self::known("Northwind IT", 1, nobody)
    }

    /// The other one, which must hear nothing of it.
    pub(crate) fn contoso(nobody: &Client) -> Self {
        Self::known("Contoso Services", 2, nobody)
    }

    fn known(name: &'static str, number: u128, nobody: &Client) -> Self {
        // Ids as the program makes them, of an instant long past.
        let id = |which: u128| Uuid::from_u128((0x0192_0000_0000_7000_8000 << 48) + (number << 8) + which);
        let domain = name.to_lowercase().replace(' ', "-");
        let person = |which, given: &str| Person {
            id: UserId(id(which)),
            name: format!("{given} of {name}"),
            email: format!("{}@{domain}.example", given.to_lowercase()),
            client: nobody.with_token(token(&id(which).to_string())),
        };
        Self {
            account: AccountId(id(1)),
            team: TeamId(id(2)),
            name,
            engineer: person(3, "Edda"),
            engineer2: person(4, "Emil"),
            loner: person(5, "Lona"),
            admin: person(6, "Adam"),
            analyst: person(7, "Anna"),
            owner: person(8, "Olga"),
            operator: person(9, "Oleg"),
        }
    }

    /// Opens its account, with all its members.
    pub(crate) async fn open(&self, app: &App, quotas: Quotas) {
        let open =
            AccountAct::Open { name: self.name.to_owned(), time_zone: "Europe/Berlin".to_owned(), quotas };
        let team = AccountAct::CreateTeam { team: self.team, name: "First line".to_owned() };
        let members = self.members().map(|(person, role, teams)| {
            AccountAct::AddMember(AddMember {
                user: person.id,
                display_name: person.name.clone().into(),
                email: person.email.clone().into(),
                role,
                teams,
            })
        });
        for act in [open, team].into_iter().chain(members) {
            give(&app.store, self.account, act).await.unwrap();
        }
    }

    fn members(&self) -> [(&Person, Role, Vec<TeamId>); 7] {
        [
            (&self.engineer, Role::Engineer, vec![self.team]),
            (&self.engineer2, Role::Engineer, vec![self.team]),
            (&self.loner, Role::Engineer, vec![]),
            (&self.admin, Role::TeamAdmin, vec![self.team]),
            (&self.analyst, Role::Analyst, vec![]),
            (&self.owner, Role::Owner, vec![]),
            (&self.operator, Role::SuperAdmin, vec![]),
        ]
    }
}
