//! Every page as somebody might see it, with every problem it can have.

#[path = "first_time.rs"]
mod first_time;

use portner_authenticators::Weakness;
use portner_domain::Level;
use portner_domain::assurance::Reason;
use portner_domain::authenticator::Kind;
use portner_domain::logout::{Ending, Fate};

use super::pages::{
    CannotReachLevelPage, ChooseIdentityPage, Error, ErrorKind, ErrorPage, ExpiredPage, FinishedPage, Frame,
    IdentityRow, KeyProblem, KeyQuestion, LoggedOutPage, LoginField, LoginPage, LoginProblem,
    LogoutAnswerRefusedPage, LogoutHopPage, LogoutResultPage, LogoutRow, Outcome, PaperCodes, PostPage,
    ServiceRow, SetupDonePage, SetupLinkInvalidPage, SetupPage, SetupProblem, Site, StartPage, Support,
    TotpPage, TotpProblem, UnfinishedLogout, date_and_time,
};
use super::{Language, pages};

#[path = "office.rs"]
mod office;
#[path = "own.rs"]
mod own;
#[path = "stopped.rs"]
mod stopped;

/// A page's file name and its HTML.
pub type Sample = (String, String);

const REFERENCE: &str = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";
/// Nothing that a browser could answer: these pages are looked at only.
const QUESTION: &str = "{\"publicKey\":{\"challenge\":\"AAAA\",\"rpId\":\"localhost\"}}";
const CSRF: &str = "m3hCq0Yl2cF5r8uV";
const SERVICE: &str = "Sags- og Dokumentsystemet";

/// The site all samples are of.
pub fn site() -> Site {
    Site {
        organisation: "Eksempel Kommune".into(),
        service_name: "Medarbejderlogin".into(),
        support: Support {
            name: "IT-service".into(),
            phone: Some("70 10 20 30".into()),
            email: Some("it-service@eksempel.dk".into()),
        },
        accessibility_url: Some("https://was.digst.dk/login-eksempel-dk".into()),
    }
}

/// All pages in one language.
pub fn all(language: Language) -> Result<Vec<Sample>, Error> {
    let site = site();
    let frame = Frame { site: &site, language, other_language_href: "?lang=xx".into() };
    let mut samples = logins(&frame)?;
    samples.extend(codes(&frame)?);
    samples.extend(hand_overs(&frame)?);
    samples.extend(dead_ends(&frame)?);
    samples.extend(own_pages(&frame)?);
    samples.extend(setups(&frame)?);
    samples.extend(logouts(&frame)?);
    samples.extend(own::all(&frame)?);
    samples.extend(first_time::all(&frame)?);
    samples.extend(stopped::all(&frame)?);
    samples.extend(office::all(&frame)?);
    for kind in ErrorKind::ALL {
        let start_again = (*kind == ErrorKind::RequestExpired).then_some((SERVICE, "https://sp.example/"));
        let page = ErrorPage { kind: *kind, reference: REFERENCE, start_again };
        samples.push((format!("error-{}", kind.word()), page.render(&frame)?));
    }
    Ok(samples)
}

