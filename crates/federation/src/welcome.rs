//! The first time: somebody with an invitation chooses a password and binds a second factor.
//!
//! The first browser that begins with an invitation is the only one that can: whoever is invited and comes second
//! reads so, and calls for another. Until the end nothing is on record but that it was begun; at the end all of it
//! is, in one transaction, and the invitation is used up by it.

use portner_audit_log::Event;
use portner_authenticators::invitation::{Invitation, invitation, invitation_of, use_invitation};
use portner_authenticators::{HashedPassword, PaperCode, TotpSecret};
use portner_domain::assurance::{Assessment, within_reach};
use portner_domain::identity::{Identity, Standing};
use portner_domain::session::SessionName;
use portner_domain::throttle::{Allowance, network};
use portner_domain::{InvitationId, Millis};

use crate::standing::Extent;
use crate::{Error, Federation, Visit};

/// Wrong codes from one address: nobody mistypes fifteen signs so often, and nobody guesses 75 bits.
const WRONG_CODES: Allowance = Allowance { attempts: 30, window: Millis::minutes(15) };

/// Why the sessions end that somebody had before.
const WELCOMED: &str = "invitation used";

/// Somebody with an invitation.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// Who is invited.
    pub identity: Identity,
}

/// What became of a code.
#[derive(Clone, Debug)]
pub enum Begun {
    /// This browser may go on.
    Here(Box<Invited>),
    /// Another browser has begun with it.
    Elsewhere,
    /// It is used, too old, replaced, or was never one; which is not told.
    NotGood,
    /// Too many wrong ones came from there.
    TooMany,
}

/// Why somebody is not finished.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotFinished {
    /// The invitation works no more, or this browser has begun with none.
    Gone,
    /// The secret that was shown is too old: there is another one now.
    SecretGone,
    /// That was no code of now.
    WrongCode,
}

/// Somebody who can log in now.
#[derive(Clone, Debug)]
pub struct Welcomed {
    /// Who.
    pub identity: Identity,
    /// The best that they can reach, and why no more.
    pub best: Assessment,
}

impl Federation {
    /// Whose invitation this code is. Nothing is begun: whatever looks at links may look at this one.
    pub async fn look_at_invitation(&self, code: &str, visit: &Visit) -> Result<Begun, Error> {
        let now = self.log.now();
        let key = format!("welcome/wrong/{}", network(visit.address));
        let wrong = self.volatile.get(&key, now).await?.and_then(|count| count.parse().ok()).unwrap_or(0_u64);
        if !WRONG_CODES.admits(wrong.saturating_add(1)) {
            return Ok(Begun::TooMany);
        }
        let found = match PaperCode::typed(code) {
            Some(code) => invitation_of(self.log.database(), &code, now).await?,
            None => None,
        };
        match self.invited(found).await? {
            Some(invited) => Ok(Begun::Here(Box::new(invited))),
            None => {
                self.volatile.increment(&key, now.plus(WRONG_CODES.window), now).await?;
                Ok(Begun::NotGood)
            }
        }
    }

    /// Begin with it in this browser, and no other.
    pub async fn begin_welcome(&self, code: &str, visit: &mut Visit) -> Result<Begun, Error> {
        let invited = match self.look_at_invitation(code, visit).await? {
            Begun::Here(invited) => invited,
            other => return Ok(other),
        };
        let (now, Invitation { id, identity, expires, .. }) = (self.log.now(), invited.invitation);
        let browser = visit.browser(&*self.entropy).hash();
        if self.volatile.put_if_absent(&held_by(id), &browser, expires, now).await? {
            let event = Event::InvitationBegun { invitation: id, identity };
            self.log_of(visit).append(visit.stranger(), event).await?;
        } else if self.volatile.get(&held_by(id), now).await?.as_ref() != Some(&browser) {
            return Ok(Begun::Elsewhere);
        }
        self.volatile.put(&under_way_in(&browser), &id.to_string(), expires, now).await?;
        Ok(Begun::Here(invited))
    }

