//! What changes something is shown first, and done only when somebody says so.

use std::io::{self, IsTerminal};

use clap::Args;
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::output::told;

/// How somebody says so.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Consent {
    /// Do it. Without it, only say what would be done; on a terminal, typing the name does it, too.
    #[arg(long)]
    yes: bool,
}

impl Consent {
    /// Shows what will be done to what has this name; an error unless it is consented to.
    pub(crate) async fn to(self, plan: &str, name: &str) -> anyhow::Result<()> {
        told(plan);
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Failure::Usage("nothing was done: say --yes to do it".to_owned()).into());
        }
        told(&format!("Type {name} to do it:"));
        if typed().await?.trim() == name {
            return Ok(());
        }
        Err(Failure::Usage("nothing was done: that is not its name".to_owned()).into())
    }
}

/// A line from the terminal. It is read by a thread that nobody waits for, so that Ctrl-C ends the program.
async fn typed() -> anyhow::Result<String> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        // Nobody listens any more when the program is about to end.
        let _ = tell.send(io::stdin().read_line(&mut line).map(|_| line));
    });
    Ok(told.await??)
}
