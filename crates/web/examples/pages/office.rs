//! The pages of those who administer.

mod administration;
mod console;
mod desk;
mod erhverv;
mod proof;
mod services;

use portner_directory::{About, Card};
use portner_domain::identity::{Employment, Identity, Life, State};
use portner_domain::life::{Lock, Locker};
use portner_domain::role::{Denied, Grant, Role};
use portner_domain::{Level, Moment};

use super::super::pages::{
    Act, ActPage, DeskNotes, Error, Failures, Frame, LogRow, NotAllowedPage, OfficeFrame, OfficeStartPage,
    PeoplePage, PersonLink, PersonPage, PersonRow, Said,
};
use super::{CSRF, REFERENCE, Sample};

const TABS: [(&str, &str); 15] = [
    ("/office", "office-start"),
    ("/office/people", "office-people"),
    ("/office/cpr", "office-cpr"),
    ("/office/meetings", "office-meetings"),
    ("/office/groups", "office-groups"),
    ("/office/proposals", "office-proposals"),
    ("/office/roles", "office-roles"),
    ("/office/service-providers", "office-providers"),
    ("/office/terms", "office-terms"),
    ("/office/letters", "office-letters"),
    ("/office/networks", "office-networks"),
    ("/office/organisation", "office-organisation"),
    ("/office/health", "office-health"),
    ("/office/mitid-erhverv", "office-sync"),
    ("/office/log", "office-log"),
];
const PERSON: &str = "/office/people/019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let mut samples = vec![
        ("office-start".to_owned(), start(frame, true)?),
        ("office-start-quiet".to_owned(), start(frame, false)?),
        ("office-people".to_owned(), people(frame)?),
        ("office-people-none".to_owned(), nobody(frame)?),
        ("office-person".to_owned(), person(frame, true)?),
        ("office-person-new".to_owned(), person(frame, false)?),
    ];
    for act in Act::ALL {
        samples.push((format!("office-act-{}", act.word()), asked(frame, act, None)?));
    }
    samples.push(("office-problem-reason".to_owned(), asked(frame, Act::Block, Some(Said::ReasonMissing))?));
    samples.push(("office-problem-lock".to_owned(), asked(frame, Act::Unblock, Some(Said::AnothersLock))?));
    for (name, why) in [
        ("role", Denied::NoRole),
        ("unit", Denied::OutsideUnit),
        ("oneself", Denied::Oneself),
        ("officer", Denied::Officer),
        ("level", Denied::Level),
    ] {
        let page = NotAllowedPage { why, start_href: "/", reference: REFERENCE };
        samples.push((format!("office-denied-{name}"), page.render(frame)?));
    }
    samples.extend(administration::all(frame)?);
    samples.extend(desk::all(frame)?);
    samples.extend(proof::all(frame)?);
    samples.extend(console::all(frame)?);
    samples.extend(erhverv::all(frame)?);
    samples.extend(services::all(frame)?);
    Ok(samples)
}

fn at(path: &str, said: Option<Said>) -> OfficeFrame {
    OfficeFrame { said, tabs: TABS.to_vec(), path: path.to_owned() }
}

fn start(frame: &Frame<'_>, is_busy: bool) -> Result<String, Error> {
    let say = frame.language;
    let here = at("/office", None);
    let school = "Skole og Dagtilbud".parse().ok();
    let held = [
        Grant { role: Role::Support, unit: school, until: Some(Moment(1_795_255_200_000)) },
        Grant { role: Role::UserAdministrator, unit: None, until: None },
    ];
    let until = "1. december 2026 kl. 12.00";
    let roles = held.iter().map(|grant| say.role_held(grant, grant.until.map(|_| until))).collect();
    let one = |name: Option<&str>, user_name: &str, unit: &str| PersonRow {
        href: PERSON.to_owned(),
        name: name.map(str::to_owned),
        user_name: user_name.to_owned(),
        unit: Some(unit.to_owned()),
        state: say.state(State::Active),
    };
    let lately = vec![
        one(Some("Anna Andersen"), "anna", "Skole og Dagtilbud/Nordskolen"),
        one(None, "xyz123", "Sundhed/Hjemmepleje"),
    ];
    let page = OfficeStartPage {
        frame: &here,
        name: "Bo Bendtsen",
        roles,
        level: Some(Level::Substantial),
        search: Some("/office/people"),
        meetings: Some(("/office/meetings", 1)),
        proposals: Some(("/office/proposals", if is_busy { 3 } else { 0 })),
        stopped: Some(if is_busy { lately.clone() } else { Vec::new() }),
        lately: Some(if is_busy { lately } else { Vec::new() }),
    };
    page.render(frame)
}

fn people(frame: &Frame<'_>) -> Result<String, Error> {
    let say = frame.language;
    let row = |name: Option<&str>, user_name: &str, unit: Option<&str>, state| PersonRow {
        href: PERSON.to_owned(),
        name: name.map(str::to_owned),
        user_name: user_name.to_owned(),
        unit: unit.map(str::to_owned),
        state: say.state(state),
    };
    let page = PeoplePage {
        frame: &at("/office/people", None),
        action: "/office/people",
        file_href: "/office/people.csv?q=and".to_owned(),
        sought: "and",
        filter: Some(frame.language.about("people-in-unit", "unit", "Sundhed/Hjemmepleje")),
        kept: Some(("unit", "Sundhed/Hjemmepleje".to_owned())),
        rows: vec![
            row(Some("Anna Andersen"), "anna", Some("Skole og Dagtilbud/Nordskolen"), State::Active),
            row(None, "xyz123", Some("Sundhed/Hjemmepleje"), State::Locked),
            row(Some("Søren Ægidius Østergård-Andersen"), "soeren", None, State::Ended),
        ],
        next_href: Some("/office/people?q=and&after=1".to_owned()),
        is_first: false,
        register_href: Some("/office/people/new"),
    };
    page.render(frame)
}

