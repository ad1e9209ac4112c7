//! `portner sp failures`: the last messages of a service provider that came to nothing, and what to do.

use std::process::ExitCode;

use portner_audit_log::Database;
use portner_federation::{Kept, failures as kept, remedy};

use super::registered;
use crate::config::Config;
use crate::node::{log, volatile};
use crate::problem::Problem;
use crate::say::{printable, say};

/// Newest first; `full` is with the messages themselves.
pub async fn failures(
    config: &Config,
    database: &Database,
    entity_id: &str,
    full: bool,
) -> Result<ExitCode, Problem> {
    let sp = registered(database, entity_id).await?;
    let all = kept(&*volatile(config).await?, sp.id, log(database.clone()).now()).await?;
    if all.is_empty() {
        say("no message of its came to nothing lately");
    }
    for one in &all {
        print(one, full);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(one: &Kept, full: bool) {
    let binding = one.binding.map_or("answered later".to_owned(), |binding| format!("by {binding:?}"));
    let (network, why) = (printable(&one.network), printable(&one.why));
    say(&format!("{}  {why}  {binding} from {network}, reference {}", one.at, one.reference));
    if let Some((sentence, what_to_do)) = remedy(&one.why) {
        say(&format!("    {sentence}\n    → {what_to_do}"));
    }
    if full {
        for line in one.xml.iter().flat_map(|text| text.lines()) {
            say(&format!("    | {}", printable(line)));
        }
    }
}
