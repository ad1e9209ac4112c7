//! The one binary: `portner`.
//!
//! Reads the command line and the configuration, makes the real clock, entropy, keys and stores, and hands them
//! to the crates that do the work.

mod about;
mod args;
mod audit;
mod bench;
mod config;
mod directory;
mod export;
mod feed;
mod fido;
mod init;
mod key;
mod node;
mod preview;
mod problem;
mod real;
mod role;
mod say;
mod scim;
mod serve;
mod sp;
mod sync;
mod token;
mod user;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command, Scim};
use crate::config::Config;
use crate::problem::Problem;
use crate::say::{complain, say};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Whatever is made here, database and log included, is nobody else's to read.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
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
    let file = &arguments.config;
    match arguments.command {
        Command::Init(wishes) => init::init(&wishes).await,
        Command::CheckConfig => Ok(config::check(file)),
        Command::Bench(command) => bench::run(&command).await,
        Command::Serve => serve::serve(&Config::load(file)?).await,
        Command::Migrate => node::migrate(&Config::load(file)?).await,
        Command::Sp(command) => sp::run(&Config::load(file)?, command).await,
        Command::User(command) => user::run(&Config::load(file)?, command).await,
        Command::Role(command) => role::run(&Config::load(file)?, command).await,
        Command::Token(command) => token::run(&Config::load(file)?, command).await,
        Command::Key(command) => key::run(&Config::load(file)?, command).await,
        Command::Directory(command) => directory::run(&Config::load(file)?, command).await,
        Command::Export(command) => export::run(&Config::load(file)?, command).await,
        Command::Import(command) => feed::run(&Config::load(file)?, command).await,
        Command::Scim(Scim::Client(command)) => scim::run(&Config::load(file)?, command).await,
        Command::Sync(command) => sync::run(&Config::load(file)?, command).await,
        Command::Audit(command) => audit::run(&Config::load(file)?, command).await,
    }
}

/// Say it, and that all is well.
fn done(text: &str) -> ExitCode {
    say(text);
    ExitCode::SUCCESS
}
