//! `portner sp policy` and `portner sp test`: what a service provider may know, and what somebody would be told.

use std::path::Path;
use std::process::ExitCode;

use portner_audit_log::Database;
use portner_domain::Clock;
use portner_domain::flow::{Rules, Tells};
use portner_domain::session::Limits;
use portner_federation::policy::{Policy, changes};
use portner_federation::preview::preview;
use portner_federation::registry::change_policy;
use portner_federation::standing_of_name;

use super::{read, registered};
use crate::args::TestLogin;
use crate::config::Config;
use crate::done;
use crate::node::{log, operator};
use crate::preview::told;
use crate::problem::Problem;
use crate::real::RealClock;
use crate::say::{printable, say};

/// `portner sp policy`: another policy, and what differs.
pub async fn change(database: &Database, entity_id: &str, file: &Path) -> Result<ExitCode, Problem> {
    let policy = policy_in(file)?;
    let known = registered(database, entity_id).await?;
    let mut tx = log(database.clone()).begin(operator()).await?;
    change_policy(database, &mut tx, entity_id, &policy).await??;
    tx.commit().await?;
    for line in changes(&known.policy.to_toml(), &policy.to_toml()) {
        say(&printable(&line));
    }
    Ok(done(&format!("changed the policy of {}", printable(entity_id))))
}

/// `portner sp test`: what somebody would be told, and what is in the way.
pub async fn test(config: &Config, database: &Database, it: &TestLogin) -> Result<ExitCode, Problem> {
    let sp = registered(database, &it.entity_id).await?;
    let standing = standing_of_name(database, &it.user_name).await?;
    let standing = standing
        .ok_or_else(|| Problem::new(format!("there is no user {}; check the spelling", it.user_name)))?;
    let rules = Rules { notified: config.notified(), limits: Limits::NSIS, tells: Tells::Nothing };
    let found = preview(database, &sp, &standing, &rules, RealClock.now()).await?;
    if it.json {
        return Ok(done(&serde_json::to_string_pretty(&found)?));
    }
    told(&found).iter().for_each(|line| say(line));
    Ok(ExitCode::SUCCESS)
}

/// The policy in a file.
pub fn policy_in(path: &Path) -> Result<Policy, Problem> {
    let policy = Policy::from_toml(&String::from_utf8(read(path)?)?);
    policy.map_err(|error| Problem::new(format!("{}: {error}", path.display())))
}
