//! `portner sp add`: from a file or an address, with what differs from before.

use std::path::Path;
use std::process::ExitCode;

use portner_audit_log::Database;
use portner_federation::Registered;
use portner_federation::fetch::{Fetched, MetadataUrl};
use portner_federation::policy::Policy;
use portner_federation::registry::{Brought, Concerns, Refusal, bring, by_entity_id};
use portner_federation::source::{Source, difference};
use portner_saml::{Certificate, ServiceProvider};

use super::policy::policy_in;
use super::{read, say_changes};
use crate::args::AddSp;
use crate::config::Config;
use crate::done;
use crate::node::{fetcher, log, operator};
use crate::problem::Problem;
use crate::real::RealEntropy;
use crate::say::printable;

/// Register, or replace what is registered.
pub async fn add(config: &Config, database: &Database, wish: &AddSp) -> Result<ExitCode, Problem> {
    let named = |error: &dyn std::fmt::Display| Problem::new(format!("{}: {error}", wish.metadata));
    let url = wish.metadata.contains("://").then(|| MetadataUrl::parse(&wish.metadata)).transpose()?;
    let text = match &url {
        None => read(Path::new(&wish.metadata))?,
        Some(url) => match fetcher(config)?.fetch(url, None).await.map_err(|error| named(&error))? {
            Fetched::Document(text, _) => text,
            Fetched::Unchanged => Vec::new(),
        },
    };
    let entity_id = ServiceProvider::parse(&text).map_err(|error| named(&error))?.entity_id;
    let known = by_entity_id(database, &entity_id).await?;
    let (policy, whose) = policy(wish.policy.as_deref(), known.as_ref())?;
    let moves = url.is_some() || wish.by_hand || wish.without_metadata_key || wish.metadata_key.is_some();
    let source = source(database, wish, url, known.as_ref()).await?;
    let log = log(database.clone());
    let changes = difference(database, &source, &text, log.now()).await?.map_err(|error| named(&error))?;
    say_changes(&changes);
    let brought = Brought {
        metadata: &text,
        policy: &policy,
        source: moves.then_some(source),
        concerns: if wish.accept_lowering { Concerns::Accepted } else { Concerns::Refused },
    };
    let mut tx = log.begin(operator()).await?;
    let added = match bring(database, &mut tx, &RealEntropy, &brought).await? {
        Err(refusal @ Refusal::OfConcern(_)) => {
            return Err(Problem::new(format!(
                "{refusal} (marked ! above); if the service means that, give --accept-lowering"
            )));
        }
        other => other.map_err(|error| named(&error))?,
    };
    tx.commit().await?;
    let verb = if known.is_some() { "replaced the metadata of" } else { "registered" };
    let state = added.state.word();
    Ok(done(&format!("{verb} {}, with {whose}; it is {state}", printable(&added.metadata.entity_id))))
}

fn policy(given: Option<&Path>, known: Option<&Registered>) -> Result<(Policy, &'static str), Problem> {
    match (given, known) {
        (Some(path), _) => Ok((policy_in(path)?, "the policy given")),
        (None, Some(known)) => Ok((known.policy.clone(), "its policy as it was")),
        (None, None) => {
            Ok((Policy::of_profile("oiosaml3-professional")?, "the profile oiosaml3-professional"))
        }
    }
}

/// Where its metadata comes from henceforth: as it was, but for what was given.
async fn source(
    database: &Database,
    wish: &AddSp,
    url: Option<MetadataUrl>,
    known: Option<&Registered>,
) -> Result<Source, Problem> {
    let mut source = match known {
        Some(known) => Source::of(database, known.id).await?,
        None => Source::default(),
    };
    if url.is_some() || wish.by_hand {
        source.url = url;
    }
    if wish.without_metadata_key {
        source.certificate = None;
    }
    if let Some(path) = &wish.metadata_key {
        let certificate = Certificate::from_pem(&read(path)?);
        source.certificate =
            Some(certificate.map_err(|error| Problem::new(format!("{}: {error}", path.display())))?);
    }
    Ok(source)
}
