//! The words that an organisation has chosen for its letters. Nothing is kept of them elsewhere, so that the next letter of
//! any node is written in them.

use portner_audit_log::{Database, Event, Tx};
use portner_domain::Moment;
use portner_domain::letter::{BothWords, LetterKind, Wording};

use crate::{Error, store};

/// Words that a letter has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptWording {
    /// The words.
    pub words: BothWords,
    /// Since when.
    pub at: Moment,
}

/// The words of a letter; nothing if it has Portner's own.
pub async fn letter_wording(db: &Database, kind: LetterKind) -> Result<Option<KeptWording>, Error> {
    store::letter::wording(db, kind).await
}

/// The letters that have words of their own, and since when.
pub async fn letters_worded(db: &Database) -> Result<Vec<(LetterKind, Moment)>, Error> {
    store::letter::worded(db).await
}

/// Give a letter other words, if they are still those of `seen`. False if somebody was faster.
pub async fn word_letter(tx: &mut Tx, wording: &Wording, seen: Option<Moment>) -> Result<bool, Error> {
    let (kind, words, now) = (wording.kind(), wording.words(), tx.now());
    let event = Event::LetterWorded { letter: kind, words: Some(Box::new(words.clone())) };
    store::letter::put(tx.write(event), (kind, words), seen, now).await
}

/// Give it Portner's own again, on the same terms.
pub async fn unword_letter(tx: &mut Tx, kind: LetterKind, seen: Moment) -> Result<bool, Error> {
    let event = Event::LetterWorded { letter: kind, words: None };
    store::letter::remove(tx.write(event), kind, seen).await
}
