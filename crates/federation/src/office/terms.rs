//! The terms of use, as whoever writes them sees them.

use portner_audit_log::Event;
use portner_directory::{
    Published, Terms, TermsVersion, publish_terms, terms_called, terms_in_force, terms_versions,
};
use portner_domain::role::Action;

use super::{NotDone, Obstacle, Warrant};
use crate::{Error, Federation, Visit};

impl Federation {
    /// The versions, newest first, with how many agreed to each; and the one in force.
    pub async fn terms_published(
        &self,
        warrant: &Warrant,
    ) -> Result<(Vec<TermsVersion>, Option<Published>), Error> {
        warrant.for_any(Action::ChangeTerms)?;
        let database = self.log.database();
        Ok((terms_versions(database).await?, terms_in_force(database).await?))
    }

    /// Put a new version into force.
    pub async fn publish_new_terms(
        &self,
        warrant: &Warrant,
        (terms, why): (&Terms, &str),
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::ChangeTerms)?;
        let database = self.log.database();
        if terms_called(database, &terms.version).await?.is_some() {
            return Ok(Err(NotDone::Administration(Obstacle::TermsKnown)));
        }
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::ReasonGiven { identity: None, why: why.to_owned() });
        if publish_terms(database, &mut tx, terms).await?.is_err() {
            return Ok(Err(NotDone::Administration(Obstacle::TermsSize)));
        }
        tx.commit().await?;
        Ok(Ok(()))
    }
}
