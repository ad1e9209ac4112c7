//! Letters to people about what happened to their login, by e-mail: a second channel, so that whoever did not do it
//! finds out.
//!
//! The outbox says what is to be told ([`portner_audit_log::outbox`]); here it is written and sent, by one node at a
//! time. A letter has no link and no secret in it: whoever gets one that looks like it learns nothing by it. One kind is
//! sent by itself, while an officer waits: the second half of a code, which is nothing without the first.

mod half;
mod letter;
mod server;
mod words;

pub use letter::{Letter, SHORT_OF_CODES_MAX};
pub use server::{BadMail, MailServer, MailSettings, MailTls};
pub(crate) use words::{chosen, own_words, preview};

use std::time::Duration;

use portner_audit_log::outbox::{Claimed, Notice};
use portner_audit_log::{AuditLog, Error};
use portner_directory::by_id;

use crate::PublicUrl;
use crate::pages::Site;

/// Between two looks into the outbox.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(2);

/// Tells people, as long as it runs.
pub struct Postman {
    /// Where the outbox is.
    pub log: AuditLog,
    /// What sends; without one nobody can be told, and that is written down.
    pub server: Option<MailServer>,
    /// Where people log in.
    pub public: PublicUrl,
    /// Whose letters these are.
    pub site: Site,
}

/// Why somebody could not be told, for good: a stable code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Never {
    NoMailServer,
    NoAddress,
    BadAddress,
    NotDelivered,
}

impl Never {
    const fn code(self) -> &'static str {
        match self {
            Self::NoMailServer => "no-mail-server",
            Self::NoAddress => "no-address",
            Self::BadAddress => "bad-address",
            Self::NotDelivered => "not-delivered",
        }
    }
}

impl Postman {
    /// Until stopped. Whatever is being sent then may be sent again by the next.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let rounds = async {
            loop {
                if let Err(error) = self.round().await {
                    tracing::error!(error = &error as &dyn std::error::Error, "people are not told");
                }
                tokio::time::sleep(BETWEEN_ROUNDS).await;
            }
        };
        tokio::select! { () = stop => {}, () = rounds => {} }
    }

    /// Tell what is due; how many letters left.
    pub async fn round(&self) -> Result<usize, Error> {
        let mut sent = 0;
        for claimed in self.log.claim_notices().await? {
            sent += usize::from(self.tell(&claimed).await?);
        }
        let backlog = self.log.notices_waiting().await?;
        let age = backlog.oldest.and_then(|oldest| self.log.now().since(oldest)).unwrap_or_default();
        metrics::gauge!("portner_notices_waiting")
            .set(f64::from(u32::try_from(backlog.length).unwrap_or(u32::MAX)));
        let seconds = u32::try_from(age.0 / 1_000).unwrap_or(u32::MAX);
        metrics::gauge!("portner_notices_oldest_seconds").set(f64::from(seconds));
        Ok(sent)
    }

    async fn tell(&self, claimed: &Claimed) -> Result<bool, Error> {
        let notice = &claimed.notice;
        let (server, letter) = match self.letter(notice).await? {
            Ok(both) => both,
            Err(never) => return self.give_up(notice, never).await.map(|()| false),
        };
        if let Err(fault) = server.send(&letter).await {
            metrics::counter!("portner_notices_failed_total").increment(1);
            tracing::warn!(
                error = &fault as &dyn std::error::Error,
                tries = claimed.tries,
                "a letter is not sent"
            );
            match claimed.next_try(self.log.now()) {
                Some(due) => self.log.notice_postponed(notice, due).await?,
                None => self.give_up(notice, Never::NotDelivered).await?,
            }
            return Ok(false);
        }
        metrics::counter!("portner_notices_sent_total").increment(1);
        self.log.notice_sent(notice).await.map(|_| true)
    }

    async fn letter(&self, notice: &Notice) -> Result<Result<(&MailServer, Letter), Never>, Error> {
        let Some(server) = &self.server else { return Ok(Err(Never::NoMailServer)) };
        let database = self.log.database();
        let identity =
            by_id(database, notice.identity).await.map_err(|error| read_wrong(error, "identity"))?;
        let Some((identity, address)) = identity.and_then(|it| it.email.clone().map(|email| (it, email)))
        else {
            return Ok(Err(Never::NoAddress));
        };
        let Ok(to) = address.trim().parse() else { return Ok(Err(Never::BadAddress)) };
        let wording = chosen(database, letter::kind(notice)).await;
        let wording = wording.map_err(|error| read_wrong(error, "wording"))?;
        let ours = (&self.site, &self.public);
        Ok(Ok((server, Letter::about(notice, &identity, to, ours, wording.as_ref()))))
    }

    async fn give_up(&self, notice: &Notice, never: Never) -> Result<(), Error> {
        tracing::warn!(identity = %notice.identity, why = never.code(), "somebody is not told what happened");
        self.log.notice_given_up(notice, never.code()).await.map(drop)
    }
}

fn read_wrong(error: portner_directory::Error, what: &'static str) -> Error {
    match error {
        portner_directory::Error::Log(error) => error,
        portner_directory::Error::Storage(error) => error.into(),
        portner_directory::Error::Corrupt(_) => Error::Stored(what),
    }
}
