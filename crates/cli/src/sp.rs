//! `portner sp …`: service providers.

use std::path::Path;
use std::process::ExitCode;

use portner_federation::Registered;
use portner_federation::policy::Policy;
use portner_federation::registry::{add, all, by_entity_id, disable};

use crate::args::Sp;
use crate::config::Config;
use crate::done;
use crate::node::{current_database, log, operator};
use crate::problem::Problem;
use crate::real::RealEntropy;
use crate::say::{printable, say};

/// Largest metadata file, in bytes; parsing has its own limits.
const METADATA_BYTES_MAX: u64 = 1024 * 1024;

/// Do what the command says.
pub async fn run(config: &Config, command: Sp) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    match command {
        Sp::Add { metadata, policy } => {
            let policy = match policy {
                Some(path) => Policy::from_toml(&String::from_utf8(read(&path)?)?)
                    .map_err(|error| Problem::new(format!("{}: {error}", path.display())))?,
                None => Policy::of_profile("oiosaml3-professional")?,
            };
            let text = read(&metadata)?;
            let mut tx = log(database.clone()).begin(operator()).await?;
            let added = add(&database, &mut tx, &RealEntropy, &text, &policy)
                .await?
                .map_err(|refusal| Problem::new(format!("{}: {refusal}", metadata.display())))?;
            tx.commit().await?;
            Ok(done(&format!("registered {}", printable(&added.metadata.entity_id))))
        }
        Sp::List => {
            for sp in all(&database).await? {
                say(&format!("{}\t{}\t{}", sp.state.word(), printable(&sp.metadata.entity_id), printable(sp.name())));
            }
            Ok(ExitCode::SUCCESS)
        }
        Sp::Show { entity_id } => match by_entity_id(&database, &entity_id).await? {
            Some(sp) => show(&sp),
            None => Err(Problem::new(format!(
                "there is no service provider with the entityID {entity_id:?}; `portner sp list` shows them"
            ))),
        },
        Sp::Disable { entity_id } => {
            let mut tx = log(database.clone()).begin(operator()).await?;
            disable(&database, &mut tx, &entity_id).await??;
            tx.commit().await?;
            Ok(done(&format!("disabled {}; it gets no more answers", printable(&entity_id))))
        }
    }
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

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let size = std::fs::metadata(path).map_err(|error| Problem::file("the file", path, &error))?.len();
    if size > METADATA_BYTES_MAX {
        return Err(Problem::new(format!("{} is larger than {METADATA_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read(path).map_err(|error| Problem::file("the file", path, &error))
}
