//! What a service provider calls somebody: written from what is on record, or assigned at random once.

use portner_audit_log::{Actor, Database, Event};
use portner_domain::identity::{Identity, Standing};
use portner_domain::{IdentityId, ServiceProviderId, random_uuid};
use portner_saml::response::NameId;

use crate::policy::{NameIdRecipe, PAIRWISE_PREFIX, Policy, prefixed, written};
use crate::registry::Registered;
use crate::{Error, Federation, store};

/// The recipe makes no name of what is on record about this person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Nameless;

/// Who knows a random name.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Circle {
    /// One service provider.
    One(ServiceProviderId),
    /// All that name this circle.
    Shared(String),
}

impl Circle {
    /// The one that a service provider belongs to, if its names are random ones.
    pub fn of(sp: &Registered) -> Option<Self> {
        match &sp.policy.name_id {
            NameIdRecipe::PairwiseProfessionalUuid => Some(Self::One(sp.id)),
            NameIdRecipe::PairwiseGroup(circle) => Some(Self::Shared(circle.clone())),
            _ => None,
        }
    }

    /// The name on record for this identity.
    pub async fn known(&self, db: &Database, identity: IdentityId) -> Result<Option<String>, Error> {
        match self {
            Self::One(sp) => store::name_id(db, identity, *sp).await,
            Self::Shared(circle) => store::shared_name_id(db, identity, circle).await,
        }
    }
}

/// A random name as its policy writes it.
pub fn pairwise(policy: &Policy, kept: &str) -> NameId {
    policy.named(prefixed(kept, policy.name_id_prefix.as_deref()))
}

impl Federation {
    /// What this service provider calls this identity.
    pub(crate) async fn name_id(
        &self,
        sp: &Registered,
        standing: &Standing,
    ) -> Result<Result<NameId, Nameless>, Error> {
        let identity = &standing.identity;
        if let Some(circle) = Circle::of(sp) {
            let kept = self.kept_name(sp, identity, circle).await?;
            return Ok(Ok(pairwise(&sp.policy, &kept)));
        }
        let value = match &sp.policy.name_id {
            NameIdRecipe::Transient => Some(portner_saml::response::new_id(&*self.entropy)),
            recipe => written(recipe, identity),
        };
        Ok(value.map(|value| sp.policy.named(value)).ok_or(Nameless))
    }

    /// A random name, made when the circle first meets the identity, and kept in OIOSAML 3's form.
    async fn kept_name(&self, sp: &Registered, identity: &Identity, circle: Circle) -> Result<String, Error> {
        let key = (identity.id, circle);
        if let Some(known) = self.name_ids.get(&key).await {
            return Ok(known);
        }
        let value = match key.1.known(self.log.database(), identity.id).await? {
            Some(known) => known,
            None => self.assign(sp, identity, &key.1).await?,
        };
        self.name_ids.insert(key, value.clone()).await;
        Ok(value)
    }

    async fn assign(&self, sp: &Registered, identity: &Identity, circle: &Circle) -> Result<String, Error> {
        let mut tx = self.log.begin(Actor::Identity(identity.id)).await?;
        let now = tx.now();
        let value = format!("{PAIRWISE_PREFIX}{}", random_uuid(&*self.entropy));
        let (identity, service_provider) = (identity.id, sp.id);
        let kept = match circle {
            Circle::One(sp) => {
                let event = Event::NameIdAssigned { identity, service_provider };
                store::assign_name_id(tx.write(event), identity, *sp, &value, now).await?
            }
            Circle::Shared(name) => {
                let circle = name.clone();
                let event = Event::SharedNameIdAssigned { identity, circle, service_provider };
                store::assign_shared_name_id(tx.write(event), identity, name, &value, now).await?
            }
        };
        // If another node was first, nothing happened here that could be written down.
        if kept == value {
            tx.commit().await?;
        }
        Ok(kept)
    }
}
