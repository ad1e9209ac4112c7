//! Reads what may be given over there, and where: the catalogue of roles, the organisation's places of work and tax numbers.

use std::collections::BTreeMap;

use portner_audit_log::Event;

use crate::client::Failure;
use crate::liaison::Liaison;
use crate::reading::counted;
use crate::wire::{Items, ScopeKind};
use crate::{Error, store};

/// A number, and what it is called.
type Numbered = (String, String);

impl Liaison {
    /// What may be given, and where, if we give anything. An answer that is empty or can't be had changes nothing.
    pub(crate) async fn read_catalogue(&self) -> Result<(), Error> {
        if self.scheme.roles.is_empty() {
            return Ok(());
        }
        self.read_roles().await?;
        self.read_places().await
    }

    async fn read_roles(&self) -> Result<(), Error> {
        let catalogue = match self.client.catalogue().await {
            Ok(catalogue) if catalogue.roles.unreadable == 0 && !catalogue.roles.read.is_empty() => catalogue,
            Ok(_) => return Ok(()),
            Err(failure) => {
                tracing::warn!(%failure, "the roles of MitID Erhverv can't be read");
                return Ok(());
            }
        };
        let roles: BTreeMap<_, _> =
            catalogue.roles.read.into_iter().map(|it| (it.uuid, it.name.unwrap_or_default())).collect();
        if store::roles(self.db()).await? == roles {
            return Ok(());
        }
        let mut tx = self.mirror.log.begin(self.actor.clone()).await?;
        let conn = tx.write(Event::SyncRolesRead { roles: counted(roles.len()) });
        store::replace_roles(conn, &roles).await?;
        Ok(tx.commit().await?)
    }

    async fn read_places(&self) -> Result<(), Error> {
        let numbered = |number: &str, name: Option<String>| (number.to_owned(), name.unwrap_or_default());
        let units = self.client.production_units().await.map(|units| Items {
            unreadable: units.unreadable,
            read: units.read.into_iter().map(|it| numbered(it.p_number.as_str(), it.name)).collect(),
        });
        self.write_down_places(ScopeKind::ProductionUnit, units).await?;
        let numbers = self.client.se_numbers().await.map(|numbers| Items {
            unreadable: numbers.unreadable,
            read: numbers.read.into_iter().map(|it| numbered(it.se_number.as_str(), None)).collect(),
        });
        self.write_down_places(ScopeKind::SeNumber, numbers).await
    }

    async fn write_down_places(
        &self,
        kind: ScopeKind,
        answer: Result<Items<Numbered>, Failure>,
    ) -> Result<(), Error> {
        let found: BTreeMap<_, _> = match answer {
            Ok(places) if places.unreadable == 0 && !places.read.is_empty() => {
                places.read.into_iter().collect()
            }
            Ok(_) => return Ok(()),
            Err(failure) => {
                tracing::warn!(%failure, %kind, "the places of MitID Erhverv can't be read");
                return Ok(());
            }
        };
        if store::places_of(self.db(), kind.word()).await? == found {
            return Ok(());
        }
        let mut tx = self.mirror.log.begin(self.actor.clone()).await?;
        let conn = tx.write(Event::SyncPlacesRead { scope: kind.to_string(), places: counted(found.len()) });
        store::replace_places(conn, kind.word(), &found).await?;
        Ok(tx.commit().await?)
    }
}
