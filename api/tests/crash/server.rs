//! `flowpilot serve` as a process, on a data folder that outlives it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use event_store::MasterKey;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;

/// A data folder with an account in it.
pub(crate) struct Installation {
    folder: TempDir,
    /// Where the log is, if not in the folder.
    database: Option<String>,
    owner: String,
}

impl Installation {
    /// A new one. Its owner is the one who leads sessions.
    pub(crate) fn new() -> Self {
        Self::on(None)
    }

    /// The same with its log in this database, on which several servers may run.
    pub(crate) fn on(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // PostgreSQL's user has to get in.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let open = [
            "account",
            "open",
            "--name",
            "Northwind IT",
            "--owner",
            "Olga Owner",
            "--email",
            "olga@northwind.example",
        ];
        let mut installation = Self { folder, database, owner: String::new() };
        let output = installation.flowpilot(&open).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let owner = text.lines().find_map(|line| line.strip_prefix("owner")).unwrap().trim();
        owner.clone_into(&mut installation.owner);
        installation
    }

    /// A server on it that returns a command's answer without waiting for the next step.
    pub(crate) fn serve(&self) -> Server {
        Server::start(self)
    }

    /// The command that starts one.
    pub(crate) fn serve_command(&self) -> Command {
        let mut command = self.flowpilot(&["serve", "--addr", "127.0.0.1:0", "--log-format", "json"]);
        command.env("FLOWPILOT_STEP_WAIT_MS", "0").process_group(0);
        command
    }

    fn token(&self) -> String {
        let output = self.flowpilot(&["token", "--user", &self.owner]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn flowpilot(&self, arguments: &[&str]) -> Command {
        let mut command = flowpilot(self.folder.path(), arguments);
        if let Some(url) = &self.database {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// The key that opens what is personal.
    pub(crate) fn master_key(&self) -> MasterKey {
        MasterKey::load(&self.folder.path().join("master.key")).unwrap()
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.path().join("postgres/cluster/postmaster.pid")
    }

    /// PostgreSQL's main process, if it runs.
    pub(crate) fn postgres(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.pid_file()).ok()?;
        let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
        test_kill_process(pid).is_ok().then_some(pid)
    }
}

fn flowpilot(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowpilot"));
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.postgres");
    command.args(arguments).stdin(Stdio::null());
    for variable in ["FLOWPILOT_POSTGRES_BIN", "DATABASE_URL", "FLOWPILOT_MODE", "FLOWPILOT_JWT_SECRET"] {
        command.env_remove(variable);
    }
    command.env("FLOWPILOT_POSTGRES_CACHE", cache).env("FLOWPILOT_DATA_DIR", data);
    command
}

/// A running server. Killed when the test is over, in whatever way.
pub(crate) struct Server {
    child: Child,
    lines: Arc<Mutex<String>>,
    /// Its owner's client.
    pub(crate) owner: Client,
}

impl Server {
    fn start(installation: &Installation) -> Self {
        // For what a failing test has to say of its server.
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let mut child = installation.serve_command().stderr(Stdio::piped()).spawn().unwrap();
        let lines = Arc::new(Mutex::new(String::new()));
        let mut output = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended: {}", lines.lock().unwrap());
            lines.lock().unwrap().push_str(&line);
            let said: Value = serde_json::from_str(&line).unwrap_or_default();
            if said["message"] == "ready" {
                break said["http.address"].as_str().unwrap().to_owned();
            }
        };
        let rest = lines.clone();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                rest.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let owner = Client::new(&format!("http://{address}")).with_token(installation.token());
        Self { child, lines, owner }
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        self.lines.lock().unwrap().clone()
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal to it alone, as a service manager does.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends a signal to it and all that it started, as a terminal does.
    pub(crate) fn signal_group(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.log();
            let last: Vec<_> = log.lines().rev().take(40).collect();
            for line in last.iter().rev() {
                tracing::error!("{line}");
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..6000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be that {what}");
}
