//! `portner sp …`: service providers.

mod add;
mod failures;
mod policy;
mod waiting;

use std::path::Path;
use std::process::ExitCode;

use portner_audit_log::Database;
use portner_domain::Moment;
use portner_federation::Registered;
use portner_federation::refresh::{Progress, progress};
use portner_federation::registry::{Refusal, all, by_entity_id, disable, enable};
use portner_federation::source::{Source, Verdict, held};
use portner_saml::metadata::change::Change;

use crate::args::Sp;
use crate::config::Config;
use crate::done;
use crate::node::{current_database, log, operator, volatile};
use crate::problem::Problem;
use crate::say::{printable, say};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Largest metadata file, in bytes; parsing has its own limits.
const METADATA_BYTES_MAX: u64 = 1024 * 1024;

/// Do what the command says.
pub async fn run(config: &Config, command: Sp) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    match command {
        Sp::Policy { entity_id, file } => policy::change(&database, &entity_id, &file).await,
        Sp::Test(it) => policy::test(config, &database, &it).await,
        Sp::Add(wish) => add::add(config, &database, &wish).await,
        Sp::List => list(config, &database).await,
        Sp::Show { entity_id } => show(config, &database, &registered(&database, &entity_id).await?).await,
        Sp::Refresh { entity_id } => waiting::refresh(config, &database, entity_id.as_deref()).await,
        Sp::Pending { entity_id } => waiting::pending(&database, entity_id.as_deref()).await,
        Sp::Approve { entity_id, sha256 } => waiting::approve(&database, &entity_id, &sha256).await,
        Sp::Reject { entity_id } => waiting::reject(&database, &entity_id).await,
        Sp::Failures { entity_id, full } => failures::failures(config, &database, &entity_id, full).await,
        Sp::Disable { entity_id } => {
            let mut tx = log(database.clone()).begin(operator()).await?;
            disable(&database, &mut tx, &entity_id).await??;
            tx.commit().await?;
            Ok(done(&format!("disabled {}; it gets no more answers", printable(&entity_id))))
        }
        Sp::Enable { entity_id } => {
            let mut tx = log(database.clone()).begin(operator()).await?;
            enable(&database, &mut tx, &entity_id).await??;
            tx.commit().await?;
            Ok(done(&format!("enabled {}", printable(&entity_id))))
        }
    }
}

async fn registered(database: &Database, entity_id: &str) -> Result<Registered, Problem> {
    let known = by_entity_id(database, entity_id).await?;
    known.ok_or_else(|| Refusal::Unknown(entity_id.to_owned()).into())
}

async fn list(config: &Config, database: &Database) -> Result<ExitCode, Problem> {
    let (volatile, now) = (volatile(config).await?, log(database.clone()).now());
    for sp in all(database).await? {
        let source = Source::of(database, sp.id).await?;
        let progress = progress(&*volatile, sp.id, now).await?;
        let waits = held(database, sp.id).await?.is_some_and(|held| held.verdict == Verdict::Waiting);
        say(&format!(
            "{}\t{}\t{}\t{}{}{}\tfirst certificate ends in {} days",
            sp.state.word(),
            printable(&sp.metadata.entity_id),
            printable(sp.name()),
            freshness(&source, &progress),
            if waits { ", new metadata waits" } else { "" },
            if sp.out_of_service(now) == Some("metadata-expired") { ", EXPIRED" } else { "" },
            days_left(&sp, now),
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn freshness(source: &Source, progress: &Progress) -> String {
    match (&source.url, progress.succeeded, progress.failures) {
        (None, ..) => "by hand".to_owned(),
        (Some(_), None, 0) => "not fetched since it was added".to_owned(),
        (Some(_), Some(at), 0) => format!("fetched {at}"),
        (Some(_), None, n) => format!("failed {n} times"),
        (Some(_), Some(at), n) => format!("fetched {at}, failed {n} times since"),
    }
}

/// Until the first of its certificates is over; negative when it is.
fn days_left(sp: &Registered, now: Moment) -> i64 {
    let metadata = &sp.metadata;
    let encrypting = metadata.encryption_keys.iter().map(|key| key.certificate());
    let ends = metadata.signing_keys.iter().chain(encrypting).map(portner_saml::Certificate::not_after);
    ends.map(|end| (end.0 - now.0).div_euclid(DAY_MILLIS)).min().unwrap_or_default()
}

/// What differs, each on a line; what is of concern is marked and says why.
fn say_changes(changes: &[Change]) {
    for change in changes {
        let what = printable(&change.what.to_string());
        match change.concern {
            Some(concern) => say(&format!("  ! {what} ({concern})")),
            None => say(&format!("    {what}")),
        }
    }
}

async fn show(config: &Config, database: &Database, sp: &Registered) -> Result<ExitCode, Problem> {
    let now = log(database.clone()).now();
    let source = Source::of(database, sp.id).await?;
    let progress = progress(&*volatile(config).await?, sp.id, now).await?;
    let metadata = &sp.metadata;
    say(&format!("entityID  {}", printable(&metadata.entity_id)));
    say(&format!("name      {}", printable(sp.name())));
    say(&format!("state     {}", sp.state.word()));
    for acs in &metadata.assertion_consumers {
        say(&format!("answers   {}", printable(&acs.location)));
    }
    for key in &metadata.signing_keys {
        say(&format!("signs     {} until {}", key.fingerprint(), key.not_after()));
    }
    for key in &metadata.encryption_keys {
        let certificate = key.certificate();
        say(&format!("encrypts  {} until {}", certificate.fingerprint(), certificate.not_after()));
    }
    let url = source.url.as_ref().map_or_else(String::new, |url| format!("{url}, "));
    say(&format!("metadata  {url}{}", freshness(&source, &progress)));
    if let Some(why) = &progress.failure {
        say(&format!("failed    {}", printable(why)));
    }
    if let Some(due) = progress.due.filter(|_| source.url.is_some()) {
        say(&format!("next      {due}"));
    }
    if let Some(certificate) = &source.certificate {
        say(&format!("signed by {} until {}", certificate.fingerprint(), certificate.not_after()));
    }
    if let Some(until) = metadata.valid_until {
        say(&format!("valid     until {until}"));
    }
    if held(database, sp.id).await?.is_some_and(|held| held.verdict == Verdict::Waiting) {
        say("waits     new metadata; see `portner sp pending`");
    }
    say("policy");
    Ok(done(&toml::to_string(&sp.policy)?))
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let size = std::fs::metadata(path).map_err(|error| Problem::file("the file", path, &error))?.len();
    if size > METADATA_BYTES_MAX {
        return Err(Problem::new(format!("{} is larger than {METADATA_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read(path).map_err(|error| Problem::file("the file", path, &error))
}
