//! Security keys and passkeys, as the configuration has them.

use portner_authenticators::webauthn::{Acceptance, MetadataFile, Models, Policy, RelyingParty};
use portner_authenticators::{Authenticators, Fido};
use portner_domain::Clock;

use crate::config::{Allowed, AllowedWord, Config, Webauthn};
use crate::problem::Problem;
use crate::real::RealClock;

/// What verifies and binds FIDO keys.
pub fn fido(config: &Config, authenticators: Authenticators) -> Result<Fido, Problem> {
    let origin = config.public().map_err(Problem::new)?.origin;
    let name = config.organisation.service_name.clone();
    Ok(Fido::new(authenticators, &RelyingParty { origin, name }, models(config)?)?)
}

/// Which models are accepted, with what is known of them now.
pub fn models(config: &Config) -> Result<Models, Problem> {
    Models::open(policy(&config.webauthn)?, RealClock.now()).map_err(|problem| {
        let file = config.webauthn.metadata_file.as_deref().map(|file| file.display().to_string());
        let file = file.unwrap_or_else(|| "(none)".to_owned());
        Problem::new(format!("webauthn.metadata_file {file} can't be used: {}", Problem::from(problem)))
    })
}

/// What could be better about the metadata, for `check-config`.
pub fn note(config: &Config) -> Option<String> {
    let known = models(config).ok()?.known();
    let file = config.webauthn.metadata_file.as_deref()?.display();
    known.is_stale(RealClock.now()).then(|| {
        format!("note: webauthn.metadata_file {file} is out of date: a newer one was due; fetch it from FIDO")
    })
}

fn policy(it: &Webauthn) -> Result<Policy, Problem> {
    let metadata = match (&it.metadata_file, &it.metadata_root_file) {
        (None, None) => None,
        (Some(path), Some(roots)) => {
            let read = std::fs::read(roots);
            let roots = read.map_err(|error| Problem::file("webauthn.metadata_root_file", roots, &error))?;
            Some(MetadataFile { path: path.clone(), roots })
        }
        _ => {
            let both = "webauthn.metadata_file and webauthn.metadata_root_file go together; set both or none";
            return Err(Problem::new(both));
        }
    };
    let accepted = match &it.allowed {
        Allowed::Word(AllowedWord::Any) => Acceptance::Any,
        Allowed::Word(AllowedWord::Known) => Acceptance::Known,
        Allowed::Models(models) => Acceptance::Listed(models.clone()),
    };
    Ok(Policy { accepted, high: it.high.clone(), metadata })
}
