//! `flowpilot-replay completion` and `man`: what a shell and a reader want to know of the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

/// `flowpilot-replay completion`
#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    /// For this shell.
    shell: Shell,
}

/// `flowpilot-replay man`
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Write the pages of all sub-commands into this folder instead of the main page to standard output.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Writes the completion script.
pub(crate) fn complete(mut command: Command, arguments: &CompletionArguments) -> anyhow::Result<()> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    Ok(io::stdout().write_all(&script)?)
}

/// Writes the manual.
pub(crate) fn man(command: Command, arguments: &ManArguments) -> anyhow::Result<()> {
    match &arguments.to {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            Ok(clap_mangen::generate_to(command, folder)?)
        }
        None => Ok(clap_mangen::Man::new(command).render(&mut io::stdout())?),
    }
}
