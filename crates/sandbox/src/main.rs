//! `portner-sandbox`: the outside world of a local identity provider, simulated.
//!
//! `demo` starts Portner as a process of its own and a service provider beside it, which speaks SAML with it over
//! the wire like any other; `load` presses it with a crowd. Nothing here is linked into Portner, and what it says can be said in public.

mod demo;
mod idm;
mod load;
mod mail;
mod problem;
mod real;
mod say;
mod service;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::say::complain;

/// The outside world of Portner, simulated: for demonstrations and tests.
#[derive(Debug, Parser)]
#[command(name = "portner-sandbox", version, about)]
struct Arguments {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show Portner at work, with employees and a service provider made up for the purpose.
    Demo(demo::Demo),
    /// Be MitID Erhverv's IdM API, with a control port beside it.
    Idm(idm::Idm),
    /// Press Portner with a crowd, and see that nobody is taken for somebody else.
    Load(load::Load),
    /// Catch letters instead of delivering them, and show them.
    Mail(mail::Mail),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the machine gives no threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let done = match command {
        Command::Demo(demo) => runtime.block_on(demo::run(&demo)),
        Command::Idm(idm) => runtime.block_on(idm::run(&idm)),
        Command::Load(load) => runtime.block_on(load::run(&load)),
        Command::Mail(mail) => runtime.block_on(mail::run(&mail)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(&problem.to_string());
            ExitCode::FAILURE
        }
    }
}
