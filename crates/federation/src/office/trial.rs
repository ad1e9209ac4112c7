//! What somebody would be told at a service provider, for whoever runs it.

use portner_audit_log::Event;
use portner_directory::card;
use portner_domain::ServiceProviderId;
use portner_domain::identity::UserName;
use portner_domain::role::Action;

use super::Warrant;
use crate::preview::{Preview, preview};
use crate::{Error, Federation, Visit, registry, standing_of_name};

/// A login worked through without one.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What it would come to. Nothing of what stands in it about the person is there if they are protected.
    pub preview: Preview,
    /// Are name and address of this person protected?
    pub is_protected: bool,
}

impl Federation {
    /// Work a login through. That an officer looked at somebody is on record before they see anything. Nothing if there
    /// is no such service provider, or nobody of that user name.
    pub async fn try_login(
        &self,
        warrant: &Warrant,
        (id, user_name): (ServiceProviderId, &UserName),
        visit: &Visit,
    ) -> Result<Option<Trial>, Error> {
        warrant.for_any(Action::ChangeServiceProviders)?;
        let (database, now) = (self.log.database(), self.log.now());
        let Some(sp) = registry::by_id(database, id).await? else { return Ok(None) };
        let Some(standing) = standing_of_name(database, user_name).await? else { return Ok(None) };
        let identity = standing.identity.id;
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::LoginPreviewed { service_provider: id, identity });
        tx.commit().await?;
        let is_protected = card(database, identity).await?.is_none_or(|card| card.about.is_protected);
        let mut preview = preview(database, &sp, &standing, &self.settings.rules, now).await?;
        if is_protected {
            for attribute in &mut preview.attributes {
                attribute.values.clear();
            }
            preview.name_id = crate::preview::NameIdPreview::Withheld;
        }
        Ok(Some(Trial { preview, is_protected }))
    }
}
