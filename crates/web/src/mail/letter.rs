//! What a letter says: what happened, when, from where, and what to do if it was somebody else.

use std::time::{Duration, SystemTime};

use askama::Template;
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use portner_audit_log::outbox::Notice;
use portner_audit_log::{Actor, Event};
use portner_domain::Moment;
use portner_domain::help::Help;
use portner_domain::identity::Identity;
use portner_domain::letter::{LetterKind, Wording};

use super::words::{Part, Told, Values};
use crate::pages::{Site, date_and_time};
use crate::{Language, PublicUrl};

/// Recovery codes that are so few that a letter says to make new ones.
pub const SHORT_OF_CODES_MAX: u64 = 3;

/// A letter, ready to be sent from whoever sends it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub(super) to: Mailbox,
    pub(super) id: String,
    pub(super) sent: SystemTime,
    pub(super) subject: String,
    pub(super) plain: String,
    pub(super) html: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    parts: &'a [Part],
    subject: &'a str,
}

impl Letter {
    /// About what happened to this identity, in these words or in our own. Nobody's language is on record, so it is in
    /// both, Danish first.
    pub fn about(
        notice: &Notice,
        identity: &Identity,
        to: Address,
        (site, public): (&Site, &PublicUrl),
        wording: Option<&Wording>,
    ) -> Self {
        let kind = kind(notice);
        let parts = Language::ALL.map(|say| {
            let values = Values {
                what_happened: notice.events.iter().filter_map(|event| happened(event, say)).collect(),
                details: details(notice, say),
                code: "",
                user_name: printable(identity.user_name.as_str()),
                address: &public.origin,
                site,
            };
            Part::new((kind, wording), &values, say)
        });
        // The same for every try, so that one who gets it twice may see it once (RFC 5322, 3.6.4).
        Self::of((notice.id.to_string(), notice.at), mailbox(identity, to), &parts)
    }

    pub(super) fn of((id, at): (String, Moment), to: Mailbox, parts: &[Part]) -> Self {
        let subject = parts.iter().map(|part| part.subject.as_str()).collect::<Vec<_>>().join(" / ");
        let plain = parts.iter().map(Part::plain).collect::<Vec<_>>().join("\n\n-----\n\n");
        // The template writes strings into strings.
        let html = Html { parts, subject: &subject }.render().unwrap_or_default();
        Self { to, id, sent: at_clock(at), subject, plain, html }
    }

