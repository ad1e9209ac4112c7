//! The letter with the second half of a code: sent at once, while an officer has the first in front of them, and kept
//! nowhere.

use std::time::Duration;

use askama::Template;
use lettre::Address;
use portner_domain::identity::Identity;
use portner_domain::{InvitationId, Moment};

use super::letter::{Letter, at_clock, mailbox, printable};
use super::server::MailServer;
use crate::pages::Site;
use crate::{Language, PublicUrl};

/// How long an officer waits for the mail server to take it.
const SEND_TIME_MAX: Duration = Duration::from_secs(10);

#[derive(Template)]
#[template(path = "mail_half.html")]
struct Html<'a> {
    subject: &'a str,
    /// Language and paragraphs.
    parts: &'a [(&'static str, Vec<String>)],
}

impl Letter {
    /// With this half, of this code.
    pub fn half(
        (half, of, at): (&str, InvitationId, Moment),
        identity: &Identity,
        to: Address,
        (site, public): (&Site, &PublicUrl),
    ) -> Self {
        let subject = Language::ALL.map(|say| say.text("mail-half-subject")).join(" / ");
        let parts = Language::ALL.map(|say| {
            let who = [
                ("user_name", printable(identity.user_name.as_str()).into()),
                ("organisation", site.organisation.as_str().into()),
            ];
            let address = format!("{}/welcome", public.origin);
            let paragraphs = vec![
                say.text("mail-greeting"),
                say.text_with("mail-half-intro", &who),
                half.to_owned(),
                say.about("mail-half-how", "address", &address),
                say.about("mail-half-not-you", "support", &site.support.name),
            ];
            (say.tag(), paragraphs)
        });
        let plain = parts.iter().map(|(_, paragraphs)| paragraphs.join("\n\n")).collect::<Vec<_>>();
        Self {
            to: mailbox(identity, to),
            id: of.to_string(),
            sent: at_clock(at),
            // The template writes strings into strings.
            html: Html { subject: &subject, parts: &parts }.render().unwrap_or_default(),
            plain: plain.join("\n\n-----\n\n"),
            subject,
        }
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
