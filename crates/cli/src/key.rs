//! `portner key …`: keys.

use std::process::ExitCode;

use portner_saml::Signer;

use crate::args::Key;
use crate::config::Config;
use crate::node::{audit_signer, signing_key};
use crate::problem::Problem;
use crate::say::{printable, say};

/// Do what the command says.
pub fn run(config: &Config, command: &Key) -> Result<ExitCode, Problem> {
    let Key::List = command;
    let signer = signing_key(config)?;
    let certificate = signer.certificate();
    say(&format!("signing   {}", certificate.fingerprint()));
    say(&format!("          {}", printable(certificate.subject())));
    say(&format!("          {} to {}", certificate.not_before(), certificate.not_after()));
    say(&format!("audit     {}", audit_signer(config)?.key()));
    Ok(ExitCode::SUCCESS)
}
