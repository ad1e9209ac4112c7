//! The last messages of each service provider that came to nothing, for whoever looks into it.
//!
//! A ring in the session store: so many per service provider, overwritten in turn, gone after two weeks. What is
//! kept of a message was verified by nobody. It may hold personal data, such as the person a request is about.

mod remedy;

use portner_audit_log::volatile::Volatile;
use portner_domain::throttle::network;
use portner_domain::{Millis, Moment, Reference, ServiceProviderId};
use portner_saml::{Binding, peek};
use serde::{Deserialize, Serialize};

pub use remedy::remedy;

use crate::kept::write;
use crate::{Error, Federation, Visit};

/// Kept for each service provider.
const KEPT_MAX: u64 = 50;
/// Kept of one address for one service provider in [`WINDOW`], so that no one address can push out the rest.
const KEPT_OF_ADDRESS_MAX: u64 = 20;
const WINDOW: Millis = Millis::minutes(15);
/// For so long.
const MEMORY: Millis = Millis::hours(14 * 24);
/// The place of the next is remembered longer than anything in the ring.
const PLACE_MEMORY: Millis = Millis::hours(10 * 365 * 24);
/// Kept of one message.
const TEXT_BYTES_MAX: usize = 16 * 1024;

/// A message as the browser brought it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Sent {
    /// All of a query.
    Redirect(String),
    /// The field of a form that has the message.
    Post(String),
}

/// A message that came to nothing, to be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailedMessage<'a> {
    /// A stable code.
    pub why: &'a str,
    /// What was sent, if this visit brought it.
    pub sent: Option<&'a Sent>,
}

/// A message that came to nothing, as it is kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Kept {
    /// When.
    pub at: Moment,
    /// Its number among them.
    pub number: u64,
    /// Why: a stable code, see [`remedy`].
    pub why: String,
    /// How it came; unknown if it was answered later than it came.
    pub binding: Option<Binding>,
    /// What the page told the person to quote.
    pub reference: Reference,
    /// From which network.
    pub network: String,
    /// The message. One that can't be decoded says not whose it is, so nobody's ring has it.
    pub xml: Option<String>,
}

impl Sent {
    pub(crate) fn glimpse(&self) -> peek::Glimpse {
        match self {
            Self::Redirect(query) => peek::redirect(query),
            Self::Post(field) => peek::post(field),
        }
    }

    const fn binding(&self) -> Binding {
        match self {
            Self::Redirect(_) => Binding::Redirect,
            Self::Post(_) => Binding::Post,
        }
    }
}

impl Federation {
    /// Keep a message that came to nothing, unless its sender's network has sent enough of those.
    pub(crate) async fn record_failure(
        &self,
        visit: &Visit,
        sp: ServiceProviderId,
        what: FailedMessage<'_>,
    ) -> Result<(), Error> {
        let (now, network) = (self.log.now(), network(visit.address));
        let count = format!("failures-of/{sp}/{network}");
        if self.volatile.increment(&count, now.plus(WINDOW), now).await? > KEPT_OF_ADDRESS_MAX {
            return Ok(());
        }
        let number = self.volatile.increment(&place(sp), now.plus(PLACE_MEMORY), now).await?;
        let kept = Kept {
            at: now,
            number,
            why: what.why.to_owned(),
            binding: what.sent.map(Sent::binding),
            reference: visit.reference,
            network,
            xml: what.sent.and_then(|sent| sent.glimpse().xml).as_deref().map(bounded),
        };
        let text = write(&kept)?;
        Ok(self.volatile.put(&slot(sp, number % KEPT_MAX), &text, now.plus(MEMORY), now).await?)
    }
}

/// What is kept of a service provider's messages, newest first.
pub async fn failures(
    volatile: &dyn Volatile,
    sp: ServiceProviderId,
    now: Moment,
) -> Result<Vec<Kept>, Error> {
    let mut all: Vec<Kept> = Vec::new();
    for number in 0..KEPT_MAX {
        let text = volatile.get(&slot(sp, number), now).await?;
        all.extend(text.and_then(|text| serde_json::from_str(&text).ok()));
    }
    all.sort_by_key(|kept: &Kept| std::cmp::Reverse((kept.at, kept.number)));
    Ok(all)
}

fn place(sp: ServiceProviderId) -> String {
    format!("failures/{sp}/next")
}

fn slot(sp: ServiceProviderId, number: u64) -> String {
    format!("failures/{sp}/{number}")
}

/// As much of it as is kept, without what would grow in storage or act on a terminal.
fn bounded(text: &str) -> String {
    let mut kept = String::new();
    for c in text.chars() {
        let c = if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
        if kept.len() + c.len_utf8() > TEXT_BYTES_MAX {
            break;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use portner_audit_log::volatile::VALUE_BYTES_MAX;

    use super::{TEXT_BYTES_MAX, bounded};

    #[test]
    fn whatever_is_sent_what_is_kept_fits() {
        for c in ['a', '"', '\\', '\0', '\n', '\u{85}', 'å', '\u{1F600}'] {
            let kept = bounded(&c.to_string().repeat(100_000));
            assert!((TEXT_BYTES_MAX - 3..=TEXT_BYTES_MAX).contains(&kept.len()), "{c:?}: {}", kept.len());
            let stored = serde_json::to_string(&kept).unwrap().len();
            assert!(stored < VALUE_BYTES_MAX / 2 + 1024, "{c:?}: {stored}");
        }
        assert_eq!(bounded("a\u{1b}[2Jb\r\nc\td"), "a\u{fffd}[2Jb\u{fffd}\nc\td");
    }
}
