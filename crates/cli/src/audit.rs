//! `portner audit …`: the audit log.

use std::process::ExitCode;

use portner_audit_log::events::Reader;
use portner_audit_log::verify::{Verdict, verify};

use crate::args::Audit;
use crate::config::Config;
use crate::node::{audit_signer, current_database};
use crate::problem::Problem;
use crate::say::{complain, say};

/// An event with every control character escaped as JSON escapes it, those above U+007F too, which JSON leaves
/// and terminals obey (T-LOG-02).
fn visible(body: &str) -> String {
    body.chars()
        .map(|c| if c.is_control() { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() })
        .collect()
}

/// Do what the command says.
pub async fn run(config: &Config, command: Audit) -> Result<ExitCode, Problem> {
    let database = current_database(config).await?;
    match command {
        Audit::Verify => {
            let signer = audit_signer(config)?;
            let file = config.storage.data.join("audit-checkpoints.txt");
            let file = file.exists().then_some(file);
            match verify(&database, std::slice::from_ref(signer.key()), file.as_deref()).await? {
                Verdict::Sound(sound) => {
                    say(&format!(
                        "the log is as it was sealed: {} events, {} checkpoints, {} of them remembered outside the database; {} events wait to be sealed",
                        sound.events, sound.checkpoints, sound.remembered, sound.unsealed
                    ));
                    if file.is_none() {
                        say(
                            "note: there is no checkpoint file outside the database, so a log that was cut at its end would not be noticed",
                        );
                    }
                    Ok(ExitCode::SUCCESS)
                }
                Verdict::Unsound(finding) => {
                    complain(&format!("the log is not as it was sealed: {finding}"));
                    Ok(ExitCode::FAILURE)
                }
            }
        }
        Audit::Events { kind } => {
            let mut reader = Reader::new(&database);
            while let Some(page) = reader.next_page().await? {
                for body in page {
                    if kind.as_ref().is_none_or(|kind| body.contains(&format!("\"kind\":\"{kind}\""))) {
                        say(&visible(&body));
                    }
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
