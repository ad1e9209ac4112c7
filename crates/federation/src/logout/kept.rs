//! Logouts in progress, in the session store.

use portner_domain::logout::{Event as Step, LOGOUT_LIFE, Logout};
use portner_domain::session::SentName;
use portner_domain::{LogoutId, Moment};
use serde::{Deserialize, Serialize};

use crate::kept::{read, write};
use crate::sessions::SWAPS_MAX;
use crate::{Error, Federation, Secret, Visit};

/// The longest identifier of a request of ours; nothing longer is looked for.
const REQUEST_ID_CHARS_MAX: usize = 64;

/// A logout in progress, and whose it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Kept {
    /// Where it is.
    pub logout: Logout,
    /// The browser it is tied to, by the hash of its secret; none until the browser first comes with one.
    pub browser: Option<String>,
    /// Whether our own session has ended.
    pub stage: Stage,
}

/// Whether our own session has ended. Only then is anybody asked or told anything.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It is being ended. A logout that stays here was interrupted, and nobody is told that it went well.
    Arrived,
    /// It is looked for when the browser comes with its cookies: the request named none and came without them.
    Sought(SentName),
    /// It has.
    Ended,
}

/// A logout as it was read, with what proves that it has not changed meanwhile.
#[derive(Debug)]
pub struct Held {
    pub id: LogoutId,
    pub kept: Kept,
    text: String,
}

impl Held {
    /// Is it this browser's?
    pub fn belongs_to(&self, visit: &Visit) -> bool {
        self.kept.browser.is_some() && self.kept.browser == visit.browser.as_ref().map(Secret::hash)
    }
}

impl Federation {
    /// Remember a new logout. Nothing if there is one of that name: the request was seen before.
    pub(super) async fn open_logout(&self, id: LogoutId, kept: Kept) -> Result<Option<Held>, Error> {
        let text = write(&kept)?;
        if !self.volatile.put_if_absent(&key(id), &text, forgotten(&kept), self.now()).await? {
            return Ok(None);
        }
        let held = Held { id, kept, text };
        self.offer_to_finish(&held).await?;
        Ok(Some(held))
    }

    /// A logout in progress.
    pub(super) async fn logout(&self, id: LogoutId) -> Result<Option<Held>, Error> {
        let Some(text) = self.volatile.get(&key(id), self.now()).await? else { return Ok(None) };
        Ok(Some(Held { id, kept: read("a logout", &text)?, text }))
    }

    /// Replace a logout by what has become of it. False if something else became of it meanwhile.
    pub(super) async fn advance_logout(&self, held: &mut Held, kept: Kept) -> Result<bool, Error> {
        let text = write(&kept)?;
        let ends = forgotten(&kept);
        let won = self.volatile.swap(&key(held.id), &held.text, &text, ends, self.now()).await?;
        if won {
            (held.kept, held.text) = (kept, text);
        }
        Ok(won)
    }

    /// Take a step, after whatever steps other tabs and answers take at the same time. False if it is not the
    /// next step, or not any more: then `held` is what has become of the logout.
    pub(super) async fn take_step(&self, held: &mut Held, step: &Step) -> Result<bool, Error> {
        for _ in 0..SWAPS_MAX {
            let Ok(logout) = held.kept.logout.step(step.clone()) else { return Ok(false) };
            let kept = Kept { logout, ..held.kept.clone() };
            if self.advance_logout(held, kept).await? {
                return Ok(true);
            }
            let Some(changed) = self.logout(held.id).await? else { return Ok(false) };
            *held = changed;
        }
        tracing::warn!(logout = %held.id, "a logout changes too often to go on with");
        Ok(false)
    }

    /// An answer to this request is an answer in this logout.
    pub(super) async fn expect_answer(&self, request: &str, held: &Held) -> Result<(), Error> {
        let ends = forgotten(&held.kept);
        Ok(self.volatile.put(&request_key(request), &held.id.to_string(), ends, self.now()).await?)
    }

    /// The logout in which this request was sent.
    pub(super) async fn logout_with(&self, request: &str) -> Result<Option<Held>, Error> {
        if request.len() > REQUEST_ID_CHARS_MAX {
            return Ok(None);
        }
        match self.pointed_at(&request_key(request)).await? {
            Some(id) => self.logout(id).await,
            None => Ok(None),
        }
    }

    /// See to it that the browser is offered to go on, wherever on our site it comes back.
    pub(super) async fn offer_to_finish(&self, held: &Held) -> Result<(), Error> {
        let Some(browser) = &held.kept.browser else { return Ok(()) };
        if held.kept.logout.is_over() {
            return Ok(());
        }
        let ends = forgotten(&held.kept);
        Ok(self.volatile.put(&browser_key(browser), &held.id.to_string(), ends, self.now()).await?)
    }

    /// The logout that this browser has not seen the end of.
    pub(super) async fn logout_of(&self, visit: &Visit) -> Result<Option<LogoutId>, Error> {
        let Some(secret) = &visit.browser else { return Ok(None) };
        let Some(id) = self.pointed_at(&browser_key(&secret.hash())).await? else { return Ok(None) };
        let held = self.logout(id).await?.filter(|held| !held.kept.logout.is_over());
        Ok(held.map(|held| held.id))
    }

    /// If nothing is left to be done, nothing is offered.
    pub(super) async fn finished(&self, held: &Held) -> Result<(), Error> {
        match &held.kept.browser {
            Some(browser) if held.kept.logout.is_over() => {
                Ok(self.volatile.remove(&browser_key(browser)).await?)
            }
            _ => Ok(()),
        }
    }

    async fn pointed_at(&self, key: &str) -> Result<Option<LogoutId>, Error> {
        Ok(self.volatile.get(key, self.now()).await?.and_then(|id| id.parse().ok()))
    }
}

fn forgotten(kept: &Kept) -> Moment {
    kept.logout.started.plus(LOGOUT_LIFE)
}

fn key(id: LogoutId) -> String {
    format!("logout/{id}")
}

fn request_key(request: &str) -> String {
    format!("logout-request/{request}")
}

fn browser_key(hash: &str) -> String {
    format!("logout-of/{hash}")
}
