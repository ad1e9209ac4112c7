//! What happened to somebody here, from the audit log, in words.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use portner_audit_log::own::{Cursor, own_events};
use portner_audit_log::{Actor, Event, Recorded};
use portner_domain::ServiceProviderId;
use portner_domain::help::Help;
use portner_domain::life::Admission;
use portner_federation::{Error, Federation, KnownNetworks, OwnPage};

use super::{Mine, path_of};
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{LogPage, LogRow, date_and_time};
use crate::{App, Language};

/// A page of it, newest first.
pub async fn show(State(app): State<App>, RawQuery(query): RawQuery, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let before = query.as_deref().and_then(cursor_in);
    let (rows, older) = match read(&app, &mine, before).await {
        Ok(read) => read,
        Err(error) => return failed(&app, &mine.incoming, &error),
    };
    let here = path_of(OwnPage::Log);
    let older = older.map(|cursor| format!("{here}?before={cursor}"));
    let page =
        LogPage { own: &own, rows, newest_href: before.map(|_| here.as_str()), older_href: older.as_deref() };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

async fn read(
    app: &App,
    mine: &Mine,
    before: Option<Cursor>,
) -> Result<(Vec<LogRow>, Option<Cursor>), Error> {
    let found = own_events(app.0.log.database(), mine.me.session.identity, before).await?;
    let networks = app.0.federation.networks().await?;
    let mut rows = Vec::with_capacity(found.events.len());
    for recorded in &found.events {
        rows.push(row(&app.0.federation, mine.incoming.language, (recorded, &networks)).await?);
    }
    Ok((rows, found.older))
}

/// One event in words.
pub async fn row(
    federation: &Federation,
    say: Language,
    (recorded, networks): (&Recorded, &KnownNetworks),
) -> Result<LogRow, Error> {
    let service = match service_of(&recorded.event) {
        Some(id) => federation.service_name(id).await?.unwrap_or_else(|| say.text("me-event-service")),
        None => String::new(),
    };
    let address = match &recorded.actor {
        Actor::Anonymous { address } => Some(say.address(address, networks)),
        _ => None,
    };
    let what = sentence(say, &recorded.event, &service);
    Ok(LogRow { at: date_and_time(say, recorded.at), what, address })
}

const fn service_of(event: &Event) -> Option<ServiceProviderId> {
    match event {
        Event::NameIdAssigned { service_provider, .. }
        | Event::SharedNameIdAssigned { service_provider, .. }
        | Event::AccessDenied { service_provider, .. }
        | Event::RequestAnswered { service_provider, .. }
        | Event::SessionEndedByServiceProvider { service_provider, .. }
        | Event::LogoutRequested { service_provider, .. }
        | Event::LogoutOutcome { service_provider, .. } => Some(*service_provider),
        Event::AssertionIssued(issued) => Some(issued.service_provider),
        _ => None,
    }
}

/// What happened, for whom it happened to.
fn sentence(say: Language, event: &Event, service: &str) -> String {
    let at_service = |key: &str| say.about(key, "service", service);
    let of_kind = |key: &str, kind| say.about(key, "kind", &say.kind(kind));
    match event {
        Event::IdentityRegistered { .. } => say.text("me-event-registered"),
        Event::IdentityLocked { .. } => say.text("me-event-locked"),
        Event::IdentityUnlocked { .. } => say.text("me-event-unlocked"),
        Event::AuthenticatorBound { authenticator_kind, level, .. } => {
            let level = level.map_or_else(|| say.text("me-level-none"), |level| say.level(level));
            let kind = say.kind(*authenticator_kind);
            say.text_with("me-event-bound", &[("kind", kind.into()), ("level", level.into())])
        }
        Event::AuthenticatorAccepted { authenticator_kind, .. } => {
            of_kind("me-event-accepted", *authenticator_kind)
        }
        Event::AuthenticatorRefused { authenticator_kind, .. } => {
            of_kind("me-event-refused", *authenticator_kind)
        }
        Event::AuthenticatorRenamed { authenticator_kind, .. } => {
            of_kind("me-event-renamed", *authenticator_kind)
        }
        Event::AuthenticatorRemoved { authenticator_kind, .. } => {
            of_kind("me-event-removed", *authenticator_kind)
        }
        Event::AuthenticatorReportedLost { authenticator_kind, .. } => {
            of_kind("me-event-lost", *authenticator_kind)
        }
        Event::IdentityEnded { .. } => say.text("me-event-ended"),
        Event::IdentityResumed { .. } => say.text("me-event-resumed"),
        Event::IdentityChanged { .. } => say.text("me-event-changed"),
        Event::AdmissionChanged { admission: Admission::Permitted, .. } => say.text("me-event-permitted"),
        Event::AdmissionChanged { .. } => say.text("me-event-withheld"),
        Event::ValidityChanged { .. } => say.text("me-event-validity"),
        Event::PersonSeen { .. } => say.text("me-event-seen"),
        Event::CprLookedUp { .. } => say.text("me-event-looked-up"),
        Event::Proposed { .. } | Event::Agreed { .. } | Event::Declined { .. } => {
            say.text("me-event-proposal")
        }
        Event::RoleGranted { .. } => say.text("me-event-role"),
        Event::RoleWithdrawn { .. } => say.text("me-event-role-withdrawn"),
        Event::GroupJoined { .. } | Event::GroupLeft { .. } => say.text("me-event-groups"),
        Event::RightGranted { .. } | Event::RightWithdrawn { .. } => say.text("me-event-rights"),
        Event::NameIdAssigned { .. } | Event::SharedNameIdAssigned { .. } => at_service("me-event-named"),
        Event::AccessDenied { .. } => at_service("me-event-denied"),
        Event::RequestAnswered { .. } => at_service("me-event-not-logged-in"),
        Event::AssertionIssued(_) => at_service("me-event-issued"),
        Event::SessionBegun { .. } => say.text("me-event-session-begun"),
        Event::SessionEnded { .. } => say.text("me-event-session-ended"),
        Event::SessionEndedByServiceProvider { .. } => at_service("me-event-session-ended-at"),
        Event::SessionEndedElsewhere { .. } => say.text("me-event-session-ended-elsewhere"),
        Event::SessionsEnded { .. } => say.text("me-event-sessions-ended"),
        Event::LogoutRequested { .. } | Event::LogoutOutcome { .. } => at_service("me-event-logout"),
        Event::TermsAccepted { version, .. } => say.about("me-event-terms", "version", version),
        other => about_means(say, other),
    }
}

/// The same for what they log in with.
fn about_means(say: Language, event: &Event) -> String {
    match event {
        Event::ProofingRecorded { .. } => say.text("me-event-proofed"),
        Event::PasswordRehashed { .. } => say.text("me-event-rehashed"),
        Event::PasswordFallsShort { .. } => say.text("me-event-falls-short"),
        Event::PasswordMeetsRules { .. } => say.text("me-event-meets-rules"),
        Event::NetworkPasswordAdopted { .. } => say.text("me-event-adopted"),
        Event::FactorClosed { authenticator_kind, .. } => {
            say.about("me-event-closed", "kind", &say.kind(*authenticator_kind))
        }
        Event::FactorsReopened { .. } => say.text("me-event-reopened"),
        Event::RecoveryCodeUsed { left, .. } => say.text_with("me-event-paper", &[("left", (*left).into())]),
        Event::CodeDeviceAssigned { serial, .. } => say.about("me-event-device", "serial", serial),
        Event::InvitationMade { .. } => say.text("me-event-invited"),
        Event::InvitationBegun { .. } => say.text("me-event-invitation-begun"),
        Event::InvitationUsed { .. } => say.text("me-event-invitation-used"),
        Event::LoginCreated { .. } => say.text("me-event-created"),
        Event::CodeDeviceDeclined { .. } => say.text("me-event-device-declined"),
        Event::NoticeSent { .. } => say.text("me-event-told"),
        Event::NoticeGivenUp { .. } => say.text("me-event-not-told"),
        Event::FidoCredentialDeclined { .. } => say.text("me-event-key-declined"),
        Event::FidoCredentialSuspected { .. } => say.text("me-event-key-suspected"),
        other => by_officer(say, other),
    }
}

/// The same for what officers did.
fn by_officer(say: Language, event: &Event) -> String {
    match event {
        Event::CallerChecked { verified: true, .. } => say.text("me-event-caller"),
        Event::CallerChecked { .. } => say.text("me-event-caller-not"),
        Event::HelpGiven { help, .. } => say.text(match help {
            Help::PasswordReset => "me-event-password-reset",
            Help::DeviceLost => "me-event-device-lost",
            Help::DeviceGiven => "me-event-device-given",
            Help::NameConfirmed => "me-event-name-confirmed",
        }),
        Event::CodeHandedOut { .. } => say.text("me-event-code"),
        Event::SecondHalfShown { .. } => say.text("me-event-half"),
        Event::ProofedInPerson { .. } => say.text("me-event-met"),
        Event::MeetingAwaitsSecond { .. } => say.text("me-event-meeting"),
        Event::MeetingAgreed { .. } => say.text("me-event-meeting-agreed"),
        Event::MeetingDeclined { .. } => say.text("me-event-meeting-declined"),
        Event::ReasonGiven { .. } => say.text("me-event-reason"),
        Event::LoginPreviewed { .. } => say.text("me-event-previewed"),
        Event::LoginsErased { .. } => say.text("me-event-logins-erased"),
        Event::InvitationsWithdrawn { .. } => say.text("me-event-invitations-withdrawn"),
        other => say.about("me-event-other", "kind", other.kind()),
    }
}

fn cursor_in(query: &str) -> Option<Cursor> {
    query.split('&').find_map(|pair| pair.strip_prefix("before=")).and_then(|text| text.parse().ok())
}
