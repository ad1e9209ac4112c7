//! `portner import ldap`: people from Active Directory or another directory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use portner_audit_log::Tx;
use portner_directory::feed::{DirectoryReading, Extent, Mapping, Place, Servers};
use portner_domain::{Entropy, IdentityId};
use portner_federation::strip;
use zeroize::Zeroizing;

use super::progress::Telling;
use super::{importer, organisation, show, tell, text};
use crate::args::ImportLdap;
use crate::config::Config;
use crate::node::Node;
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};

/// Do what the command says.
pub async fn import(config: &Config, wishes: &ImportLdap) -> Result<ExitCode, Problem> {
    let mapping = Mapping::parse(&wishes.feed, &text(&wishes.mapping)?)?;
    let servers = servers(config, place(&mapping)?)?;
    let node = Node::open(config, 1).await?;
    let errors =
        wishes.errors.clone().unwrap_or_else(|| PathBuf::from(format!("{}.errors.csv", mapping.feed.name)));
    let importer = importer(config, &node, &errors).await?;
    let extent = if wishes.changed { Extent::Changed } else { Extent::All };
    let reading = DirectoryReading { mapping: &mapping, servers: &servers, extent };
    let mut telling = Telling::new(Arc::new(RealClock), &errors);
    let spool = spool(config)?;
    if wishes.dry_run {
        let survey = importer.look_at_directory(reading, spool, &mut telling).await??;
        telling.close()?;
        return Ok(show(wishes.json, "nothing was done", None, &survey, None));
    }
    organisation(config, &node).await?;
    let strip = async |tx: &mut Tx, identity: IdentityId| strip(&node.authenticators, tx, identity).await;
    let outcome = importer.import_directory(reading, spool, &mut telling, &strip).await?;
    telling.close()?;
    tell(wishes.json, outcome, "import it again")
}

/// Which directory a mapping is of.
pub fn place(mapping: &Mapping) -> Result<&Place, Problem> {
    let no_place =
        || Problem::new("the mapping has no [ldap]; docs/how-to/import-people.md says how to write one");
    mapping.place.as_ref().ok_or_else(no_place)
}

/// The servers of a directory, with what its files hold; they are seen from the data folder.
pub fn servers(config: &Config, place: &Place) -> Result<Servers, Problem> {
    let file = config.key_file(&place.password_file);
    let password = std::fs::read_to_string(&file).map(Zeroizing::new);
    let password = password.map_err(|error| Problem::file("ldap.password_file", &file, &error))?;
    let Some(first) = password.lines().next().filter(|line| !line.is_empty()) else {
        return Err(Problem::new(format!("ldap.password_file {} is empty", file.display())));
    };
    let authorities = place.ca_file.as_ref().map(|file| {
        let file = config.key_file(file);
        std::fs::read(&file).map_err(|error| Problem::file("ldap.ca_file", &file, &error))
    });
    let authorities = authorities.transpose()?;
    let servers = place.servers(Zeroizing::new(first.to_owned()), authorities.as_deref());
    servers.map_err(|error| Problem::new(format!("ldap.ca_file: {error}")))
}

/// A file for what the directory says, which nobody finds: it holds people's data, and is gone with the command.
pub fn spool(config: &Config) -> Result<File, Problem> {
    let mut random = [0; 16];
    RealEntropy.fill(&mut random);
    let path = config.storage.data.join(format!(".feed-{}", hex::encode(random)));
    unnamed(&path).map_err(|error| Problem::file("a file for what the directory says", &path, &error))
}

fn unnamed(path: &Path) -> std::io::Result<File> {
    let file = File::options().read(true).write(true).create_new(true).open(path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}
