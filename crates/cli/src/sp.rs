//! `portner sp …`: service providers.

use std::path::Path;
use std::process::ExitCode;

use portner_audit_log::Database;
use portner_domain::Clock;
use portner_domain::flow::Rules;
use portner_domain::session::Limits;
use portner_federation::Registered;
use portner_federation::policy::Policy;
use portner_federation::preview::preview;
use portner_federation::registry::{Refusal, add, all, by_entity_id, change_policy, disable, enable};
use portner_federation::standing_of_name;
use portner_saml::ServiceProvider;

use crate::args::{Sp, TestLogin};
use crate::config::Config;
use crate::done;
use crate::node::{current_database, log, operator};
use crate::preview::{changes, told};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::{printable, say};

/// Largest metadata file, in bytes; parsing has its own limits.
const METADATA_BYTES_MAX: u64 = 1024 * 1024;

/// Do what the command says.
pub async fn run(config: &Config, command: Sp) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    match command {
        Sp::Add { metadata, policy } => register(&database, &metadata, policy.as_deref()).await,
        Sp::List => {
            for sp in all(&database).await? {
                say(&format!(
                    "{}\t{}\t{}",
                    sp.state.word(),
                    printable(&sp.metadata.entity_id),
                    printable(sp.name())
                ));
            }
            Ok(ExitCode::SUCCESS)
        }
        Sp::Show { entity_id } => match by_entity_id(&database, &entity_id).await? {
            Some(sp) => show(&sp),
            None => Err(Refusal::Unknown(entity_id).into()),
        },
        Sp::Policy { entity_id, file } => change(&database, &entity_id, &file).await,
        Sp::Test(it) => test(config, &database, &it).await,
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

async fn register(database: &Database, metadata: &Path, policy: Option<&Path>) -> Result<ExitCode, Problem> {
    let text = read(metadata)?;
    let named = |error: &dyn std::fmt::Display| Problem::new(format!("{}: {error}", metadata.display()));
    let entity_id = ServiceProvider::parse(&text).map_err(|error| named(&error))?.entity_id;
    let known = by_entity_id(database, &entity_id).await?;
    let (policy, whose) = match (policy, &known) {
        (Some(path), _) => (policy_in(path)?, "the policy given"),
        (None, Some(known)) => (known.policy.clone(), "its policy as it was"),
        (None, None) => (Policy::of_profile("oiosaml3-professional")?, "the profile oiosaml3-professional"),
    };
    let mut tx = log(database.clone()).begin(operator()).await?;
    let added = add(database, &mut tx, &RealEntropy, &text, &policy).await?.map_err(|error| named(&error))?;
    tx.commit().await?;
    let verb = if known.is_some() { "replaced the metadata of" } else { "registered" };
    let state = added.state.word();
    Ok(done(&format!("{verb} {}, with {whose}; it is {state}", printable(&added.metadata.entity_id))))
}

async fn change(database: &Database, entity_id: &str, file: &Path) -> Result<ExitCode, Problem> {
    let policy = policy_in(file)?;
    let known = by_entity_id(database, entity_id).await?;
    let known = known.ok_or_else(|| Refusal::Unknown(entity_id.to_owned()))?;
    let mut tx = log(database.clone()).begin(operator()).await?;
    change_policy(database, &mut tx, entity_id, &policy).await??;
    tx.commit().await?;
    for line in changes(&toml::to_string(&known.policy)?, &toml::to_string(&policy)?) {
        say(&line);
    }
    Ok(done(&format!("changed the policy of {}", printable(entity_id))))
}

async fn test(config: &Config, database: &Database, it: &TestLogin) -> Result<ExitCode, Problem> {
    let sp = by_entity_id(database, &it.entity_id).await?;
    let sp = sp.ok_or_else(|| Refusal::Unknown(it.entity_id.clone()))?;
    let standing = standing_of_name(database, &it.user_name).await?;
    let standing = standing
        .ok_or_else(|| Problem::new(format!("there is no user {}; check the spelling", it.user_name)))?;
    let rules = Rules { notified: config.notified(), limits: Limits::NSIS };
    let found = preview(database, &sp, &standing, &rules, RealClock.now()).await?;
    if it.json {
        return Ok(done(&serde_json::to_string_pretty(&found)?));
    }
    told(&found).iter().for_each(|line| say(line));
    Ok(ExitCode::SUCCESS)
}

fn show(sp: &Registered) -> Result<ExitCode, Problem> {
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
    say("policy");
    Ok(done(&toml::to_string(&sp.policy)?))
}

fn policy_in(path: &Path) -> Result<Policy, Problem> {
    let policy = Policy::from_toml(&String::from_utf8(read(path)?)?);
    policy.map_err(|error| Problem::new(format!("{}: {error}", path.display())))
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let size = std::fs::metadata(path).map_err(|error| Problem::file("the file", path, &error))?.len();
    if size > METADATA_BYTES_MAX {
        return Err(Problem::new(format!("{} is larger than {METADATA_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read(path).map_err(|error| Problem::file("the file", path, &error))
}