fn nobody(frame: &Frame<'_>) -> Result<String, Error> {
    let here = at("/office/people", None);
    let (action, sought) = ("/office/people", "xyzzy");
    let page = PeoplePage {
        frame: &here,
        action,
        file_href: "/office/people.csv?q=".to_owned(),
        sought,
        filter: None,
        kept: None,
        rows: Vec::new(),
        next_href: None,
        is_first: true,
        register_href: None,
    };
    page.render(frame)
}

fn person(frame: &Frame<'_>, is_known: bool) -> Result<String, Error> {
    let say = frame.language;
    let card = card(is_known);
    let link = |end: &str, key| PersonLink { href: format!("{PERSON}/{end}"), key };
    let when = "21. november 2026 kl. 10.15";
    let lock = Lock {
        locker: Locker::Support,
        why: "ringede og sagde, at tasken er stjålet".into(),
        at: Moment(1_795_255_200_000),
    };
    let said = |said: &str| if is_known { vec![said.to_owned()] } else { Vec::new() };
    let page = PersonPage {
        frame: &at(PERSON, is_known.then_some(Said::Blocked)),
        card: &card,
        links: vec![link("block", "office-block"), link("unblock", "office-unblock")],
        state: say.state(if is_known { State::Locked } else { State::Active }),
        locks: if is_known { vec![say.lock(&lock)] } else { Vec::new() },
        authenticators: said(&say.text_with(
            "office-owned",
            &[
                ("kind", say.kind(portner_domain::authenticator::Kind::Password).into()),
                ("level", say.level(Level::Substantial).into()),
                ("at", when.into()),
            ],
        )),
        proofings: said(&say.text_with(
            "office-proofed",
            &[
                ("at", when.into()),
                ("route", say.text("route-r7").into()),
                ("level", say.level(Level::Substantial).into()),
            ],
        )),
        roles: said(&say.about("office-role-everywhere", "role", &say.role(Role::Support))),
        best: is_known.then_some(Level::Substantial),
        reasons: vec![say.text("reason-not-proofed")],
        notes: if is_known { notes(frame) } else { DeskNotes::default() },
        is_closed: is_known,
        events: if is_known {
            vec![LogRow {
                at: when.into(),
                what: say.text("me-event-locked"),
                address: Some("192.0.2.7".into()),
            }]
        } else {
            Vec::new()
        },
        facts: vec![
            ("sheet-organisation", "Eksempel Kommune (12345678)".to_owned()),
            ("person-admission", say.text("admission-permitted")),
            ("person-feed", "løn".to_owned()),
        ],
        registered: when.to_owned(),
        until: is_known.then(|| when.to_owned()),
    };
    page.render(frame)
}

fn notes(frame: &Frame<'_>) -> DeskNotes {
    let say = frame.language;
    DeskNotes {
        caller_until: Some("10.45".into()),
        warnings: vec![say.text("desk-warning-no-cpr")],
        failures: vec![Failures {
            what: say.text("failure-wrong-code"),
            count: 3,
            last: "21. november 2026 kl. 10.15".into(),
        }],
    }
}

fn card(is_known: bool) -> Card {
    let identity = Identity {
        id: "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa".parse().unwrap_or_else(|_| unreachable!()),
        person: "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7ab".parse().unwrap_or_else(|_| unreachable!()),
        user_name: "anna".parse().unwrap_or_else(|_| unreachable!()),
        first_name: "Anna Margrethe".into(),
        last_name: "Andersen".into(),
        email: Some("anna@eksempel.dk".into()),
        cvr: "12345678".parse().unwrap_or_else(|_| unreachable!()),
        organisation: "Eksempel Kommune".into(),
        employment: Employment::Entered,
        state: State::Active,
        sessions_ended: Moment(0),
        life: Life::PERMITTED,
    };
    let known = About {
        known_as: Some("Anna Andersen".into()),
        is_protected: true,
        email: identity.email.clone(),
        title: Some("Sygeplejerske".into()),
        unit: "Sundhed/Hjemmepleje".parse().ok(),
        production_unit: None,
    };
    Card {
        about: if is_known { known } else { About::default() },
        identity,
        locks: Vec::new(),
        has_cpr: is_known,
        source: None,
        registered: Moment(0),
        ended: None,
        version: 1,
        others: Vec::new(),
    }
}

fn asked(frame: &Frame<'_>, act: Act, problem: Option<Said>) -> Result<String, Error> {
    let say = frame.language;
    let action = format!("{PERSON}/{}", act.word());
    let devices = || vec![("1".to_owned(), say.kind(portner_domain::authenticator::Kind::Totp))];
    let ways = || ["mail", "officer"].map(|way| (way.to_owned(), say.text(&format!("proof-way-{way}"))));
    let page = ActPage {
        frame: &at(&action, None),
        act,
        name: "Anna Andersen",
        action: &action,
        csrf: CSRF,
        back_href: PERSON,
        problem,
        need_href: (act == Act::Reset).then(|| format!("{PERSON}/caller")),
        choice: match act {
            Act::Lose => Some((devices(), "")),
            Act::HandOut => Some((ways().to_vec(), "officer")),
            _ => None,
        },
        serial: "",
        why: "",
    };
    page.render(frame)
}