fn logins(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let page = LoginPage {
        action: "/login/1",
        csrf: CSRF,
        service_provider: Some(SERVICE),
        user_name: "",
        problem: None,
        key: None,
        cancel_action: Some("/login/1/cancel"),
    };
    let key =
        KeyQuestion { action: "/login/1/key", options: QUESTION, place: pages::KeyPlace::InsteadOfPassword };
    let with_key = LoginPage { key: Some(key), ..page.clone() };
    let in_vain = |problem| LoginPage { problem: Some(LoginProblem::Key(problem)), ..with_key.clone() };
    let again = LoginPage { user_name: "anna", ..page.clone() };
    let wrong = |problem| LoginPage { problem: Some(problem), ..again.clone() };
    let own = LoginPage { service_provider: None, cancel_action: None, ..page.clone() };
    let empty = LoginPage { problem: Some(LoginProblem::EmptyField(LoginField::Both)), ..page.clone() };
    let no_user_name = LoginProblem::EmptyField(LoginField::UserName);
    let no_password = LoginProblem::EmptyField(LoginField::Password);
    let must_change = LoginProblem::MustChange { why: Weakness::Breached, minimum: 15 };
    Ok(vec![
        ("login".into(), page.render(frame)?),
        ("login-own".into(), own.render(frame)?),
        ("login-again".into(), again.render(frame)?),
        ("login-wrong".into(), wrong(LoginProblem::WrongUserNameOrPassword).render(frame)?),
        ("login-too-many".into(), wrong(LoginProblem::TooManyAttempts { minutes: 15 }).render(frame)?),
        ("login-closed".into(), wrong(LoginProblem::ClosedByGuessing).render(frame)?),
        ("login-must-change".into(), wrong(must_change).render(frame)?),
        ("login-busy".into(), wrong(LoginProblem::Busy).render(frame)?),
        ("login-directory-unavailable".into(), wrong(LoginProblem::DirectoryUnavailable).render(frame)?),
        ("login-network-expired".into(), wrong(LoginProblem::NetworkPasswordExpired).render(frame)?),
        ("login-network-unusable".into(), wrong(LoginProblem::NetworkAccountUnusable).render(frame)?),
        ("login-empty".into(), empty.render(frame)?),
        ("login-no-user-name".into(), wrong(no_user_name).render(frame)?),
        ("login-no-password".into(), wrong(no_password).render(frame)?),
        ("login-key".into(), with_key.render(frame)?),
        ("login-key-wrong".into(), in_vain(KeyProblem::Wrong).render(frame)?),
        ("login-key-too-late".into(), in_vain(KeyProblem::TooLate).render(frame)?),
        ("login-key-withdrawn".into(), in_vain(KeyProblem::Withdrawn).render(frame)?),
    ])
}

fn codes(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let page = TotpPage {
        action: "/login/1/code",
        csrf: CSRF,
        service_provider: Some(SERVICE),
        required: Some(Level::Substantial),
        display_name: "Anna Andersen",
        paper: PaperCodes::No,
        problem: None,
        choices: &[Kind::Totp],
        key: None,
        cancel_action: Some("/login/1/cancel"),
    };
    let key = |place| Some(KeyQuestion { action: "/login/1/key", options: QUESTION, place });
    let both = TotpPage {
        choices: &[Kind::Totp, Kind::SecurityKey],
        key: key(pages::KeyPlace::InsteadOfCode),
        ..page.clone()
    };
    let alone = TotpPage { choices: &[Kind::SecurityKey], key: key(pages::KeyPlace::Alone), ..page.clone() };
    let in_vain = TotpPage { problem: Some(TotpProblem::Key(KeyProblem::Wrong)), ..alone.clone() };
    let wrong = |problem| TotpPage { problem: Some(problem), ..page.clone() };
    let own = TotpPage { service_provider: None, cancel_action: None, ..page.clone() };
    let with = |paper| TotpPage { paper, ..page.clone() };
    Ok(vec![
        ("code-or-paper".into(), with(PaperCodes::AsWell).render(frame)?),
        ("code-paper".into(), with(PaperCodes::Only).render(frame)?),
        ("code".into(), page.render(frame)?),
        ("code-own".into(), own.render(frame)?),
        ("code-wrong".into(), wrong(TotpProblem::WrongCode).render(frame)?),
        ("code-already-used".into(), wrong(TotpProblem::CodeAlreadyUsed).render(frame)?),
        ("code-too-many".into(), wrong(TotpProblem::TooManyAttempts { minutes: 1 }).render(frame)?),
        ("code-closed".into(), wrong(TotpProblem::ClosedByGuessing).render(frame)?),
        ("code-empty".into(), wrong(TotpProblem::EmptyField).render(frame)?),
        ("code-or-key".into(), both.render(frame)?),
        ("second-key".into(), alone.render(frame)?),
        ("second-key-wrong".into(), in_vain.render(frame)?),
    ])
}

fn hand_overs(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let success = PostPage {
        acs: "https://sp.example/saml/acs",
        saml_response_b64: "PHNhbWxwOlJlc3BvbnNlLz4=",
        relay_state: Some("ss:mem:1"),
        service_provider: SERVICE,
        outcome: Outcome::Success,
    };
    let failure = PostPage { relay_state: None, outcome: Outcome::Failure, ..success.clone() };
    let finished = FinishedPage {
        service_provider: Some(SERVICE),
        home: Some("https://sp.example/"),
        start_page_href: "/",
    };
    let own = FinishedPage { service_provider: None, home: None, ..finished.clone() };
    Ok(vec![
        ("post-success".into(), success.render(frame)?),
        ("post-failure".into(), failure.render(frame)?),
        ("finished".into(), finished.render(frame)?),
        ("finished-own".into(), own.render(frame)?),
    ])
}

