//! The one-time link that makes the first administrator.

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::{Database, Event, Tx};
use portner_domain::{Entropy, Millis, Moment};
use zeroize::Zeroizing;

use crate::{Error, store};

/// How long the link works.
pub const SETUP_LINK_LIFE: Millis = Millis::hours(1);

/// The secret part of the link: 256 random bits, in hexadecimal.
pub struct SetupToken(Zeroizing<String>);

impl SetupToken {
    /// What a browser sent. Whatever it is, it matches only if its hash is on record.
    pub fn received(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text for the link.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Under which it is on record. The token is random, so a plain hash can't be reversed.
    fn hash(&self) -> String {
        hex::encode(digest(&SHA256, self.0.as_bytes()))
    }
}

/// Make a link. Earlier ones go on working until they expire.
pub async fn make_setup_link(tx: &mut Tx, entropy: &dyn Entropy) -> Result<SetupToken, Error> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    entropy.fill(&mut *secret);
    let token = SetupToken(Zeroizing::new(hex::encode(*secret)));
    let expires = tx.now().plus(SETUP_LINK_LIFE);
    store::insert_setup_link(tx.write(Event::SetupLinkMade { expires }), &token.hash(), expires).await?;
    Ok(token)
}

/// Would the link work now?
pub async fn check_setup_link(db: &Database, token: &SetupToken, now: Moment) -> Result<bool, Error> {
    store::setup_link_works(db, &token.hash(), now).await
}

/// Use the link up, in the transaction of what it is used for. False if it does not work.
pub async fn use_setup_link(tx: &mut Tx, token: &SetupToken) -> Result<bool, Error> {
    let now = tx.now();
    store::use_setup_link(tx.write(Event::SetupLinkUsed), &token.hash(), now).await
}
