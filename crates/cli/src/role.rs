//! `portner role …`: who administers. Whoever keeps the machine may give the first ones of each role; in the browser it
//! takes two people.

use std::process::ExitCode;

use portner_directory::{Held, grant, held_by_all, withdraw};
use portner_domain::Clock;
use portner_domain::role::Grant;

use crate::args::{GrantRole, Role, WithdrawRole};
use crate::config::Config;
use crate::done;
use crate::node::current_database;
use crate::problem::Problem;
use crate::real::RealClock;
use crate::say::say;
use crate::user::change;

/// Do what the command says.
pub async fn run(config: &Config, command: Role) -> Result<ExitCode, Problem> {
    match command {
        Role::Grant(wishes) => give(config, wishes).await,
        Role::Withdraw(wishes) => take(config, wishes).await,
        Role::List => list(config).await,
    }
}

async fn give(config: &Config, wishes: GrantRole) -> Result<ExitCode, Problem> {
    let (mut tx, identity) = change(config, &wishes.user_name).await?;
    let until = wishes.until.map(|day| day.0);
    let held = Grant { role: wishes.role, unit: wishes.unit, until };
    grant(&mut tx, identity, &held).await??;
    tx.commit().await?;
    Ok(done(&format!("{} has the role {}", wishes.user_name, told(&held))))
}

async fn take(config: &Config, wishes: WithdrawRole) -> Result<ExitCode, Problem> {
    let (mut tx, identity) = change(config, &wishes.user_name).await?;
    withdraw(&mut tx, identity, wishes.role, wishes.unit.as_ref()).await??;
    tx.commit().await?;
    let was = Grant { role: wishes.role, unit: wishes.unit, until: None };
    Ok(done(&format!("{} has the role {} no more", wishes.user_name, told(&was))))
}

async fn list(config: &Config) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    let all = held_by_all(&database, RealClock.now()).await?;
    if all.is_empty() {
        return Ok(done("nobody has a role"));
    }
    for Held { identity, grant } in all {
        let who = portner_directory::by_id(&database, identity).await?;
        let name = who.map_or_else(|| identity.to_string(), |who| who.user_name.to_string());
        say(&format!("{name}\t{}", told(&grant)));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(grant: &Grant) -> String {
    let unit = grant.unit.as_ref().map(|unit| format!(" in {}", unit.as_str())).unwrap_or_default();
    let until = grant.until.map(|until| format!(" until {until}")).unwrap_or_default();
    format!("{}{unit}{until}", grant.role.word())
}