    /// Whoever is under way in this browser, with the secret for their app: the same until it is used or too old.
    pub async fn welcome_under_way(&self, visit: &Visit) -> Result<Option<(Invited, TotpSecret)>, Error> {
        let Some(invited) = self.under_way(visit).await? else { return Ok(None) };
        let secret = self.authenticators.pending_totp(shown_to(invited.invitation.id)).await?;
        Ok(Some((invited, secret)))
    }

    /// All is chosen. `code` is what the app shows.
    pub async fn finish_welcome(
        &self,
        password: &HashedPassword,
        code: &str,
        visit: &Visit,
    ) -> Result<Result<Welcomed, NotFinished>, Error> {
        let Some(Invited { invitation, identity }) = self.under_way(visit).await? else {
            return Ok(Err(NotFinished::Gone));
        };
        let shown = shown_to(invitation.id);
        let Some(secret) = self.authenticators.waiting_totp(shown).await? else {
            return Ok(Err(NotFinished::SecretGone));
        };
        let Some(step) = secret.step_of(code, self.log.now()) else {
            return Ok(Err(NotFinished::WrongCode));
        };
        let before = self.on_record(&identity).await?;
        let ceremony = invitation.ceremony(&before.proofings, self.log.now());
        let mut tx = self.log_of(visit).begin(visit.stranger()).await?;
        // Whoever is second does nothing: the invitation is used up first.
        if !use_invitation(&mut tx, &invitation).await? {
            return Ok(Err(NotFinished::Gone));
        }
        self.authenticators.bind_password(&mut tx, identity.id, password, ceremony).await?;
        self.authenticators.bind_shown_totp(&mut tx, identity.id, (&secret, step), ceremony).await?;
        // An invitation may be the way back from a login that somebody else has: their sessions end with it.
        if !before.authenticators.is_empty() {
            let ended = portner_directory::end_sessions(&mut tx, identity.id, WELCOMED).await?;
            ended.map_err(|_| gone(&identity))?;
        }
        tx.commit().await?;
        self.authenticators.take_pending_totp(shown).await?;
        let best = self.reach_of(&identity).await?;
        Ok(Ok(Welcomed { identity, best }))
    }

    async fn under_way(&self, visit: &Visit) -> Result<Option<Invited>, Error> {
        let now = self.log.now();
        let Some(browser) = visit.browser.as_ref().map(crate::Secret::hash) else { return Ok(None) };
        let Some(id) = self.volatile.get(&under_way_in(&browser), now).await? else { return Ok(None) };
        let id = id.parse().map_err(|_| Error::Corrupt("an invitation under way".to_owned()))?;
        let found = invitation(self.log.database(), id, now).await?;
        self.invited(found).await
    }

    /// Who is invited, if they may log in at all.
    async fn invited(&self, found: Option<Invitation>) -> Result<Option<Invited>, Error> {
        let Some(invitation) = found else { return Ok(None) };
        let identity = portner_directory::by_id(self.log.database(), invitation.identity).await?;
        let identity = identity.filter(|identity| identity.is_usable(self.log.now()));
        Ok(identity.map(|identity| Invited { invitation, identity }))
    }

    async fn reach_of(&self, identity: &Identity) -> Result<Assessment, Error> {
        let rules = &self.settings.rules;
        let standing = self.on_record(identity).await?;
        // What is proved from now on counts; what was proved up to this moment is over.
        let from_now_on = self.log.now().plus(Millis(1));
        Ok(within_reach(&standing, rules.notified, &rules.limits, from_now_on))
    }

    async fn on_record(&self, identity: &Identity) -> Result<Standing, Error> {
        let standing = self.standings.of(identity.id, Extent::Login).await?;
        standing.ok_or_else(|| gone(identity))
    }
}

fn gone(identity: &Identity) -> Error {
    Error::Corrupt(format!("identity {} is gone", identity.id))
}

/// Which browser has begun with an invitation.
fn held_by(invitation: InvitationId) -> String {
    format!("welcome/held/{invitation}")
}

/// With which invitation a browser has begun.
fn under_way_in(browser: &str) -> String {
    format!("welcome/browser/{browser}")
}

/// Secrets wait under the name of a session; who is invited has none yet, and the invitation stands for it.
const fn shown_to(invitation: InvitationId) -> SessionName {
    SessionName::from_bytes(invitation.0.into_bytes())
}
