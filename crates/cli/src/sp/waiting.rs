//! `portner sp refresh`, `pending`, `approve` and `reject`: metadata that is fetched, and what of it waits.

use std::process::ExitCode;
use std::sync::Arc;

use portner_audit_log::Database;
use portner_federation::refresh::{Refreshed, Refresher};
use portner_federation::registry::all;
use portner_federation::source::{
    Source, Verdict, approve as approve_held, difference, held, reject as reject_held,
};
use portner_federation::{Registered, SpState};

use super::{registered, say_changes};
use crate::config::Config;
use crate::done;
use crate::node::{fetcher, log, operator, volatile};
use crate::problem::Problem;
use crate::real::RealEntropy;
use crate::say::{complain, printable, say};

/// Fetch the metadata of one, or of all that have an address, now.
pub async fn refresh(
    config: &Config,
    database: &Database,
    entity_id: Option<&str>,
) -> Result<ExitCode, Problem> {
    let refresher = Refresher::new(
        log(database.clone()),
        volatile(config).await?,
        fetcher(config)?,
        Arc::new(RealEntropy),
    );
    let mut code = ExitCode::SUCCESS;
    for sp in chosen(database, entity_id).await? {
        if entity_id.is_none() && sp.state == SpState::Disabled {
            continue;
        }
        let name = printable(&sp.metadata.entity_id);
        match refresher.refresh(sp.id, operator()).await? {
            Refreshed::Unchanged => say(&format!("{name}: nothing has changed")),
            Refreshed::Replaced(changes) => {
                say(&format!("{name}: new metadata is used"));
                say_changes(&changes);
            }
            Refreshed::Held(changes) => {
                say(&format!("{name}: new metadata waits for approval; see `portner sp pending`"));
                say_changes(&changes);
            }
            Refreshed::StillHeld(Verdict::Waiting) => {
                say(&format!("{name}: the same still waits for approval"))
            }
            Refreshed::StillHeld(Verdict::Rejected) => {
                say(&format!("{name}: still publishes what was rejected"))
            }
            Refreshed::Busy => say(&format!("{name}: is being fetched by somebody else just now")),
            Refreshed::ByHand if entity_id.is_none() => {}
            Refreshed::ByHand => {
                complain(&format!("{name}: its metadata has no address; give one with `portner sp add URL`"));
                code = ExitCode::FAILURE;
            }
            Refreshed::Failed(why) => {
                complain(&format!("{name}: {}; what is registered stays in use", printable(&why)));
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// What waits, and what differs in it.
pub async fn pending(database: &Database, entity_id: Option<&str>) -> Result<ExitCode, Problem> {
    let now = log(database.clone()).now();
    let mut any = false;
    for sp in chosen(database, entity_id).await? {
        let Some(held) = held(database, sp.id).await?.filter(|held| held.verdict == Verdict::Waiting) else {
            continue;
        };
        any = true;
        let name = printable(&sp.metadata.entity_id);
        say(&format!("{name}, found {} at {}", held.found_at, printable(&held.url)));
        let source = Source::of(database, sp.id).await?;
        match difference(database, &source, held.metadata.as_bytes(), now).await? {
            Ok(changes) => say_changes(&changes),
            Err(refusal) => say(&format!("    it can't be used any more: {refusal}")),
        }
        let named = in_a_shell(&sp.metadata.entity_id);
        say(&format!("    to use it: portner sp approve {named} {}", held.sha256()));
    }
    if !any {
        say("nothing waits");
    }
    Ok(ExitCode::SUCCESS)
}

/// Use what waits.
pub async fn approve(database: &Database, entity_id: &str, sha256: &str) -> Result<ExitCode, Problem> {
    let mut tx = log(database.clone()).begin(operator()).await?;
    let changes = approve_held(database, &mut tx, entity_id, sha256).await??;
    tx.commit().await?;
    say_changes(&changes);
    Ok(done(&format!("approved; this metadata of {} is used from now on", printable(entity_id))))
}

/// Do not use what waits.
pub async fn reject(database: &Database, entity_id: &str) -> Result<ExitCode, Problem> {
    let mut tx = log(database.clone()).begin(operator()).await?;
    reject_held(database, &mut tx, entity_id).await??;
    tx.commit().await?;
    Ok(done(&format!("rejected; the metadata of {} stays as it is", printable(entity_id))))
}

async fn chosen(database: &Database, entity_id: Option<&str>) -> Result<Vec<Registered>, Problem> {
    match entity_id {
        Some(entity_id) => Ok(vec![registered(database, entity_id).await?]),
        None => Ok(all(database).await?),
    }
}

/// A line to be copied must say the same to a shell as to a person.
fn in_a_shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.' | '_' | '-');
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", printable(text).replace('\'', "'\\''"))
    }
}
