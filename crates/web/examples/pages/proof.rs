//! The pages of registrars.

use portner_directory::{PaperNumber, Record, WaitingMeeting};
use portner_domain::meeting::{Check, Paper, Second, Shortfall, Shown};
use portner_domain::{IdentityId, Level, Moment, PersonId};
use uuid::Uuid;

use super::super::super::pages::{
    Error, Frame, MeetingRow, MeetingsPage, ProofFault, ProofForm, ProofPage, Said, SecondPage,
};
use super::{CSRF, PERSON, Sample, at};

const NAME: &str = "Anna Andersen";
const WHEN: &str = "21. november 2026 kl. 10.15";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let every = vec![
        ProofFault::PaperMissing(0),
        ProofFault::BadCountry(1),
        ProofFault::BadDay(0),
        ProofFault::AlsoShown(1),
        ProofFault::PlaceMissing,
        ProofFault::Short(Shortfall::NoSecond),
        ProofFault::Short(Shortfall::OfficerLevel),
    ];
    Ok(vec![
        ("office-proof".to_owned(), proof(frame, Vec::new())?),
        ("office-problem-proof".to_owned(), proof(frame, every)?),
        ("office-meetings".to_owned(), meetings(frame, true)?),
        ("office-meetings-none".to_owned(), meetings(frame, false)?),
        ("office-second".to_owned(), second(frame, true, None)?),
        ("office-second-none".to_owned(), second(frame, false, None)?),
        ("office-problem-second".to_owned(), second(frame, true, Some(Said::NotCompared))?),
    ])
}

fn proof(frame: &Frame<'_>, faults: Vec<ProofFault>) -> Result<String, Error> {
    let action = format!("{PERSON}/proof");
    let page = ProofPage {
        frame: &at(&action, None),
        name: NAME,
        register_name: "Anna Margrethe Andersen",
        has_cpr: faults.is_empty(),
        action: &action,
        csrf: CSRF,
        back_href: PERSON,
        form: &ProofForm::default(),
        faults,
    };
    page.render(frame)
}

fn meetings(frame: &Frame<'_>, some: bool) -> Result<String, Error> {
    let row = MeetingRow { href: format!("{PERSON}/second"), name: NAME.to_owned(), at: WHEN.to_owned() };
    let rows = if some { vec![row] } else { Vec::new() };
    MeetingsPage { frame: &at("/office/meetings", None), rows }.render(frame)
}

fn second(frame: &Frame<'_>, waits: bool, problem: Option<Said>) -> Result<String, Error> {
    let action = format!("{PERSON}/second");
    let (meeting, record) = (meeting(), record());
    let page = SecondPage {
        frame: &at(&action, None),
        name: NAME,
        register_name: "Anna Margrethe Andersen",
        action: &action,
        csrf: CSRF,
        back_href: PERSON,
        meeting: waits.then(|| (&meeting, &record, "Bo Bendtsen".to_owned(), WHEN.to_owned())),
        why: "",
        faults: problem.map(ProofFault::Said).into_iter().collect(),
    };
    page.render(frame)
}

fn meeting() -> WaitingMeeting {
    let (identity, person) = (IdentityId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(1)));
    WaitingMeeting {
        person,
        identity,
        officer: identity,
        officer_person: person,
        officer_level: Level::High,
        at: Moment(1_795_255_200_000),
    }
}

fn record() -> Record {
    let paper = Paper::PassportWithCpr;
    Record {
        papers: vec![PaperNumber { paper, country: "DK".to_owned(), number: "209876543".to_owned() }],
        shown: vec![Shown { paper, expires: Some((2031, 4, 30)) }],
        checks: vec![Check::Photo, Check::Genuine, Check::Record, Check::Issuer],
        second: Some(Second::Questions),
        place: "Borgerservice, Rådhuspladsen 1".to_owned(),
    }
}
