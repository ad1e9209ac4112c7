//! `portner-sandbox demo`: from an empty folder to a login in a browser.
//!
//! Three parties on three ports: Portner, the sandbox's service provider, and Portner's management. What is made is
//! kept in the data folder, so that a second start finds the same keys, users and passwords.

mod announcement;
pub mod fetch;
pub mod folder;
mod people;
pub mod ports;
pub mod preparation;
pub mod program;
mod serving;

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use portner_saml::IdentityProvider;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;
use crate::service::{self, Service, Surroundings};
use fetch::Fetch;
use ports::Ports;
use preparation::Prepared;
use serving::Serving;

/// Ctrl-C reaches Portner as well as us, and whose end is seen first is luck.
const SIGNAL_LAG: Duration = Duration::from_millis(200);

/// How to show Portner.
#[derive(Args, Debug)]
pub struct Demo {
    /// The folder in which everything is kept.
    #[arg(long, default_value = "demo-data")]
    data: PathBuf,
    /// The port of Portner; the service provider gets the next one, Portner's management the one after.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..=65533))]
    port: u16,
    /// Write this file when requests are accepted: JSON with addresses and users.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

/// Show Portner until a signal comes, or until Portner ends.
pub async fn run(demo: &Demo) -> Result<(), Problem> {
    let mut stop = Stop::listen()?;
    let prepared = tokio::select! {
        biased;
        () = stop.asked() => return Ok(()),
        prepared = preparation::prepare(&demo.data, Ports(demo.port)) => prepared?,
    };
    let mut portner = prepared.program.serve(&prepared.folder.log())?;
    let ended = tokio::select! {
        biased;
        () = stop.asked() => Ok(()),
        ended = open(demo, prepared, &mut portner) => ended.map(|never| match never {}),
    };
    let ended = if ended.is_err() && stop.asked_within(SIGNAL_LAG).await { Ok(()) } else { ended };
    if ended.is_ok() {
        say("stopping");
    }
    portner.stop().await;
    ended
}

/// Open the service provider's doors once Portner's are open. Returns only when something has gone wrong.
async fn open(demo: &Demo, prepared: Prepared, portner: &mut Serving) -> Result<Infallible, Problem> {
    let Prepared { ports, listener, own, accounts, .. } = &prepared;
    let fetch = Fetch::new()?;
    portner.wait_until_ready(&fetch, &format!("{}health/ready", ports.management_url())).await?;
    let metadata = fetch.text(&ports.metadata_url()).await?;
    let idp = IdentityProvider::parse(metadata.as_bytes())
        .map_err(|error| Problem::new(format!("the metadata of Portner can't be used. {error}")))?;
    let admin_link = prepared.admin_link();
    announcement::say_all(*ports, accounts, admin_link.as_deref());
    if let Some(file) = &demo.ready_file {
        // Whoever connects from here on waits in the listener's queue, at worst.
        announcement::write_ready_file(file, &prepared)?;
    }
    let service = Service::new(
        own.clone(),
        idp,
        Surroundings {
            portner_url: ports.portner_url(),
            metadata_url: ports.metadata_url(),
            admin_link,
            users: accounts.iter().map(people::Account::shown).collect(),
        },
        (Arc::new(RealClock), Arc::new(RealEntropy)),
    );
    let listener = tokio::net::TcpListener::from_std(listener.try_clone().map_err(lost)?).map_err(lost)?;
    tokio::select! {
        problem = portner.ended() => Err(problem),
        served = axum::serve(listener, service::router(service)).into_future() => {
            Err(served.err().map_or_else(|| Problem::new("the service provider ended; start again"), lost))
        }
    }
}

fn lost(error: std::io::Error) -> Problem {
    Problem::new(format!("the service provider can't listen any more: {error}; start again"))
}

/// The wish to end: Ctrl-C, or a polite kill.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> Result<Self, Problem> {
        let listen =
            |kind| signal(kind).map_err(|error| Problem::new(format!("signals can't be heard: {error}")));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    async fn asked_within(&mut self, while_: Duration) -> bool {
        tokio::time::timeout(while_, self.asked()).await.is_ok()
    }
}
