//! Our metadata: made from the state of the keys, in an edition for each way it is taken in.
//!
//! An edition is built once and again when the keys change or it grows old, never for a request.

use std::collections::HashMap;
use std::sync::Arc;

use portner_audit_log::AuditLog;
use portner_domain::{Entropy, Millis, Moment};
use portner_saml::metadata::{identity_provider, signed_identity_provider};
use portner_saml::{
    Binding, Contact, IdpDescription, LocalName, Logo, LogoutEndpoint, NameIdFormat, Organization,
};
use tokio::sync::Mutex;

use crate::Error;
use crate::keys::{Keys, Ring};
use crate::policy::Policy;

/// How long the published edition may be used. Whoever can't fetch it for a holiday goes on (SDP-MD03).
const VALID_FOR: Millis = Millis::hours(21 * 24);
/// How long it may be kept before it is fetched again: a next key is known well before it may sign.
const KEPT_FOR: Millis = Millis::hours(6);
/// When it is dated and signed anew.
const RENEWED_AFTER: Millis = Millis::hours(24);

/// What NemLog-in is told of a local IdP besides what its profile has: who has which rights.
const PRIVILEGES: (&str, &str) =
    ("https://data.gov.dk/model/core/eid/privilegesIntermediate", "PrivilegesIntermediate");

/// For whom the metadata is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Edition {
    /// Whoever fetches it: signed, and dated, so that an old copy is not taken for a new one.
    Published,
    /// Whoever has it uploaded by hand: neither, since an uploaded file that runs out stops logins in silence.
    Upload,
    /// MitID Erhverv, where a local IdP is registered with NemLog-in: requests by HTTP-Redirect only.
    MitidErhverv,
    /// KOMBIT, which takes one key in a file.
    Kombit,
}

impl Edition {
    const ALL: [Self; 4] = [Self::Published, Self::Upload, Self::MitidErhverv, Self::Kombit];

    /// The word for it in `?for=` and on the command line; the published one has none.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Published => "",
            Self::Upload => "upload",
            Self::MitidErhverv => "mitid-erhverv",
            Self::Kombit => "kombit",
        }
    }

    /// The edition with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|edition| edition.word() == word)
    }
}

/// What metadata says of us besides keys.
#[derive(Clone, Debug)]
pub struct About {
    /// Our name in the federation.
    pub entity_id: String,
    /// Where we are reached, without a slash at the end.
    pub origin: String,
    /// What people call us.
    pub display_name: LocalName,
    /// What we look like.
    pub logo: Option<Logo>,
    /// Who runs us.
    pub organization: Organization,
    /// Whom to turn to.
    pub contacts: Vec<Contact>,
}

/// Our metadata. Cheap to clone.
#[derive(Clone)]
pub struct Publication(Arc<Inner>);

struct Inner {
    about: About,
    keys: Keys,
    log: AuditLog,
    entropy: Arc<dyn Entropy>,
    built: Mutex<HashMap<Edition, Built>>,
}

struct Built {
    text: Arc<str>,
    ring: Arc<Ring>,
    at: Moment,
}

impl Publication {
    /// Of these keys.
    pub fn new(about: About, keys: Keys, log: AuditLog, entropy: Arc<dyn Entropy>) -> Self {
        Self(Arc::new(Inner { about, keys, log, entropy, built: Mutex::default() }))
    }

    /// An edition as it is now.
    pub async fn edition(&self, edition: Edition) -> Result<Arc<str>, Error> {
        let Inner { keys, log, built, .. } = &*self.0;
        let (now, ring) = (log.now(), keys.ring());
        let mut built = built.lock().await;
        let still = built.get(&edition).filter(|it| {
            Arc::ptr_eq(&it.ring, &ring) && now.since(it.at).is_some_and(|age| age < RENEWED_AFTER)
        });
        if let Some(still) = still {
            return Ok(Arc::clone(&still.text));
        }
        let text: Arc<str> = self.0.build(edition, &ring, now)?.into();
        built.insert(edition, Built { text: Arc::clone(&text), ring, at: now });
        Ok(text)
    }
}

impl Inner {
    fn build(&self, edition: Edition, ring: &Ring, now: Moment) -> Result<String, Error> {
        let description = self.description(edition, ring, now)?;
        if edition != Edition::Published {
            return Ok(identity_provider(&description)?);
        }
        let signer = self.keys.active_signer(ring, now);
        Ok(signed_identity_provider(&description, &*signer, &*self.entropy)?)
    }

    fn description(&self, edition: Edition, ring: &Ring, now: Moment) -> Result<IdpDescription, Error> {
        let About { entity_id, origin, display_name, logo, organization, contacts } = self.about.clone();
        let (sso, slo) = (format!("{origin}/saml/sso"), format!("{origin}/saml/slo"));
        let policies = match edition {
            Edition::MitidErhverv => Policy::of_profile("nemlog-in").map(|policy| vec![policy]),
            _ => Policy::profiles(),
        };
        let policies = policies.map_err(|error| Error::Corrupt(error.to_string()))?;
        let mut attributes = offered(&policies);
        let mut signing = ring.published();
        match edition {
            Edition::MitidErhverv => {
                attributes.push((PRIVILEGES.0.to_owned(), Some(PRIVILEGES.1.to_owned())))
            }
            Edition::Kombit => signing.truncate(1),
            Edition::Published | Edition::Upload => {}
        }
        let at = |binding| LogoutEndpoint { binding, location: slo.clone(), response_location: None };
        let dated = edition == Edition::Published;
        Ok(IdpDescription {
            entity_id,
            signing,
            sso_redirect: sso.clone(),
            sso_post: (edition != Edition::MitidErhverv).then_some(sso),
            // Redirect first; answers come to the same address.
            logout: vec![at(Binding::Redirect), at(Binding::Post)],
            name_id_formats: formats(&policies),
            attributes,
            display_name,
            logo,
            organization: Some(organization),
            contacts,
            error_url: Some(format!("{origin}/")),
            valid_until: dated.then(|| now.plus(VALID_FOR)),
            cache_duration: dated.then_some(KEPT_FOR),
        })
    }
}

/// Every attribute that one of these policies can release, once.
fn offered(policies: &[Policy]) -> Vec<(String, Option<String>)> {
    let mut offered: Vec<(String, Option<String>)> = Vec::new();
    for release in policies.iter().flat_map(|policy| &policy.attributes) {
        if !offered.iter().any(|(name, _)| *name == release.name) {
            offered.push((release.name.clone(), release.friendly_name.clone()));
        }
    }
    offered
}

/// Every kind of name that one of these policies uses, once.
fn formats(policies: &[Policy]) -> Vec<NameIdFormat> {
    let mut formats = Vec::new();
    for policy in policies {
        let format = policy.name_id.format(policy.name_id_format);
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    formats
}
