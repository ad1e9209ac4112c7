//! The one binary: `portner`.
//!
//! Reads the command line and the configuration, makes the real clock, entropy, keys and stores, and hands them
//! to the crates that do the work.

mod args;
mod audit;
mod bench;
mod config;
mod init;
mod key;
mod node;
mod problem;
mod real;
mod say;
mod serve;
mod sp;
mod user;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::config::Config;
use crate::problem::Problem;
use crate::say::{complain, say};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the machine gives no threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(problem) => {
            complain(&problem.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Problem> {
    if let Command::Init(wishes) = &arguments.command {
        return init::init(wishes).await;
    }
    if let Command::CheckConfig = &arguments.command {
        return Ok(config::check(&arguments.config));
    }
    let config = Config::load(&arguments.config)?;
    match arguments.command {
        Command::Serve => serve::serve(&config).await,
        Command::Migrate => node::migrate(&config).await,
        Command::Sp(command) => sp::run(&config, command).await,
        Command::User(command) => user::run(&config, command).await,
        Command::Key(command) => key::run(&config, &command),
        Command::Audit(command) => audit::run(&config, command).await,
        Command::Bench(command) => bench::run(&command).await,
        Command::Init(_) | Command::CheckConfig => Ok(ExitCode::SUCCESS),
    }
}

/// Say it, and that all is well.
fn done(text: &str) -> ExitCode {
    say(text);
    ExitCode::SUCCESS
}
