//! Telling people and programs where everything is and who can log in.

use std::path::Path;

use serde::Serialize;

use super::folder::write_atomically;
use super::people::Account;
use super::ports::Ports;
use super::preparation::Prepared;
use crate::problem::Problem;
use crate::say::say;

/// At the terminal.
pub fn say_all(ports: Ports, accounts: &[Account], admin_link: Option<&str>) {
    say("");
    say(&format!("open this     {}", ports.service_url()));
    say(&format!("Portner       {}", ports.portner_url()));
    say(&format!("own pages     {}me", ports.portner_url()));
    say(&format!("metadata      {}", ports.metadata_url()));
    say(&format!("health        {}health/ready", ports.management_url()));
    if let Some(link) = admin_link {
        say(&format!("administrator {link}  (works once, within an hour of the installation)"));
    }
    say("");
    say(&format!("{:<10} {:<32} one-time code secret", "user name", "password"));
    for Account { person, totp_secret, .. } in accounts {
        say(&format!(
            "{:<10} {:<32} {}",
            person.username,
            person.password,
            totp_secret.as_deref().unwrap_or("none")
        ));
    }
    say("");
    say("the first page shows everybody's one-time code of the moment");
    say("Ctrl-C stops");
}

/// What `--ready-file` tells a program.
#[derive(Serialize)]
struct Ready<'a> {
    url: String,
    metadata_url: String,
    sp_url: String,
    management_url: String,
    config: &'a Path,
    users: Vec<User<'a>>,
}

#[derive(Serialize)]
struct User<'a> {
    username: &'a str,
    password: &'a str,
    totp_secret: Option<&'a str>,
}

/// In a file that appears all at once.
pub fn write_ready_file(file: &Path, prepared: &Prepared) -> Result<(), Problem> {
    let ports = prepared.ports;
    let users = prepared.accounts.iter().map(|account| User {
        username: account.person.username,
        password: account.person.password,
        totp_secret: account.totp_secret.as_deref(),
    });
    let ready = Ready {
        url: ports.portner_url(),
        metadata_url: ports.metadata_url(),
        sp_url: ports.service_url(),
        management_url: ports.management_url(),
        config: &prepared.folder.config(),
        users: users.collect(),
    };
    let text = serde_json::to_vec_pretty(&ready).map_err(|error| Problem::file(file, &error.into()))?;
    write_atomically(file, &text)
}