    /// The message, from this sender.
    pub(super) fn from(&self, sender: &Mailbox) -> Result<Message, lettre::error::Error> {
        Message::builder()
            .from(sender.clone())
            .to(self.to.clone())
            .date(self.sent)
            .message_id(Some(format!("<{}@{}>", self.id, sender.email.domain())))
            .subject(self.subject.clone())
            // No answer by machines that say that somebody is on holiday (RFC 3834).
            .raw_header(lettre::message::header::HeaderValue::new(
                lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(self.plain.clone(), self.html.clone()))
    }
}

/// When, by whom and from where.
fn details(notice: &Notice, say: Language) -> Vec<String> {
    let done_by = match &notice.actor {
        Actor::Identity(actor) if *actor == notice.identity => say.text("mail-by-you"),
        Actor::Identity(_) | Actor::Operator { .. } => say.text("mail-by-administration"),
        Actor::Anonymous { .. } => say.text("mail-by-invitation"),
        Actor::System { .. } => say.text("mail-by-system"),
    };
    let from = notice.address.as_ref().map(|address| say.about("mail-from", "address", address));
    let when = say.about("mail-when", "when", &date_and_time(say, notice.at));
    [when, done_by].into_iter().chain(from).collect()
}

/// Which letter a notice is: that of the first thing that happened.
pub(super) fn kind(notice: &Notice) -> LetterKind {
    notice.events.iter().find_map(kind_of).unwrap_or_default()
}

/// The letter about an event; nothing for what is told by another.
const fn kind_of(event: &Event) -> Option<LetterKind> {
    Some(match event {
        Event::AuthenticatorBound { .. } => LetterKind::Bound,
        Event::AuthenticatorRemoved { .. } => LetterKind::Removed,
        Event::AuthenticatorReportedLost { .. } => LetterKind::Lost,
        Event::SessionEndedElsewhere { .. } => LetterKind::EndedElsewhere,
        Event::RecoveryCodeUsed { .. } => LetterKind::RecoveryCode,
        Event::FactorClosed { .. } => LetterKind::Closed,
        Event::FactorsReopened { .. } => LetterKind::Reopened,
        Event::PasswordFallsShort { .. } => LetterKind::PasswordDue,
        Event::IdentityLocked { .. } => LetterKind::Locked,
        Event::IdentityUnlocked { .. } => LetterKind::Unlocked,
        Event::IdentityEnded { .. } => LetterKind::Ended,
        Event::SessionsEnded { .. } => LetterKind::LoggedOut,
        Event::CallerChecked { verified: true, .. } => LetterKind::Caller,
        Event::CallerChecked { .. } => LetterKind::CallerUnknown,
        Event::HelpGiven { help: Help::PasswordReset, .. } => LetterKind::PasswordReset,
        Event::HelpGiven { help: Help::NameConfirmed, .. } => LetterKind::NameConfirmed,
        Event::CodeHandedOut { .. } => LetterKind::CodeHandedOut,
        Event::ProofedInPerson { .. } => LetterKind::Proofed,
        Event::MeetingDeclined { .. } => LetterKind::MeetingDeclined,
        _ => return None,
    })
}

/// What an event means to whom it happened; nothing for what is told by another.
fn happened(event: &Event, say: Language) -> Option<String> {
    Some(match event {
        Event::AuthenticatorBound { authenticator_kind, .. } => {
            say.about("mail-bound", "kind", &say.kind(*authenticator_kind))
        }
        Event::AuthenticatorRemoved { authenticator_kind, .. } => {
            say.about("mail-removed", "kind", &say.kind(*authenticator_kind))
        }
        Event::AuthenticatorReportedLost { authenticator_kind, .. } => {
            say.about("mail-lost", "kind", &say.kind(*authenticator_kind))
        }
        Event::SessionEndedElsewhere { .. } => say.text("mail-session-ended"),
        Event::RecoveryCodeUsed { left, .. } if *left <= SHORT_OF_CODES_MAX => {
            say.text_with("mail-recovery-code-few", &[("left", (*left).into())])
        }
        Event::RecoveryCodeUsed { left, .. } => {
            say.text_with("mail-recovery-code", &[("left", (*left).into())])
        }
        Event::FactorClosed { authenticator_kind, .. } => {
            say.about("mail-closed", "kind", &say.kind(*authenticator_kind))
        }
        Event::FactorsReopened { .. } => say.text("mail-reopened"),
        // Of which rule is not for everybody to know who reads the mail.
        Event::PasswordFallsShort { change_by, .. } => {
            say.about("mail-password-due", "when", &date_and_time(say, *change_by))
        }
        Event::IdentityLocked { .. } => say.text("mail-locked"),
        Event::IdentityUnlocked { .. } => say.text("mail-unlocked"),
        Event::IdentityEnded { .. } => say.text("mail-ended"),
        Event::SessionsEnded { .. } => say.text("mail-sessions-ended"),
        Event::CallerChecked { verified: true, .. } => say.text("mail-caller"),
        Event::CallerChecked { .. } => say.text("mail-caller-not"),
        Event::HelpGiven { help: Help::PasswordReset, .. } => say.text("mail-password-reset"),
        Event::HelpGiven { help: Help::NameConfirmed, .. } => say.text("mail-name-confirmed"),
        Event::CodeHandedOut { .. } => say.text("mail-code-handed-out"),
        Event::ProofedInPerson { .. } => say.text("mail-proofed"),
        Event::MeetingDeclined { .. } => say.text("mail-meeting-declined"),
        _ => return None,
    })
}

/// Whom a letter is for.
pub(super) fn mailbox(identity: &Identity, to: Address) -> Mailbox {
    Mailbox::new(Some(printable(&identity.full_name())).filter(|name| !name.is_empty()), to)
}

pub(super) fn at_clock(at: Moment) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}

/// Without what would begin another line, or hide: a name may come from anywhere (T-LOG-02, CWE-93).
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'))
        .collect()
}

