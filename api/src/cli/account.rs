//! `flowpilot account open`: the first account and its owner, made where the database is at hand.
#![expect(clippy::print_stdout, reason = "this is the command line; ids are its output")]

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::access::{By, Role};
use domain::account::Account;
use domain::account::command::{AccountAct, AccountCommand, AddMember};
use domain::account::event::Quotas;
use domain::clock::SystemClock;
use domain::id::{AccountId, CommandId, IdSource, SystemIds, UserId};
use domain::metadata::Actor;
use event_store::executor::CommandContext;
use event_store::store::EventStore;
use std::sync::Arc;

use crate::app::Database;
use crate::commands::digest;
use crate::config::Options;

/// `flowpilot account`
#[derive(Debug, Args)]
pub struct AccountArguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: AccountSubcommand,
}

#[derive(Debug, Subcommand)]
enum AccountSubcommand {
    /// Open an account with its first owner, and print their ids.
    ///
    /// The starter library is loaded into it as soon as a server runs on the same database.
    Open {
        /// The MSP's name.
        #[arg(long)]
        name: String,
        /// Its IANA time zone.
        #[arg(long, default_value = "UTC")]
        time_zone: String,
        /// The first owner's name.
        #[arg(long)]
        owner: String,
        /// The first owner's e-mail address.
        #[arg(long)]
        email: String,
    },
}

impl AccountArguments {
    /// Where the data is.
    pub fn options(&self) -> &Options {
        &self.options
    }
}

/// Runs the sub-command.
pub async fn run(arguments: AccountArguments) -> anyhow::Result<ExitCode> {
    let AccountSubcommand::Open { name, time_zone, owner, email } = arguments.command;
    let database = Database::open(&arguments.options).await?;
    let store = EventStore::new(
        database.pools.requests.clone(),
        arguments.options.master_key()?,
        Arc::new(SystemClock),
    );
    let (account, user) = (AccountId::fresh(&SystemIds), UserId::fresh(&SystemIds));
    let acts = [
        AccountAct::Open { name, time_zone, quotas: Quotas::default() },
        AccountAct::AddMember(AddMember {
            user,
            display_name: owner.into(),
            email: email.into(),
            role: Role::Owner,
            teams: Vec::new(),
        }),
    ];
    for act in acts {
        give(&store, account, act).await?;
    }
    database.close().await;
    println!("account {account}\nowner   {user}");
    Ok(ExitCode::SUCCESS)
}

/// Gives a command on an account as FlowPilot itself.
pub async fn give(store: &EventStore, account: AccountId, act: AccountAct) -> anyhow::Result<()> {
    let command = CommandId(SystemIds.next());
    let context = CommandContext::new(account, Actor::System, command, digest(&[&command.to_string()]));
    store.execute::<Account>(account.0, AccountCommand { by: By::System, act }, context).await?;
    Ok(())
}
