//! `portner scim client …`: who may feed the directory by SCIM.

use std::process::ExitCode;

use portner_directory::by_user_name;
use portner_directory::scim::{NewClient, add_client, adopt, clients, revoke_client};
use portner_domain::Clock;
use portner_domain::identity::Employment;

use crate::args::ScimClient;
use crate::config::Config;
use crate::done;
use crate::feed::organisation;
use crate::node::{Node, current_database, log, operator};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;

/// Do what the command says.
pub async fn run(config: &Config, command: ScimClient) -> Result<ExitCode, Problem> {
    match command {
        ScimClient::Add { name, until, employment_source } => {
            let employment = match employment_source {
                Some(source) => Employment::Verified { source },
                None => Employment::Entered,
            };
            let cvr = config.organisation.cvr.clone();
            let new = NewClient { name, cvr, employment, until: until.map(|day| day.0) };
            add(config, &new).await
        }
        ScimClient::List => list(config).await,
        ScimClient::Revoke { name } => {
            let mut tx = log(current_database(config).await?).begin(operator()).await?;
            revoke_client(&mut tx, &name).await??;
            tx.commit().await?;
            Ok(done(&format!("{name} is not heard any more; its people and groups stay")))
        }
        ScimClient::Adopt { name, user_name, external_id } => {
            let database = current_database(config).await?;
            let found = by_user_name(&database, &user_name).await?;
            let identity = found.ok_or_else(|| Problem::new(format!("there is no user {user_name}")))?;
            let mut tx = log(database.clone()).begin(operator()).await?;
            adopt(&database, &mut tx, &name, (identity.id, external_id.as_deref())).await??;
            tx.commit().await?;
            Ok(done(&format!("{user_name} comes from {name} from now on, with id {}", identity.id)))
        }
    }
}

async fn add(config: &Config, new: &NewClient) -> Result<ExitCode, Problem> {
    let node = Node::open(config, 1).await?;
    organisation(config, &node).await?;
    let mut tx = node.log.begin(operator()).await?;
    let token = add_client(node.log.database(), &mut tx, &RealEntropy, new).await??;
    tx.commit().await?;
    if config.scim.is_none() {
        say("note: SCIM is switched off; add a [scim] section to the configuration and start Portner again");
    }
    say(&format!("address: {}/scim/v2", config.public().map_err(Problem::new)?.origin));
    say("token, shown this once:");
    Ok(done(token.expose()))
}

async fn list(config: &Config) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let now = RealClock.now();
    for client in clients(&database).await? {
        let state = match (client.revoked, client.is_welcome(now)) {
            (Some(_), _) => "revoked",
            (None, true) => "works",
            (None, false) => "over",
        };
        let until = client.until.map_or_else(|| "-".to_owned(), |until| until.to_string());
        say(&format!("{}\t{state}\t{}\t{until}", client.name, client.added));
    }
    Ok(ExitCode::SUCCESS)
}
