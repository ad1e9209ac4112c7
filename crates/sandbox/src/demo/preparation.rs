//! What has to be there before the doors open: made where it is missing, found where it is not.

use std::net::TcpListener;
use std::path::Path;

use portner_domain::{Clock, Millis};
use tokio::process::Command;

use super::folder::{AdminLink, Folder, Progress, write_atomically};
use super::people::{self, Account};
use super::ports::Ports;
use super::program::{Program, run};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;
use crate::service::{Own, policy};

const ORGANISATION: &str = "Eksempel Kommune";
/// As long as Portner says its link works.
const ADMIN_LINK_LIFE: Millis = Millis::hours(1);

/// Everything, ready to be started.
pub struct Prepared {
    /// Portner.
    pub program: Program,
    /// Where things are kept.
    pub folder: Folder,
    /// Who listens where.
    pub ports: Ports,
    /// The service provider's listener.
    pub listener: TcpListener,
    /// The service provider's key and metadata.
    pub own: Own,
    /// The users.
    pub accounts: Vec<Account>,
    link: Option<AdminLink>,
}

impl Prepared {
    /// The link that makes the first administrator, while it can still work.
    pub fn admin_link(&self) -> Option<String> {
        let works =
            |link: &&AdminLink| RealClock.now().since(link.made).is_some_and(|age| age < ADMIN_LINK_LIFE);
        self.link.as_ref().filter(works).map(|link| link.url.clone())
    }
}

/// Make what is missing.
pub async fn prepare(data: &Path, ports: Ports) -> Result<Prepared, Problem> {
    let folder = Folder::open(data)?;
    let program = Program::beside_us(folder.config())?;
    let mut progress = folder.progress(ports)?;
    let listener = ports.take()?;
    if progress.admin_link.is_none() {
        say(&format!("installing Portner in {}", folder.path().display()));
        progress.admin_link = Some(install(&program, &folder, ports).await?);
        folder.remember("demo.json", &progress)?;
    }
    run(program.command().arg("migrate"), "").await?;
    let own = service_provider(&folder, ports)?;
    if !(progress.service_provider_registered && is_registered(&folder, &own)) {
        register_service_provider(&program, &folder, &own, ports, &mut progress).await?;
    }
    let mut accounts = people::accounts(&folder, &RealEntropy)?;
    for place in 0..accounts.len() {
        let Some(account) = accounts.get_mut(place).filter(|account| !account.registered) else { continue };
        register(&program, account).await?;
        people::remember(&folder, &accounts)?;
    }
    Ok(Prepared { program, folder, ports, listener, own, accounts, link: progress.admin_link })
}

/// Make the installation. The last line that `init` says is the link.
pub async fn install(program: &Program, folder: &Folder, ports: Ports) -> Result<AdminLink, Problem> {
    let (public, management) = ports.portner_listens();
    let portner_url = ports.portner_url();
    let mut command = program.command();
    command.arg("init").arg("--data").arg(folder.path());
    command.args(["--public-url", portner_url.trim_end_matches('/'), "--entity-id", "http://saml.localhost"]);
    command.args(["--organisation", ORGANISATION, "--cvr", "12345678"]);
    command.args(["--listen", &public, "--management", &management]);
    command.args(["--support-name", "IT-service", "--support-phone", "70 10 20 30"]);
    command.args(["--support-email", "it-service@example.dk"]);
    command.args(["--scheme-level", "Substantial", "--broker-level", "Substantial"]);
    let made = RealClock.now();
    let said = run(&mut command, "").await?;
    let link = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    match link.filter(|link| link.starts_with(&portner_url)) {
        Some(url) => Ok(AdminLink { url: url.to_owned(), made }),
        None => Err(Problem::new("`portner init` ended without a link for the first administrator")),
    }
}

/// The service provider's key, which is made once, and what follows from it.
fn service_provider(folder: &Folder, ports: Ports) -> Result<Own, Problem> {
    let (key, certificate) = (folder.own("sp-key.pem"), folder.own("sp-certificate.pem"));
    if !(key.exists() && certificate.exists()) {
        let made = Own::new_key(RealClock.now(), &RealEntropy)?;
        write_atomically(&key, made.key_pem.as_bytes())?;
        write_atomically(&certificate, made.certificate_pem.as_bytes())?;
    }
    let read = |path: &Path| std::fs::read(path).map_err(|error| Problem::file(path, &error));
    Own::from_pem(&read(&key)?, &read(&certificate)?, &ports.service_url())
}

/// Has the metadata changed since Portner was told? An earlier version of the demo may have said less.
fn is_registered(folder: &Folder, own: &Own) -> bool {
    let told = std::fs::read(folder.own("sp-metadata.xml"));
    told.is_ok_and(|told| told == own.metadata().as_bytes())
}

async fn register_service_provider(
    program: &Program,
    folder: &Folder,
    own: &Own,
    ports: Ports,
    progress: &mut Progress,
) -> Result<(), Problem> {
    say("registering the service provider");
    progress.service_provider_registered = false;
    folder.remember("demo.json", progress)?;
    let (metadata, rules) = (folder.own("sp-metadata.xml"), folder.own("sp-policy.toml"));
    write_atomically(&metadata, own.metadata().as_bytes())?;
    write_atomically(&rules, policy(&ports.service_url()).as_bytes())?;
    let mut command = program.command();
    command.args(["sp", "add"]).arg(&metadata).arg("--policy").arg(&rules);
    run(&mut command, "").await?;
    progress.service_provider_registered = true;
    folder.remember("demo.json", progress)
}

/// Make a user, in the state they are to be in. We may have been interrupted half-way, so look first.
async fn register(program: &Program, account: &mut Account) -> Result<(), Problem> {
    let person = account.person;
    say(&format!("registering {}", person.username));
    let named = |words: [&str; 2]| {
        let mut command = program.command();
        command.args(words).args(["--user-name", person.username]);
        command
    };
    if run(&mut named(["user", "show"]), "").await.is_err() {
        let secret = account.totp_secret.as_deref();
        run(
            &mut add(named(["user", "add"]), account),
            &format!("{}\n{}\n", person.password, secret.unwrap_or_default()),
        )
        .await?;
    }
    if person.locked {
        run(named(["user", "lock"]).args(["--why", "demo"]), "").await?;
    }
    account.registered = true;
    Ok(())
}

fn add(mut command: Command, account: &Account) -> Command {
    let person = account.person;
    command.args(["--first-name", person.first_name, "--last-name", person.last_name]);
    command.args(["--email", &format!("{}@example.dk", person.username), "--route", person.route]);
    if person.route != "none" {
        command.args(["--employment-source", "payroll"]);
    }
    let codes = if account.totp_secret.is_some() { "--totp-stdin" } else { "--no-totp" };
    command.args(["--password-stdin", codes, "--json"]);
    command
}
