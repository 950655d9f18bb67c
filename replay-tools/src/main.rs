//! `flowpilot-replay`: looks into the log, travels in time, and checks what is stored.

mod arguments;
mod connection;
mod consent;
mod decoding;
mod doctor;
mod evaluate;
mod events;
mod failure;
mod manual;
mod moment;
mod output;
mod policy_file;
mod progress;
mod projection;
mod report;
mod session;
mod simulate;
mod stats;
mod verify;
mod what_if;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    match arguments::run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(said) = failure::said(&error) {
                complain(&said);
            }
            failure::exit_code(&error)
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is the command line")]
fn complain(said: &str) {
    eprintln!("flowpilot-replay: {said}");
}
