//! What the configuration says about us, as our metadata says it.

use std::sync::Arc;

use portner_audit_log::AuditLog;
use portner_federation::{About, Keys, Publication};
use portner_saml::{Contact, ContactKind, LocalName, Logo, Organization};

use crate::config::Config;
use crate::problem::Problem;
use crate::real::RealEntropy;

/// Our metadata with these keys.
pub fn publication(config: &Config, keys: Keys, log: AuditLog) -> Result<Publication, Problem> {
    Ok(Publication::new(about(config)?, keys, log, Arc::new(RealEntropy)))
}

fn about(config: &Config) -> Result<About, Problem> {
    let origin = config.public().map_err(Problem::new)?.origin;
    let (organisation, publication, support) = (&config.organisation, &config.publication, &config.support);
    let contact = |kind, email: Option<&String>, telephone: Option<&String>| {
        email.map(|email| Contact {
            kind,
            company: Some(organisation.name.clone()),
            email: email.clone(),
            telephone: telephone.cloned(),
        })
    };
    let technical = publication.technical_email.as_ref().or(support.email.as_ref());
    let contacts = [
        contact(ContactKind::Technical, technical, None),
        contact(ContactKind::Support, support.email.as_ref(), support.phone.as_ref()),
    ];
    let service_name = organisation.service_name.clone();
    Ok(About {
        entity_id: config.entity_id.clone(),
        display_name: LocalName { da: Some(service_name.clone()), en: Some(service_name) },
        logo: publication.logo.as_ref().map(|it| Logo {
            url: it.url.clone(),
            width: it.width,
            height: it.height,
        }),
        organization: Organization {
            name: organisation.name.clone(),
            display_name: organisation.name.clone(),
            url: publication.organisation_url.clone().unwrap_or_else(|| origin.clone()),
        },
        contacts: contacts.into_iter().flatten().collect(),
        origin,
    })
}
