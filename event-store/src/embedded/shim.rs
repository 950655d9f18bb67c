//! The step between us and PostgreSQL that ties its life to ours.
//!
//! Linux can signal a child when its parent dies, but the child must ask for it itself, and after its change of user,
//! which would forget the wish. So a small program of ours (or util-linux's `setpriv`) asks, then becomes PostgreSQL.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How PostgreSQL is started so that it ends with us.
#[derive(Debug, Clone, Default)]
pub enum Shim {
    /// By a program that calls [`become_program`]: it is run with the given words, then our process id, then
    /// `--`, then the command line to become.
    Program {
        /// The program. On Linux `/proc/self/exe` is the running program, whatever became of its file.
        program: PathBuf,
        /// Words before the process id.
        words: Vec<String>,
    },
    /// By `setpriv`, where there is one; otherwise PostgreSQL may outlive a killed parent, until the next start.
    #[default]
    System,
}

impl Shim {
    /// The command that becomes `program`; its arguments are for the caller to add.
    pub(super) fn command(&self, program: &Path) -> Command {
        match self {
            Self::Program { program: shim, words } => {
                let mut command = Command::new(shim);
                command.args(words).arg(std::process::id().to_string()).arg("--").arg(program);
                command
            }
            Self::System if setpriv_can() => {
                let mut command = Command::new("/usr/bin/setpriv");
                command.args(["--pdeathsig", "INT", "--"]).arg(program);
                command
            }
            Self::System => Command::new(program),
        }
    }
}

fn setpriv_can() -> bool {
    Command::new("/usr/bin/setpriv")
        .args(["--pdeathsig", "INT", "--", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Asks to be interrupted when the parent dies, then becomes the program. Returns only when that fails.
pub fn become_program(parent: u32, program: &Path, arguments: &[std::ffi::OsString]) -> io::Error {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::INT)) {
        return error.into();
    }
    // The parent may have died before we asked.
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if now != Some(parent) {
        return io::Error::other("the server that wanted PostgreSQL is gone");
    }
    Command::new(program).args(arguments).exec()
}
