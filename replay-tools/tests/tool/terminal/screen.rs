//! A pseudo-terminal with the program on it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{self, Pty};

/// How long anything may take to be shown before a test gives it up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the program shows so far; nobody sees it but the test.
pub(crate) struct Screen {
    pty: Arc<Pty>,
    program: Child,
    arriving: Receiver<Vec<u8>>,
    shown: Vec<u8>,
}

impl Screen {
    /// Everything goes to the terminal.
    pub(crate) fn of(command: Command) -> Self {
        Self::start(command.into())
    }

    /// Standard output goes to a file, the rest to the terminal.
    pub(crate) fn beside(command: Command, output: File) -> Self {
        Self::start(blocking::Command::from(command).stdout(output))
    }

    fn start(command: blocking::Command) -> Self {
        let (pty, other_end) = blocking::open().unwrap();
        pty.resize(Size::new(40, 200)).unwrap();
        let program = command.spawn(other_end).unwrap();
        let (pty, (tell, arriving)) = (Arc::new(pty), mpsc::channel());
        let reader = pty.clone();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            // A terminal that nobody writes to any more ends, or fails, by the system.
            while let Ok(length @ 1..) = (&*reader).read(&mut some) {
                if tell.send(some[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { pty, program, arriving, shown: Vec::new() }
    }

    /// Waits until this is shown.
    pub(crate) fn shows(&mut self, text: &str) {
        while !self.text().contains(text) {
            match self.arriving.recv_timeout(PATIENCE) {
                Ok(more) => self.shown.extend(more),
                Err(why) => panic!("{text:?} was not shown ({why}): {}", self.text()),
            }
        }
    }

    /// Types this.
    pub(crate) fn types(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// Waits until the program ends; its exit code, and all that was shown.
    pub(crate) fn ends(mut self) -> (i32, String) {
        while let Ok(more) = self.arriving.recv_timeout(PATIENCE) {
            self.shown.extend(more);
        }
        let code = self.program.wait().unwrap().code();
        (code.expect("it ends by itself"), self.text())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}
