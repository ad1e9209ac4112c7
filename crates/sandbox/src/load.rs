//! `portner-sandbox load`: a crowd at many service providers, and nobody is ever taken for somebody else.
//!
//! Portner runs as a process of its own. Everybody logs in once and then goes from service provider to service
//! provider; each answer is decrypted, verified and compared with whoever holds the cookie. At the end it says how
//! many answers there were, how many were wrong, and how Portner's memory went.

mod crowd;
mod memory;
mod providers;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use portner_domain::{Clock, Millis, Moment};
use portner_saml::IdentityProvider;

use crate::demo::fetch::Fetch;
use crate::demo::folder::Folder;
use crate::demo::ports::Ports;
use crate::demo::preparation::install;
use crate::demo::program::{Program, run as run_command};
use crate::problem::Problem;
use crate::real::RealClock;
use crate::say::say;
use crowd::Visitor;
use memory::Memory;
use providers::Provider;

/// How long the crowd presses at most.
const SECONDS_MAX: u64 = 24 * 60 * 60;

/// How to press.
#[derive(Args, Debug)]
pub struct Load {
    /// An empty folder in which everything is kept.
    #[arg(long, default_value = "load-data")]
    data: PathBuf,
    /// The port of Portner; its management gets the one after the next.
    #[arg(long, default_value_t = 8090, value_parser = clap::value_parser!(u16).range(1..=65533))]
    port: u16,
    /// How many people.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    users: u32,
    /// How many service providers.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    service_providers: u32,
    /// For how long, after everybody has logged in.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    seconds: u64,
}

/// What has been counted.
#[derive(Default)]
struct Counts {
    right: AtomicU64,
    wrong: AtomicU64,
    failed: AtomicU64,
}

/// Press, and say what became of it. A wrong or missing answer is a failure.
pub async fn run(load: &Load) -> Result<(), Problem> {
    let (folder, ports) = (Folder::open(&load.data)?, Ports(load.port));
    let program = Program::beside_us(folder.config())?;
    say(&format!("installing Portner in {}", folder.path().display()));
    install(&program, &folder, ports).await?;
    run_command(program.command().arg("migrate"), "").await?;
    let mut providers = Vec::new();
    for number in 0..load.service_providers {
        providers.push(Provider::register(number, &program, &folder).await?);
    }
    say(&format!("registering {} people", load.users));
    let crowd = crowd::register(load.users, &program).await?;

    let mut portner = program.serve(&folder.log())?;
    let fetch = Fetch::new()?;
    portner.wait_until_ready(&fetch, &format!("{}health/ready", ports.management_url())).await?;
    let metadata = fetch.text(&ports.metadata_url()).await?;
    let idp =
        IdentityProvider::parse(metadata.as_bytes()).map_err(|error| Problem::new(error.to_string()))?;
    let memory = Memory::of(portner.id()?);
    let pressed = tokio::select! {
        problem = portner.ended() => Err(problem),
        pressed = press(load, crowd, providers, idp, memory) => pressed,
    };
    portner.stop().await;
    pressed
}

async fn press(
    load: &Load,
    crowd: Vec<Visitor>,
    providers: Vec<Provider>,
    idp: IdentityProvider,
    mut memory: Memory,
) -> Result<(), Problem> {
    let (idp, providers, counts) = (Arc::new(idp), Arc::new(providers), Arc::new(Counts::default()));
    say("everybody logs in");
    let mut logging_in = tokio::task::JoinSet::new();
    for visitor in crowd {
        let (idp, providers) = (Arc::clone(&idp), Arc::clone(&providers));
        logging_in.spawn(async move { visitor.log_in(&providers, &idp).await });
    }
    let mut inside = Vec::new();
    while let Some(visitor) = logging_in.join_next().await {
        inside.push(visitor.map_err(|error| Problem::new(error.to_string()))??);
    }
    say(&format!("{} people go round {} service providers", inside.len(), providers.len()));
    let end = RealClock.now().plus(Millis::seconds(load.seconds));
    let mut going_round = tokio::task::JoinSet::new();
    for visitor in inside {
        let (idp, providers, counts) = (Arc::clone(&idp), Arc::clone(&providers), Arc::clone(&counts));
        going_round.spawn(go_round(visitor, providers, idp, counts, end));
    }
    let watched = memory.watch_until(end).await;
    while going_round.join_next().await.is_some() {}
    watched?;
    report(load, &counts, &memory)
}

async fn go_round(
    mut visitor: Visitor,
    providers: Arc<Vec<Provider>>,
    idp: Arc<IdentityProvider>,
    counts: Arc<Counts>,
    end: Moment,
) {
    for provider in visitor.way(&providers) {
        if RealClock.now() >= end {
            return;
        }
        let count = match visitor.visit(provider, &idp).await {
            Ok(true) => &counts.right,
            Ok(false) => &counts.wrong,
            Err(problem) => {
                say(&format!("no answer: {problem}"));
                &counts.failed
            }
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

fn report(load: &Load, counts: &Counts, memory: &Memory) -> Result<(), Problem> {
    let [right, wrong, failed] =
        [&counts.right, &counts.wrong, &counts.failed].map(|count| count.load(Ordering::Relaxed));
    say(&format!("{right} answers were about whoever held the cookie, {} a second", right / load.seconds));
    say(&format!("{wrong} were about somebody else, {failed} did not come"));
    say(&format!("Portner's memory: {memory}"));
    if right > 0 && wrong == 0 && failed == 0 {
        return Ok(());
    }
    Err(Problem::new("somebody was taken for somebody else, or had no answer"))
}