#[cfg(test)]
mod tests {
    use lettre::message::Mailbox;
    use portner_audit_log::outbox::Notice;
    use portner_audit_log::{Actor, Event, EventId};
    use portner_domain::authenticator::{Ceremony, Kind};
    use portner_domain::identity::{Employment, Identity, Life, State};
    use portner_domain::{AuthenticatorId, IdentityId, Moment, PersonId};

    use super::Letter;
    use crate::PublicUrl;
    use crate::pages::{Site, Support};

    fn written(first_name: &str, organisation: &str, events: Vec<Event>) -> String {
        let id = IdentityId(uuid());
        let identity = Identity {
            id,
            person: PersonId(uuid()),
            user_name: "anna".parse().unwrap(),
            first_name: first_name.to_owned(),
            last_name: "Andersen".to_owned(),
            email: None,
            cvr: "12345678".parse().unwrap(),
            organisation: organisation.to_owned(),
            employment: Employment::Entered,
            state: State::Active,
            sessions_ended: Moment(0),
            life: Life::PERMITTED,
        };
        let notice = Notice {
            id: EventId(uuid()),
            identity: id,
            at: Moment(1_795_252_504_120),
            actor: Actor::Identity(id),
            address: Some("192.0.2.7".to_owned()),
            events,
        };
        let support = Support { name: "IT-service".into(), phone: Some("70 10 20 30".into()), email: None };
        let site = Site {
            organisation: organisation.to_owned(),
            service_name: "Medarbejderlogin".to_owned(),
            support,
            accessibility_url: None,
        };
        let public =
            PublicUrl { origin: "https://login.example.dk".to_owned(), host: "login.example.dk".to_owned() };
        let to = "anna@example.dk".parse().unwrap();
        let letter = Letter::about(&notice, &identity, to, (&site, &public), None);
        let sender: Mailbox = "Eksempel Kommune <no-reply@example.dk>".parse().unwrap();
        String::from_utf8(letter.from(&sender).unwrap().formatted()).unwrap()
    }

    fn uuid() -> uuid::Uuid {
        uuid::Uuid::nil()
    }

    fn bound() -> Event {
        Event::AuthenticatorBound {
            authenticator: AuthenticatorId(uuid()),
            identity: IdentityId(uuid()),
            authenticator_kind: Kind::Totp,
            ceremony: Ceremony::Unvouched,
            level: None,
        }
    }

    fn headers(message: &str) -> Vec<&str> {
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        head.split("\r\n").filter(|line| !line.starts_with(' ')).collect()
    }

    #[test]
    fn no_name_adds_a_header_or_a_recipient() {
        let usual: Vec<String> =
            headers(&written("Anna", "Eksempel", vec![bound()])).iter().map(|it| name(it)).collect();
        for hostile in [
            "Anna\r\nBcc: mallory@evil.example",
            "Anna\nBcc: mallory@evil.example\r\n\r\nhello",
            "Anna\u{2028}Bcc: x@evil.example",
            "\" <mallory@evil.example>, \"Anna",
            "=?utf-8?q?Anna=0d=0aBcc:_mallory@evil.example?=",
            "\0\u{1b}[31m",
        ] {
            let message = written(hostile, hostile, vec![bound()]);
            let found: Vec<String> = headers(&message).iter().map(|it| name(it)).collect();
            assert_eq!(found, usual, "{message}");
            let to = headers(&message).into_iter().find(|line| line.starts_with("To: ")).unwrap().to_owned();
            let whole = message.replace("\r\n ", " ");
            let to = whole.lines().find(|line| line.starts_with(&to[..4])).unwrap();
            assert!(to.ends_with("<anna@example.dk>"), "{to}");
        }
    }

    fn name(line: &str) -> String {
        line.split(':').next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_letter_has_no_link_to_press_and_markup_in_a_name_is_text() {
        let message = written("Anna", "<a href=\"https://evil.example\">x</a>", vec![bound()]);
        let (_, html) = message.split_once("Content-Type: text/html").unwrap();
        assert!(html.contains("<ul>") && !html.contains("<a"), "{html}");
        assert!(!html.contains("href=3D\"") && !html.contains("src=3D"), "{html}");
    }
}