/// Two identities of one person.
pub fn two_identities(proved: Option<&str>) -> Vec<IdentityRow> {
    let row = |user_name: &str, organisation: &str, place: Option<&str>| IdentityRow {
        id: REFERENCE.into(),
        name: "Anna Østergård".into(),
        user_name: user_name.into(),
        organisation: organisation.into(),
        place: place.map(str::to_owned),
        is_proved: proved == Some(user_name),
    };
    vec![
        row("anna", "Eksempel Kommune", Some("Borgerservice, Sagsbehandler")),
        row("anna.havn", "Eksempel Havn", None),
    ]
}

fn dead_ends(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let low = [
        Reason::Used { kind: Kind::Password, level: Level::Substantial },
        Reason::Combined { level: Some(Level::Low) },
        Reason::NotProofed,
    ];
    let cannot = CannotReachLevelPage {
        service_provider: SERVICE,
        required: Level::Substantial,
        reached: Some(Level::Low),
        reasons: low.iter().map(|reason| frame.language.explain(reason)).collect(),
        return_action: "/login/1/return",
        csrf: CSRF,
        action: "/login/1/identity",
        rows: vec![],
        reference: REFERENCE,
    };
    let another = CannotReachLevelPage { rows: two_identities(None), ..cannot.clone() };
    let choose = ChooseIdentityPage {
        action: "/login/1/identity",
        csrf: CSRF,
        service_provider: Some(SERVICE),
        rows: two_identities(Some("anna")),
        was_refused: false,
        cancel_action: Some("/login/1/cancel"),
    };
    let choose_own = ChooseIdentityPage { service_provider: None, cancel_action: None, ..choose.clone() };
    let choose_again = ChooseIdentityPage { was_refused: true, ..choose.clone() };
    let nothing = CannotReachLevelPage { reached: None, reasons: vec![], ..cannot.clone() };
    let expired = ExpiredPage {
        service_provider: Some(SERVICE),
        start_again_href: Some("https://sp.example/login"),
        reference: REFERENCE,
    };
    let unknown = ExpiredPage { service_provider: None, start_again_href: None, reference: REFERENCE };
    let no_link = ExpiredPage { start_again_href: None, ..expired.clone() };
    Ok(vec![
        ("choose-identity".into(), choose.render(frame)?),
        ("choose-identity-own".into(), choose_own.render(frame)?),
        ("choose-identity-again".into(), choose_again.render(frame)?),
        ("cannot-reach-level".into(), cannot.render(frame)?),
        ("cannot-but-another".into(), another.render(frame)?),
        ("cannot-reach-any-level".into(), nothing.render(frame)?),
        ("expired".into(), expired.render(frame)?),
        ("expired-no-link".into(), no_link.render(frame)?),
        ("expired-unknown".into(), unknown.render(frame)?),
    ])
}

fn own_pages(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let at = |time: &str| {
        portner_domain::Moment::parse_xs_date_time(time).map(|at| date_and_time(frame.language, at))
    };
    let when = |time: &str| at(time).unwrap_or_default();
    let row = |name: &str, time: &str| ServiceRow { name: name.into(), since: when(time) };
    let reasons = [
        Reason::Used { kind: Kind::Password, level: Level::Substantial },
        Reason::Used { kind: Kind::Totp, level: Level::Substantial },
        Reason::Combined { level: Some(Level::Substantial) },
        Reason::Scheme { level: Some(Level::Substantial) },
    ];
    let start = StartPage {
        display_name: "Anna Andersen",
        level: Some(Level::Substantial),
        reasons: reasons.iter().map(|reason| frame.language.explain(reason)).collect(),
        services: vec![row(SERVICE, "2026-11-21T09:15:00Z"), row("Vagtplan", "2026-11-21T08:02:00Z")],
        session_began: when("2026-11-21T08:01:00Z"),
        session_ends: when("2026-11-21T16:01:00Z"),
        logout_action: "/logout",
        csrf: CSRF,
        unfinished: None,
    };
    let go_on = Some(UnfinishedLogout::GoOn { href: "/logout/1" });
    let ended = Some(UnfinishedLogout::Ended { action: "/logout", csrf: CSRF });
    let unfinished = StartPage { unfinished: go_on, ..start.clone() };
    let logged_out = |unfinished| LoggedOutPage { login_href: "/", unfinished };
    let bare = StartPage { level: None, reasons: vec![], services: vec![], ..start.clone() };
    Ok(vec![
        ("start".into(), start.render(frame)?),
        ("start-bare".into(), bare.render(frame)?),
        ("start-unfinished".into(), unfinished.render(frame)?),
        ("logged-out-unfinished".into(), logged_out(go_on).render(frame)?),
        ("logged-out-ended".into(), logged_out(ended).render(frame)?),
        ("logged-out".into(), logged_out(None).render(frame)?),
    ])
}

