//! Why somebody's logins failed, in plain words and grouped; and what is open about them.

use portner_audit_log::{Event, Recorded};
use portner_domain::Moment;
use portner_federation::office::Seen;

use crate::pages::{DeskNotes, Failures, date_and_time};
use crate::{App, Language};

/// What the support desk and the registrar look for first.
pub fn notes(app: &App, say: Language, seen: &Seen) -> DeskNotes {
    DeskNotes {
        caller_until: seen.caller_until.map(|until| date_and_time(say, until)),
        warnings: warnings(seen, app.0.log.now()).into_iter().map(|key| say.text(key)).collect(),
        failures: failures(&seen.events.events)
            .into_iter()
            .map(|(key, count, last)| Failures { what: say.text(key), count, last: date_and_time(say, last) })
            .collect(),
    }
}

fn warnings(seen: &Seen, now: Moment) -> Vec<&'static str> {
    let is_proofed = seen.proofings.iter().any(|proofing| proofing.level(now).is_some());
    let found = [
        (seen.card.identity.life.reopened.is_some(), "desk-warning-name"),
        (!seen.card.has_cpr, "desk-warning-no-cpr"),
        (!is_proofed, "desk-warning-not-proofed"),
    ];
    found.into_iter().filter(|(is, _)| *is).map(|(_, key)| key).collect()
}

/// Each reason with how often and when it was last, the newest first. Events come newest first.
fn failures(events: &[Recorded]) -> Vec<(&'static str, usize, Moment)> {
    let mut found: Vec<(&'static str, usize, Moment)> = Vec::new();
    for recorded in events {
        let Some(key) = reason(&recorded.event) else { continue };
        match found.iter_mut().find(|(known, _, _)| *known == key) {
            Some((_, count, _)) => *count += 1,
            None => found.push((key, 1, recorded.at)),
        }
    }
    found
}

/// The sentence for a failed login; nothing for what is none.
fn reason(event: &Event) -> Option<&'static str> {
    match event {
        Event::AuthenticatorRefused { why, authenticator_kind, .. } => {
            Some(refused(why, authenticator_kind.is_code()))
        }
        Event::AccessDenied { why, .. } if why == "unknown-network" => Some("failure-unknown-network"),
        Event::AccessDenied { .. } => Some("failure-not-permitted"),
        Event::RequestAnswered { status, .. } => Some(answered(status)),
        Event::FidoCredentialSuspected { .. } => Some("failure-key"),
        _ => None,
    }
}

fn refused(why: &str, is_code: bool) -> &'static str {
    match why {
        "wrong" if is_code => "failure-wrong-code",
        "wrong" => "failure-wrong-password",
        "already-used" => "failure-code-used",
        "too-many" => "failure-closed",
        "must-change" => "failure-must-change",
        "busy" => "failure-busy",
        "network-password-expired" | "directory-password-expired" | "directory-password-must-change" => {
            "failure-network-expired"
        }
        "network-account-unusable"
        | "directory-account-disabled"
        | "directory-account-expired"
        | "directory-account-locked-out"
        | "directory-not-now"
        | "directory-not-from-here"
        | "directory-refused"
        | "directory-no-entry"
        | "directory-several-entries"
        | "directory-unusable-name" => "failure-network-account",
        other if other.starts_with("directory-") => "failure-network-silent",
        other if other.starts_with("key") => "failure-key",
        _ => "failure-other",
    }
}

/// SAML 2.0 Core, 3.2.2.2.
fn answered(status: &str) -> &'static str {
    const BY_STATUS: [(&str, &str); 4] = [
        ("NoAuthnContext", "failure-level"),
        ("NoPassive", "failure-passive"),
        ("RequestDenied", "failure-not-permitted"),
        ("AuthnFailed", "failure-cancelled"),
    ];
    let found = BY_STATUS.into_iter().find(|(code, _)| status.contains(code));
    found.map_or("failure-service", |(_, key)| key)
}

#[cfg(test)]
mod tests {
    use portner_audit_log::Event;
    use portner_domain::authenticator::Kind;
    use portner_domain::{FlowId, IdentityId};
    use uuid::Uuid;

    use super::reason;

    #[test]
    fn every_way_to_fail_has_a_sentence() {
        let refused = |kind, why: &str| Event::AuthenticatorRefused {
            identity: Some(IdentityId(Uuid::nil())),
            authenticator_kind: kind,
            flow: FlowId(Uuid::nil()),
            why: why.to_owned(),
        };
        for (kind, why, key) in [
            (Kind::Password, "wrong", "failure-wrong-password"),
            (Kind::Totp, "wrong", "failure-wrong-code"),
            (Kind::Totp, "already-used", "failure-code-used"),
            (Kind::Password, "too-many", "failure-closed"),
            (Kind::Password, "must-change", "failure-must-change"),
            (Kind::NetworkPassword, "directory-password-expired", "failure-network-expired"),
            (Kind::NetworkPassword, "directory-account-disabled", "failure-network-account"),
            (Kind::NetworkPassword, "directory-unavailable", "failure-network-silent"),
            (Kind::Passkey, "key-signature", "failure-key"),
            (Kind::Password, "something-of-tomorrow", "failure-other"),
        ] {
            assert_eq!(reason(&refused(kind, why)), Some(key), "{why}");
        }
        assert_eq!(reason(&Event::SetupLinkUsed), None);
    }
}
