//! The pages of a person's own.

use portner_authenticators::Weakness;
use portner_authenticators::webauthn::Wish;
use portner_domain::authenticator::Kind;
use portner_domain::identity::{Employment, Identity, Life, State};
use portner_domain::{Level, Moment};
use portner_federation::OwnPage;

use super::super::pages::{
    AcceptedRow, AddCodeDevicePage, AddTotpPage, AuthenticatorRow, AuthenticatorsPage, BlockPage,
    BlockedPage, ChangePasswordPage, Error, Frame, LogPage, LogRow, NewKeyPage, Notice, Own,
    OwnIdentitiesPage, PasswordDue, ProfilePage, RemovePage, RenamePage, Replaces, ReportLostPage,
    SessionRow, SessionsPage, ShownTerms, TermsPage, date_and_time,
};
use super::{CSRF, Language, QUESTION, SERVICE, Sample, two_identities};
use portner_domain::assurance::Reason;

const AT: Moment = Moment(1_795_255_200_000);

pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let mut samples = vec![("me-blocked".into(), BlockedPage { start_href: "/" }.render(frame)?)];
    samples.extend(profiles(frame)?);
    samples.extend(logs(frame)?);
    samples.extend(authenticators(frame)?);
    samples.push(("me-key-new".into(), new_key(frame)?));
    samples.extend(changes(frame)?);
    samples.extend(stops(frame)?);
    samples.extend(sessions(frame)?);
    samples.extend(identities(frame)?);
    samples.extend(terms(frame)?);
    samples.extend(notices(frame)?);
    Ok(samples)
}

const fn own(page: OwnPage) -> Own {
    Own { page, notice: None, password_chars_min: 15 }
}

fn profiles(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let say = frame.language;
    let identity = anna();
    let used = Reason::Used { kind: Kind::Password, level: Level::Substantial };
    let page = ProfilePage {
        own: &own(OwnPage::Profile),
        identity: &identity,
        level: Some(Level::Low),
        reasons: vec![say.explain(&Reason::Employed { level: Level::Substantial }), say.explain(&used)],
        best: Some(Level::Substantial),
        next: Some(Level::High),
        missing: vec![say.explain(&Reason::Scheme { level: Some(Level::Substantial) })],
        others_href: Some("/me/identities".into()),
        password_due: Some(PasswordDue {
            why: say.weakness(Weakness::Breached, 15),
            change_by: date_and_time(say, AT),
            href: "/me/password".into(),
        }),
    };
    let mut samples = vec![("me-profile".into(), page.render(frame)?)];
    let others = levels(say, &ProfilePage { password_due: None, others_href: None, ..page });
    for (name, page) in others {
        samples.push((name.into(), page.render(frame)?));
    }
    Ok(samples)
}

/// Every reason there is, as far as a profile can have it.
fn levels<'a>(say: Language, page: &ProfilePage<'a>) -> [(&'static str, ProfilePage<'a>); 3] {
    let explained = |reasons: &[Reason]| reasons.iter().map(|reason| say.explain(reason)).collect();
    let low = |kind| Reason::Used { kind, level: Level::Low };
    let nothing = ProfilePage {
        level: None,
        reasons: explained(&[
            Reason::NotProofed,
            Reason::Unvouched { kind: Kind::Password },
            Reason::Unvouched { kind: Kind::NetworkPassword },
            Reason::Combined { level: None },
            Reason::Scheme { level: None },
            Reason::Broker { level: None },
        ]),
        best: None,
        next: Some(Level::Low),
        missing: explained(&[Reason::NotProofed]),
        ..page.clone()
    };
    let from_paper = ProfilePage {
        reasons: explained(&[
            Reason::Employed { level: Level::Substantial },
            low(Kind::Password),
            low(Kind::RecoveryCode),
            low(Kind::SyncedPasskey),
            Reason::AlsoUsed { kind: Kind::AttestedPasskey },
            Reason::TooOld { kind: Kind::Totp },
            Reason::Combined { level: Some(Level::Low) },
        ]),
        ..page.clone()
    };
    let substantial = ProfilePage {
        level: Some(Level::Substantial),
        reasons: explained(&[
            Reason::Used { kind: Kind::Password, level: Level::Substantial },
            Reason::Used { kind: Kind::TotpDevice, level: Level::Substantial },
            Reason::Combined { level: Some(Level::Substantial) },
            Reason::Scheme { level: Some(Level::Substantial) },
            Reason::Broker { level: Some(Level::Substantial) },
        ]),
        next: None,
        missing: vec![],
        ..page.clone()
    };
    [
        ("me-profile-no-level", nothing),
        ("me-profile-low", from_paper),
        ("me-profile-substantial", substantial),
    ]
}

