//! The letter with the second half of a code: sent at once, while an officer has the first in front of them, and kept
//! nowhere.

use std::time::Duration;

use lettre::Address;
use portner_domain::identity::Identity;
use portner_domain::letter::{LetterKind, Wording};
use portner_domain::{InvitationId, Moment};

use super::letter::{Letter, mailbox, printable};
use super::server::MailServer;
use super::words::{Part, Values};
use crate::pages::Site;
use crate::{Language, PublicUrl};

/// How long an officer waits for the mail server to take it.
const SEND_TIME_MAX: Duration = Duration::from_secs(10);

impl Letter {
    /// With this half, of this code, in these words or in our own.
    pub fn half(
        (half, of, at): (&str, InvitationId, Moment),
        identity: &Identity,
        to: Address,
        (site, public): (&Site, &PublicUrl),
        wording: Option<&Wording>,
    ) -> Self {
        let address = format!("{}/welcome", public.origin);
        let user_name = printable(identity.user_name.as_str());
        let (what_happened, details) = (Vec::new(), Vec::new());
        let values = Values { what_happened, details, code: half, user_name, address: &address, site };
        let parts = Language::ALL.map(|say| Part::new((LetterKind::Half, wording), &values, say));
        Self::of((of.to_string(), at), mailbox(identity, to), &parts)
    }
}

impl MailServer {
    /// Hand it over now, or say that it can't be.
    pub async fn sends_at_once(&self, letter: &Letter) -> bool {
        match tokio::time::timeout(SEND_TIME_MAX, self.send(letter)).await {
            Ok(Ok(())) => true,
            Ok(Err(fault)) => {
                tracing::warn!(error = &fault as &dyn std::error::Error, "half of a code is not sent");
                false
            }
            Err(_) => {
                tracing::warn!("half of a code is not sent: the mail server takes too long");
                false
            }
        }
    }
}