fn logouts(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let hop = LogoutHopPage {
        service_provider: SERVICE,
        position: 2,
        of: 3,
        hop: 1,
        go_action: "/logout/1/go",
        skip_action: "/logout/1/skip",
        csrf: CSRF,
        probe: Some("https://sp.example/"),
    };
    let row = |hop, name: &str, fate| LogoutRow { hop, name: name.into(), fate };
    let here = LogoutResultPage {
        ending: Ending::Here,
        services: vec![
            row(0, SERVICE, Fate::LoggedOut),
            row(1, "Vagtplan", Fate::NotReached),
            row(2, "Lønsystemet", Fate::Failed { status: String::new() }),
            row(3, "Læringsportalen", Fate::NoAnswer),
            row(4, "Kantinen", Fate::NotAsked),
        ],
        retry_action: "/logout/1/retry",
        csrf: CSRF,
        home: None,
        login_href: "/login",
    };
    let everywhere = LogoutResultPage {
        ending: Ending::Everywhere,
        services: vec![row(0, SERVICE, Fate::LoggedOut), row(1, "Vagtplan", Fate::LoggedOut)],
        home: Some(("Lønsystemet", "https://sp.example/")),
        ..here.clone()
    };
    let refused = LogoutAnswerRefusedPage { go_on_href: "/logout", reference: REFERENCE };
    let post = |outcome| PostPage {
        acs: "https://sp.example/saml/slo",
        saml_response_b64: "PHNhbWxwOkxvZ291dFJlcXVlc3QvPg==",
        relay_state: None,
        service_provider: SERVICE,
        outcome,
    };
    Ok(vec![
        ("logout-hop".into(), hop.render(frame)?),
        ("logout-hop-again".into(), LogoutHopPage { probe: None, ..hop }.render(frame)?),
        ("logout-here".into(), here.render(frame)?),
        ("logout-everywhere".into(), everywhere.render(frame)?),
        ("logout-answer-refused".into(), refused.render(frame)?),
        ("post-logout-request".into(), post(Outcome::LogoutRequest).render(frame)?),
        ("post-logout-response".into(), post(Outcome::LogoutResponse).render(frame)?),
    ])
}

fn setups(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let page = SetupPage {
        action: "/setup/1",
        csrf: CSRF,
        full_name: "",
        user_name: "",
        password_chars_min: 15,
        totp_secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        otpauth_url: "otpauth://totp/Eksempel:anna?secret=JBSWY3DPEHPK3PXP&issuer=Eksempel",
        problems: vec![],
    };
    let every = vec![
        SetupProblem::EmptyFullName,
        SetupProblem::BadUserName { maximum: 128 },
        SetupProblem::PasswordTooShort { minimum: 15 },
        SetupProblem::PasswordsDiffer,
        SetupProblem::WrongCode,
    ];
    let others = vec![
        SetupProblem::EmptyUserName,
        SetupProblem::UserNameTaken,
        SetupProblem::EmptyPassword,
        SetupProblem::PasswordTooLong { maximum: 128 },
        SetupProblem::WeakPassword { why: Weakness::Common, minimum: 15 },
        SetupProblem::EmptyCode,
    ];
    let wrong = SetupPage { user_name: "a b", problems: every, ..page.clone() };
    let other = SetupPage { full_name: "Anna Andersen", problems: others, ..page.clone() };
    let done = SetupDonePage { user_name: "anna", login_href: "/" };
    Ok(vec![
        ("setup".into(), page.render(frame)?),
        ("setup-wrong".into(), wrong.render(frame)?),
        ("setup-other".into(), other.render(frame)?),
        ("setup-done".into(), done.render(frame)?),
        ("setup-link-invalid".into(), SetupLinkInvalidPage { reference: REFERENCE }.render(frame)?),
    ])
}