fn anna() -> Identity {
    Identity {
        id: "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa".parse().unwrap_or_else(|_| unreachable!()),
        person: "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7ab".parse().unwrap_or_else(|_| unreachable!()),
        user_name: "anna".parse().unwrap_or_else(|_| unreachable!()),
        first_name: "Anna".into(),
        last_name: "Andersen".into(),
        email: Some("anna@eksempel.dk".into()),
        cvr: "12345678".parse().unwrap_or_else(|_| unreachable!()),
        organisation: "Eksempel Kommune".into(),
        employment: Employment::Entered,
        state: State::Active,
        sessions_ended: Moment(0),
        life: Life::PERMITTED,
    }
}

fn new_key(frame: &Frame<'_>) -> Result<String, Error> {
    let questions = [(Wish::SecurityKey, QUESTION), (Wish::Passkey, QUESTION)];
    let own = own(OwnPage::AddKey);
    NewKeyPage { own: &own, action: "/me/keys/new", csrf: CSRF, questions }.render(frame)
}

fn row(frame: &Frame<'_>, kind: Kind, name: Option<&str>, level: Option<Level>) -> AuthenticatorRow {
    AuthenticatorRow {
        kind,
        name: name.map(str::to_owned),
        level,
        since: date_and_time(frame.language, AT),
        used: level.map(|_| date_and_time(frame.language, AT)),
        rename_href: "/me/authenticators/1/name".into(),
        replace_href: Some("/me/totp/new".into()),
        remove_href: Some("/me/authenticators/1/remove".into()),
        lost_href: (kind != Kind::Password).then(|| "/me/authenticators/1/lost".into()),
    }
}

fn authenticators(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let own = own(OwnPage::Authenticators);
    let substantial = Some(Level::Substantial);
    let page = AuthenticatorsPage {
        own: &own,
        rows: vec![
            row(frame, Kind::Password, None, substantial),
            row(frame, Kind::Totp, Some("Min telefon"), substantial),
            row(frame, Kind::SecurityKey, None, None),
        ],
        lost: vec![],
        add: vec![("/me/totp/new".into(), "me-add-totp"), ("/me/password".into(), "me-add-password")],
        block_href: "/me/block",
    };
    let lost = AuthenticatorsPage { lost: vec![Kind::Totp], ..page.clone() };
    let long = "Den blå nøgle, som jeg har i mit nøglebundt, og som jeg bruger derhjemme";
    let every = AuthenticatorsPage {
        rows: vec![
            row(frame, Kind::Password, None, substantial),
            row(frame, Kind::NetworkPassword, None, None),
            row(frame, Kind::Totp, None, Some(Level::Low)),
            row(frame, Kind::TotpDevice, None, substantial),
            row(frame, Kind::SecurityKey, Some(long), substantial),
            row(frame, Kind::SecurityKey, Some("Reservenøgle"), substantial),
            row(frame, Kind::Passkey, None, substantial),
            row(frame, Kind::AttestedPasskey, None, Some(Level::High)),
            row(frame, Kind::SyncedPasskey, None, Some(Level::Low)),
            row(frame, Kind::RecoveryCode, None, Some(Level::Low)),
        ],
        add: vec![("/me/keys/new".into(), "me-add-key"), ("/me/recovery-codes".into(), "me-add-recovery")],
        ..page.clone()
    };
    Ok(vec![
        ("me-authenticators-every".into(), every.render(frame)?),
        ("me-authenticators".into(), page.render(frame)?),
        ("me-authenticators-lost".into(), lost.render(frame)?),
    ])
}

