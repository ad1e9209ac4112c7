//! The words of letters, as whoever chooses them sees them; and what they were before, which the log says.

use std::collections::BTreeMap;

use portner_audit_log::Recorded;
use portner_audit_log::own::Cursor;
use portner_audit_log::sealed::sealed_events;
use portner_audit_log::{Event, Tx};
use portner_directory::{KeptWording, Refusal, letter_wording, letters_worded, unword_letter, word_letter};
use portner_domain::identity::UserName;
use portner_domain::letter::{LetterKind, Wording};
use portner_domain::role::Action;
use portner_domain::{IdentityId, Moment};

use super::{NotDone, Obstacle, Warrant};
use crate::{Error, Federation, Visit};

/// A kind of letter, and since when it has words of its own.
pub type WordedLetter = (LetterKind, Option<Moment>);

/// Changes of words, newest first.
#[derive(Clone, Debug)]
pub struct LetterChanges {
    /// What the log says: [`Event::LetterWorded`] alone.
    pub events: Vec<Recorded>,
    /// Where older ones begin, if there are any.
    pub older: Option<Cursor>,
    /// What those are called who made them, as far as they are on record.
    pub names: BTreeMap<IdentityId, UserName>,
}

impl Federation {
    /// Every kind of letter.
    pub async fn letters(&self, warrant: &Warrant) -> Result<Vec<WordedLetter>, Error> {
        warrant.for_any(Action::ChangeTerms)?;
        let worded: BTreeMap<LetterKind, Moment> =
            letters_worded(self.log.database()).await?.into_iter().collect();
        Ok(LetterKind::ALL.iter().map(|kind| (*kind, worded.get(kind).copied())).collect())
    }

    /// How the words of letters have changed, a page at a time.
    pub async fn letter_changes(
        &self,
        warrant: &Warrant,
        before: Option<Cursor>,
    ) -> Result<LetterChanges, Error> {
        warrant.for_any(Action::ChangeTerms)?;
        let page = sealed_events(self.log.database(), Some("letter-worded"), before).await?;
        let names = self.names_of(&page.events).await?;
        Ok(LetterChanges { events: page.events, older: page.older, names })
    }

    /// The words that a letter has; nothing if they are Portner's own.
    pub async fn wording_of(
        &self,
        warrant: &Warrant,
        kind: LetterKind,
    ) -> Result<Option<KeptWording>, Error> {
        warrant.for_any(Action::ChangeTerms)?;
        Ok(letter_wording(self.log.database(), kind).await?)
    }

    /// Give a letter these words, if its words are still those that were seen.
    pub async fn word_letter(
        &self,
        warrant: &Warrant,
        (wording, why): (&Wording, &str),
        seen: Option<Moment>,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        let kept = self.wording_of(warrant, wording.kind()).await?;
        if kept.is_some_and(|kept| kept.words == *wording.words()) {
            return Ok(Err(NotDone::Directory(Refusal::NothingToChange)));
        }
        let mut tx = self.begin_for_reason(warrant, why, visit).await?;
        let done = word_letter(&mut tx, wording, seen).await?;
        unless_changed(tx, done).await
    }

    /// Give it Portner's own words again, on the same terms.
    pub async fn unword_letter(
        &self,
        warrant: &Warrant,
        (kind, why): (LetterKind, &str),
        seen: Option<Moment>,
        visit: &Visit,
    ) -> Result<Result<(), NotDone>, Error> {
        warrant.for_any(Action::ChangeTerms)?;
        let Some(seen) = seen else { return Ok(Err(NotDone::Directory(Refusal::NothingToChange))) };
        let mut tx = self.begin_for_reason(warrant, why, visit).await?;
        let done = unword_letter(&mut tx, kind, seen).await?;
        unless_changed(tx, done).await
    }

    pub(super) async fn begin_for_reason(
        &self,
        warrant: &Warrant,
        why: &str,
        visit: &Visit,
    ) -> Result<Tx, Error> {
        let mut tx = self.act(warrant.officer(), visit).await?;
        tx.write(Event::ReasonGiven { identity: None, why: why.to_owned() });
        Ok(tx)
    }
}

/// Make it happen, unless somebody else was faster.
pub(super) async fn unless_changed(tx: Tx, done: bool) -> Result<Result<(), NotDone>, Error> {
    if !done {
        return Ok(Err(NotDone::Administration(Obstacle::ChangedMeanwhile)));
    }
    tx.commit().await?;
    Ok(Ok(()))
}
