//! What a service provider is told about a person: its policy, applied.

use portner_audit_log::{Actor, Event};
use portner_domain::assurance::Assessment;
use portner_domain::identity::{Identity, Standing};
use portner_domain::{Level, random_uuid};
use portner_saml::metadata::NameIdFormat;
use portner_saml::response::{Attribute, NameId};

use crate::policy::{ClassRef, IfMissing, NameIdRecipe, Release, Source, When};
use crate::registry::Registered;
use crate::{Error, Federation, store};

/// An attribute that must have a value has none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Missing;

/// The attributes of one assertion, in the order of the policy.
pub fn released(
    sp: &Registered,
    identity: &Identity,
    assessment: &Assessment,
) -> Result<Vec<Attribute>, Missing> {
    let mut attributes = Vec::new();
    for release in sp.policy.attributes.iter().filter(|release| is_due(release, sp)) {
        match (value(&release.source, identity, assessment), release.if_missing) {
            (Some(value), _) => attributes.push(Attribute {
                name: release.name.clone(),
                friendly_name: release.friendly_name.clone(),
                values: vec![value],
            }),
            (None, IfMissing::Omit) => {}
            (None, IfMissing::Deny) => return Err(Missing),
        }
    }
    Ok(attributes)
}

/// The `AuthnContextClassRef` of an assertion.
pub const fn class_ref(recipe: ClassRef, loa: Option<Level>) -> &'static str {
    match (recipe, loa) {
        (ClassRef::NsisLoa, Some(Level::Low)) => "https://data.gov.dk/concept/core/nsis/loa/Low",
        (ClassRef::NsisLoa, Some(Level::Substantial)) => {
            "https://data.gov.dk/concept/core/nsis/loa/Substantial"
        }
        (ClassRef::NsisLoa, Some(Level::High)) => "https://data.gov.dk/concept/core/nsis/loa/High",
        (ClassRef::NsisLoa, None) | (ClassRef::PasswordProtectedTransport, _) => {
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        }
    }
}

fn is_due(release: &Release, sp: &Registered) -> bool {
    let requested = || sp.metadata.requested_attributes.iter().any(|asked| asked.name == release.name);
    release.release == When::Always || requested()
}

fn value(source: &Source, identity: &Identity, assessment: &Assessment) -> Option<String> {
    let level = |level: Option<Level>| level.map(|level| level.word().to_owned());
    // Without a level of the login nothing is said about its parts either: that is what NSIS is about.
    let part = |part: Option<Level>| assessment.loa.and(level(part));
    match source {
        Source::Constant(text) => Some(text.clone()),
        Source::Loa => level(assessment.loa),
        Source::Ial => part(assessment.ial),
        Source::Aal => part(assessment.aal),
        Source::Cvr => Some(identity.cvr.as_str().to_owned()),
        Source::OrganisationName => Some(identity.organisation.clone()),
        Source::FullName => Some(identity.full_name()),
        Source::FirstName => Some(identity.first_name.clone()),
        Source::LastName => Some(identity.last_name.clone()),
        Source::Email => identity.email.clone(),
        Source::PersistentUuid => Some(identity.id.to_string()),
        Source::UserName => Some(identity.user_name.to_string()),
    }
    .filter(|value| !value.is_empty())
}

impl Federation {
    /// What this service provider calls this identity.
    pub(crate) async fn name_id(&self, sp: &Registered, standing: &Standing) -> Result<NameId, Error> {
        let identity = &standing.identity;
        Ok(match sp.policy.name_id {
            NameIdRecipe::SubjectNameId => {
                NameId { format: NameIdFormat::Persistent, value: identity.subject_name_id() }
            }
            NameIdRecipe::PairwiseProfessionalUuid => {
                let value = self.pairwise(sp, identity).await?;
                NameId { format: NameIdFormat::Persistent, value }
            }
            NameIdRecipe::Transient => {
                let value = portner_saml::response::new_id(&*self.entropy);
                NameId { format: NameIdFormat::Transient, value }
            }
        })
    }

    /// A random UUID, made when the service provider first meets the identity, in OIOSAML 3's form.
    async fn pairwise(&self, sp: &Registered, identity: &Identity) -> Result<String, Error> {
        let key = (identity.id, sp.id);
        if let Some(known) = self.name_ids.get(&key).await {
            return Ok(known);
        }
        let value = match store::name_id(self.log.database(), identity.id, sp.id).await? {
            Some(known) => known,
            None => self.assign(sp, identity).await?,
        };
        self.name_ids.insert(key, value.clone()).await;
        Ok(value)
    }

    async fn assign(&self, sp: &Registered, identity: &Identity) -> Result<String, Error> {
        let mut tx = self.log.begin(Actor::Identity(identity.id)).await?;
        let now = tx.now();
        let uuid = random_uuid(&*self.entropy);
        let value = format!("https://data.gov.dk/model/core/eid/professional/uuid/{uuid}");
        let event = Event::NameIdAssigned { identity: identity.id, service_provider: sp.id };
        let kept = store::assign_name_id(tx.write(event), identity.id, sp.id, &value, now).await?;
        // If another node was first, nothing happened here that could be written down.
        if kept == value {
            tx.commit().await?;
        }
        Ok(kept)
    }
}
