//! The real program, in a process of its own.

use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::sleep;

const PROGRAM: &str = env!("CARGO_BIN_EXE_flowpilot");

/// A running server with an account in it.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) token: String,
    process: Child,
    /// Removed with it.
    _data: TempDir,
}

impl Server {
    /// Starts it on a database, with a new account.
    pub(crate) async fn start(url: &str) -> Self {
        Self::start_with(url, &[]).await
    }

    /// The same with more configuration.
    pub(crate) async fn start_with(url: &str, configuration: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let opened = run(
            &data,
            url,
            &["account", "open", "--name", "Bench", "--owner", "Olga", "--email", "olga@example.com"],
        )
        .await;
        let owner = opened.split_whitespace().last().unwrap().to_owned();
        let token = run(&data, url, &["token", "--user", &owner]).await.trim().to_owned();
        let address = free_address().await;
        let mut command = command(&data, Some(url));
        let process = serving(command.envs(configuration.iter().copied()), &address);
        until_ready(&address).await;
        Self { address, token, process, _data: data }
    }

    /// Kibibytes of resident memory.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id().unwrap())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) async fn stop(self) {
        end(self.process).await;
    }
}

/// Starts the server's process.
pub(crate) fn serve(data: &TempDir, url: Option<&str>, address: &str) -> Child {
    serving(&mut command(data, url), address)
}

fn serving(command: &mut Command, address: &str) -> Child {
    command.args(["serve", "--addr", address]).kill_on_drop(true).spawn().unwrap()
}

/// Asks it to end, and waits for that.
pub(crate) async fn end(mut process: Child) {
    let pid = process.id().unwrap().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
    process.wait().await.unwrap();
}

/// Waits until it says that it is ready.
pub(crate) async fn until_ready(address: &str) {
    while !is_ready(address).await {
        sleep(Duration::from_millis(5)).await;
    }
}

async fn is_ready(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    let request = "GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).await.is_ok()
        && stream.read_to_string(&mut answer).await.is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// An address that nobody listens on.
pub(crate) async fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

async fn run(data: &TempDir, url: &str, arguments: &[&str]) -> String {
    let output = command(data, Some(url)).args(arguments).stdout(Stdio::piped()).output().await.unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn command(data: &TempDir, url: Option<&str>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env("FLOWPILOT_DATA_DIR", data.path()).env("FLOWPILOT_LOG", "error").env_remove("DATABASE_URL");
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    command
}