fn changes(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let at = |notice| Own { page: OwnPage::AddTotp, notice, password_chars_min: 15 };
    let totp = |own: &Own, level, replaces| {
        AddTotpPage {
            own,
            action: "/me/totp/new",
            csrf: CSRF,
            secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            otpauth_url: "otpauth://totp/Eksempel%20Kommune:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Eksempel%20Kommune",
            replaces,
            level,
            minutes: 15,
            back_href: "/me/authenticators",
        }
        .render(frame)
    };
    let password = |own: &Own, level| {
        ChangePasswordPage {
            own,
            action: "/me/password",
            csrf: CSRF,
            user_name: "anna",
            level,
            network_href: Some("/me/network-password"),
            back_href: "/me/authenticators",
        }
        .render(frame)
    };
    let rename = |own: &Own| {
        RenamePage {
            own,
            action: "/me/authenticators/1/name",
            csrf: CSRF,
            kind: Kind::Totp,
            name: "Min telefon",
            back_href: "/me/authenticators",
        }
        .render(frame)
    };
    let low = Some(Level::Low);
    let device = |own: &Own, level, replaces| {
        let (action, back_href) = ("/me/code-devices/new", "/me/authenticators");
        AddCodeDevicePage { own, action, csrf: CSRF, replaces, level, back_href }.render(frame)
    };
    Ok(vec![
        ("me-device".into(), device(&at(None), low, Replaces::Nothing)?),
        ("me-device-another".into(), device(&at(None), None, Replaces::AnOldOne)?),
        ("me-device-wrong".into(), device(&at(Some(Notice::DeviceWrong)), low, Replaces::Nothing)?),
        ("me-device-none".into(), device(&at(Some(Notice::DeviceIncomplete)), low, Replaces::Nothing)?),
        ("me-totp".into(), totp(&at(None), low, Replaces::Nothing)?),
        ("me-totp-wrong".into(), totp(&at(Some(Notice::WrongCode)), None, Replaces::AnOldOne)?),
        ("me-totp-none".into(), totp(&at(Some(Notice::NoCode)), low, Replaces::Nothing)?),
        ("me-password".into(), password(&at(None), low)?),
        ("me-password-none".into(), password(&at(Some(Notice::NoPassword)), None)?),
        ("me-password-short".into(), password(&at(Some(Notice::Weak(Weakness::TooShort))), low)?),
        ("me-password-long".into(), password(&at(Some(Notice::PasswordTooLong)), low)?),
        ("me-password-differ".into(), password(&at(Some(Notice::PasswordsDiffer)), low)?),
        ("me-rename".into(), rename(&at(None))?),
        ("me-rename-bad".into(), rename(&at(Some(Notice::BadName)))?),
    ])
}

fn stops(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let own = own(OwnPage::Authenticators);
    let remove = RemovePage {
        own: &own,
        action: "/me/authenticators/1/remove",
        csrf: CSRF,
        kind: Kind::Totp,
        name: Some("Min telefon"),
        back_href: "/me/authenticators",
    };
    let lost = ReportLostPage {
        own: &own,
        action: "/me/authenticators/1/lost",
        csrf: CSRF,
        kind: Kind::Passkey,
        name: None,
        back_href: "/me/authenticators",
    };
    let block = BlockPage { own: &own, action: "/me/block", csrf: CSRF, back_href: "/me/authenticators" };
    Ok(vec![
        ("me-remove".into(), remove.render(frame)?),
        ("me-lost".into(), lost.render(frame)?),
        ("me-block".into(), block.render(frame)?),
    ])
}

