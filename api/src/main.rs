//! FlowPilot's program.

use std::process::ExitCode;

use clap::Parser;

/// A command and its projections take and give back thousands of small pieces; the C library's allocator spends a third of
/// the server's time on that. `.cargo/config.toml` tells this one to give memory back soon.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    api::cli::run(api::cli::Arguments::parse()).unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

/// The whole chain of causes in one line, and never a backtrace.
#[expect(clippy::print_stderr, reason = "this is the command line")]
fn complain(error: &anyhow::Error) {
    eprintln!("flowpilot: {error:#}");
}
