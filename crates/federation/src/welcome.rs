//! The first time: somebody with an invitation chooses a password and what stands beside it, or a passkey instead.
//!
//! The first browser that begins with an invitation is the only one that can: whoever is invited and comes second
//! reads so, and calls for another. Until the end nothing is on record but that it was begun; at the end all of it
//! is, in one transaction, and the invitation is used up by it. It is a new beginning: whatever somebody had before,
//! and whoever else may have it, works no more.

use portner_audit_log::{Event, Tx};
use portner_authenticators::device::claim::{Claim, ClaimRefusal, Claimant, HeldDevice};
use portner_authenticators::invitation::{Invitation, invitation, invitation_of, use_invitation};
use portner_authenticators::webauthn::{Declined as KeyUnfit, NewKey, Wish};
use portner_authenticators::{AuthenticatorName, HashedPassword, PaperCode, TotpSecret};
use portner_domain::assurance::{Assessment, within_reach};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
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
    /// No password is chosen yet, or it was too long ago.
    NoPassword,
    /// That is no device of theirs.
    Device(ClaimRefusal),
    /// This key can't be bound.
    Key(KeyUnfit),
}

/// What somebody has chosen, as they showed that they have it.
#[derive(Clone, Copy, Debug)]
pub enum Chosen<'a> {
    /// An app, beside the password: the code that it shows.
    App(&'a str),
    /// A device that shows codes, beside the password.
    Device(Claim<'a>),
    /// A key: beside the password, or a passkey instead of it.
    Key {
        /// Which of them.
        wish: Wish,
        /// What they call it.
        name: &'a AuthenticatorName,
        /// What the browser made.
        response: &'a str,
    },
}

/// The same, verified.
enum Shown<'a> {
    App(TotpSecret, u64),
    Device(HeldDevice),
    Key(Box<NewKey>, &'a AuthenticatorName),
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

    /// Whoever is under way in this browser.
    pub async fn welcome_under_way(&self, visit: &Visit) -> Result<Option<Invited>, Error> {
        let now = self.log.now();
        let Some(browser) = visit.browser.as_ref().map(crate::Secret::hash) else { return Ok(None) };
        let Some(id) = self.volatile.get(&under_way_in(&browser), now).await? else { return Ok(None) };
        let id = id.parse().map_err(|_| Error::Corrupt("an invitation under way".to_owned()))?;
        let found = invitation(self.log.database(), id, now).await?;
        self.invited(found).await
    }

    /// Their password is to be this one, once something stands beside it. False if nobody is under way.
    pub async fn choose_welcome_password(
        &self,
        password: &HashedPassword,
        visit: &Visit,
    ) -> Result<bool, Error> {
        let Some(invited) = self.welcome_under_way(visit).await? else { return Ok(false) };
        self.authenticators.keep_chosen(invited.invitation.id, password).await?;
        Ok(true)
    }

    /// Have they chosen a password?
    pub async fn has_chosen_password(&self, invited: &Invited) -> Result<bool, Error> {
        Ok(self.authenticators.chosen(invited.invitation.id).await?.is_some())
    }

    /// The secret for their app: the same until it is used or too old.
    pub async fn welcome_secret(&self, invited: &Invited) -> Result<TotpSecret, Error> {
        Ok(self.authenticators.pending_totp(shown_to(invited.invitation.id)).await?)
    }

    /// Can browsers bind keys to where we are?
    pub fn takes_keys(&self) -> bool {
        self.fido.works_here()
    }

    /// What to ask their browser for, as JSON; nothing where browsers can't bind keys.
    pub async fn welcome_key_question(&self, invited: &Invited, wish: Wish) -> Result<Option<String>, Error> {
        if !self.fido.works_here() {
            return Ok(None);
        }
        let session = shown_to(invited.invitation.id).to_string();
        Ok(Some(self.fido.ask_first(&session, &invited.identity, wish).await?))
    }

    /// All is chosen.
    pub async fn finish_welcome(
        &self,
        chosen: Chosen<'_>,
        visit: &Visit,
    ) -> Result<Result<Welcomed, NotFinished>, Error> {
        let Some(Invited { invitation, identity }) = self.welcome_under_way(visit).await? else {
            return Ok(Err(NotFinished::Gone));
        };
        let is_passkey = matches!(chosen, Chosen::Key { wish: Wish::Passkey, .. });
        let password = match self.authenticators.chosen(invitation.id).await? {
            _ if is_passkey => None,
            None => return Ok(Err(NotFinished::NoPassword)),
            password => password,
        };
        let shown = match self.shown(&invitation, &identity, chosen, visit).await? {
            Ok(shown) => shown,
            Err(why) => return Ok(Err(why)),
        };
        let before = self.on_record(&identity).await?;
        // With another name than was proofed, a registrar has to have a look first.
        let ceremony = match before.identity.life.reopened {
            Some(_) => Ceremony::Unvouched,
            None => invitation.ceremony(&before.proofings, self.log.now()),
        };
        let mut tx = self.log_of(visit).begin(visit.stranger()).await?;
        // Whoever is second does nothing: the invitation is used up first.
        if !use_invitation(&mut tx, &invitation).await? {
            return Ok(Err(NotFinished::Gone));
        }
        let mut bound = Vec::new();
        if let Some(password) = &password {
            let auth = &self.authenticators;
            bound.push(auth.bind_password(&mut tx, identity.id, password, ceremony).await?);
        }
        match self.bind_shown(&mut tx, &identity, shown, ceremony).await? {
            Ok(second) => bound.push(second),
            Err(why) => return Ok(Err(why)),
        }
        let best = self.begin_anew(&mut tx, before, bound, invitation.id).await?;
        tx.commit().await?;
        self.authenticators.take_pending_totp(shown_to(invitation.id)).await?;
        self.authenticators.forget_chosen(invitation.id).await?;
        if password.is_some() {
            self.authenticators.forgive_former_password(identity.id).await?;
        }
        Ok(Ok(Welcomed { identity, best }))
    }

    /// Do they have what they have chosen?
    async fn shown<'a>(
        &self,
        invitation: &Invitation,
        identity: &Identity,
        chosen: Chosen<'a>,
        visit: &Visit,
    ) -> Result<Result<Shown<'a>, NotFinished>, Error> {
        let session = shown_to(invitation.id);
        Ok(match chosen {
            Chosen::App(code) => match self.authenticators.waiting_totp(session).await? {
                None => Err(NotFinished::SecretGone),
                Some(secret) => match secret.step_of(code, self.log.now()) {
                    Some(step) => Ok(Shown::App(secret, step)),
                    None => Err(NotFinished::WrongCode),
                },
            },
            Chosen::Device(claim) => {
                let claimant = Claimant { identity, by: visit.stranger(), address: visit.address };
                let held = self.authenticators.verify_claim(&claimant, &claim).await?;
                held.map(Shown::Device).map_err(NotFinished::Device)
            }
            Chosen::Key { wish, name, response } => {
                let (session, by) = (session.to_string(), visit.stranger());
                let new = self.fido.verify_new(&session, identity.id, wish, response, by).await?;
                new.map(|new| Shown::Key(Box::new(new), name)).map_err(NotFinished::Key)
            }
        })
    }

    async fn bind_shown(
        &self,
        tx: &mut Tx,
        identity: &Identity,
        shown: Shown<'_>,
        ceremony: Ceremony,
    ) -> Result<Result<Authenticator, NotFinished>, Error> {
        let auth = &self.authenticators;
        Ok(match shown {
            Shown::App(secret, step) => {
                Ok(auth.bind_shown_totp(tx, identity.id, (&secret, step), ceremony).await?)
            }
            Shown::Device(held) => {
                let bound = auth.bind_held_device(tx, identity.id, &held, ceremony).await?;
                bound.map_err(NotFinished::Device)
            }
            Shown::Key(new, name) => {
                self.fido.bind(tx, *new, name, ceremony).await?.map_err(NotFinished::Key)
            }
        })
    }

    /// What they had before goes, and so do the sessions that began with it: an invitation may be the way back from a
    /// login that somebody else has. The best that they can reach with what they have now, written down with it.
    async fn begin_anew(
        &self,
        tx: &mut Tx,
        before: Standing,
        bound: Vec<Authenticator>,
        invitation: InvitationId,
    ) -> Result<Assessment, Error> {
        let identity = before.identity.id;
        // The password of the network is not ours to remove; those of a kind that is bound anew are replaced.
        let stays = |old: &Authenticator| old.kind == Kind::NetworkPassword;
        let replaced =
            |old: &Authenticator| !old.kind.is_fido() && bound.iter().any(|it| it.kind == old.kind);
        for old in before.authenticators.iter().filter(|old| !stays(old) && !replaced(old)) {
            self.authenticators.remove(tx, identity, old).await?;
        }
        if !before.authenticators.is_empty() {
            let ended = portner_directory::end_sessions(tx, identity, WELCOMED).await?;
            ended.map_err(|_| gone(&before.identity))?;
        }
        let mut after = before;
        after.authenticators.retain(stays);
        after.authenticators.extend(bound);
        let rules = &self.settings.rules;
        // What is proved from now on counts; what was proved up to this moment is over.
        let from_now_on = tx.now().plus(Millis(1));
        let best = within_reach(&after, rules.notified, &rules.limits, from_now_on);
        tx.write(Event::LoginCreated { invitation, identity, best: best.clone() });
        Ok(best)
    }

    /// Who is invited, if they may log in at all.
    async fn invited(&self, found: Option<Invitation>) -> Result<Option<Invited>, Error> {
        let Some(invitation) = found else { return Ok(None) };
        let identity = portner_directory::by_id(self.log.database(), invitation.identity).await?;
        let identity = identity.filter(|identity| identity.is_usable(self.log.now()));
        Ok(identity.map(|identity| Invited { invitation, identity }))
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