fn sessions(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let when = || date_and_time(frame.language, AT);
    let row = |browser: Option<&str>, system: Option<&str>, is_this| SessionRow {
        name: "0".repeat(32),
        browser: browser.map(str::to_owned),
        system: system.map(str::to_owned),
        address: "2001:db8:1:2:3:4:5:6".into(),
        since: when(),
        used: when(),
        services: vec![SERVICE.into()],
        is_this,
    };
    let own = own(OwnPage::Sessions);
    let page = SessionsPage {
        own: &own,
        action: "/me/sessions",
        csrf: CSRF,
        rows: vec![
            row(Some("Chrome"), Some("Windows"), true),
            row(Some("Safari"), Some("iPhone"), false),
            row(None, None, false),
        ],
        logout_action: "/logout",
        logout_csrf: CSRF,
    };
    let one = SessionsPage { rows: page.rows.iter().take(1).cloned().collect(), ..page.clone() };
    Ok(vec![("me-sessions".into(), page.render(frame)?), ("me-sessions-one".into(), one.render(frame)?)])
}

fn identities(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let page = OwnIdentitiesPage {
        own: &own(OwnPage::Identities),
        action: "/me/identities",
        csrf: CSRF,
        user_name: "anna.leder",
        rows: two_identities(None),
    };
    let none = OwnIdentitiesPage { rows: vec![], ..page.clone() };
    Ok(vec![
        ("me-identities".into(), page.render(frame)?),
        ("me-identities-none".into(), none.render(frame)?),
    ])
}

fn logs(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let say = frame.language;
    let row = |what: String, address: Option<&str>| LogRow {
        at: date_and_time(say, AT),
        what,
        address: address.map(str::to_owned),
    };
    let page = LogPage {
        own: &own(OwnPage::Log),
        rows: vec![
            row(say.about("me-event-issued", "service", SERVICE), None),
            row(say.about("me-event-refused", "kind", &say.kind(Kind::Password)), Some("192.0.2.1")),
        ],
        newest_href: Some("/me/log"),
        older_href: Some("/me/log?before=4711"),
    };
    let newest = LogPage { newest_href: None, ..page.clone() };
    let oldest = LogPage { older_href: None, ..page.clone() };
    let empty = LogPage { rows: vec![], newest_href: None, older_href: None, ..page.clone() };
    Ok(vec![
        ("me-log".into(), page.render(frame)?),
        ("me-log-newest".into(), newest.render(frame)?),
        ("me-log-oldest".into(), oldest.render(frame)?),
        ("me-log-empty".into(), empty.render(frame)?),
    ])
}

fn terms(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let own = own(OwnPage::Terms);
    let accepted = AcceptedRow { version: "2025-1".into(), at: date_and_time(frame.language, AT) };
    let text = "Del aldrig din adgangskode eller dine koder med nogen. ";
    let list = "- Lås din skærm, når du går.\n- Meld det straks, hvis du mister din telefon.\n";
    let page = TermsPage {
        own: &own,
        action: "/me/terms",
        csrf: CSRF,
        current: Some(ShownTerms {
            version: "2026-1".into(),
            paragraphs: vec![text.into(), list.into(), text.repeat(12), list.repeat(4)],
            sha256: "0".repeat(64),
        }),
        is_open: true,
        is_due: true,
        accepted: vec![accepted],
    };
    let agreed = TermsPage { is_open: false, is_due: false, ..page.clone() };
    let open = TermsPage { is_due: false, ..page.clone() };
    let none = TermsPage { current: None, accepted: vec![], ..page.clone() };
    Ok(vec![
        ("me-terms".into(), page.render(frame)?),
        ("me-terms-open".into(), open.render(frame)?),
        ("me-terms-agreed".into(), agreed.render(frame)?),
        ("me-terms-none".into(), none.render(frame)?),
    ])
}

/// Everything that a page may say once.
fn notices(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let block = |notice: &Notice| {
        let own = Own { page: OwnPage::Authenticators, notice: Some(*notice), password_chars_min: 15 };
        let page = BlockPage { own: &own, action: "/me/block", csrf: CSRF, back_href: "/me" };
        let wrong = if notice.is_problem() { "me-problem" } else { "me-notice" };
        Ok((format!("{wrong}-{}", notice.word()), page.render(frame)?))
    };
    Notice::ALL.iter().map(block).collect()
}
