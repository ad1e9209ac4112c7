//! The pages of the support desk.

use portner_domain::Level;
use portner_domain::help::{CallerCheck, SecondHalf};
use portner_domain::identity::State;

use super::super::super::pages::{CallerPage, CodePage, CprPage, Error, Frame, HalfPage, PersonRow, Said};
use super::{CSRF, PERSON, Sample, at};

const NAME: &str = "Anna Andersen";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    Ok(vec![
        ("office-caller".to_owned(), caller(frame, None)?),
        ("office-problem-questions".to_owned(), caller(frame, Some(Said::QuestionsOnly))?),
        ("office-code-mail".to_owned(), code(frame, SecondHalf::Mail)?),
        ("office-code-paper".to_owned(), code(frame, SecondHalf::Paper)?),
        ("office-code-officer".to_owned(), code(frame, SecondHalf::Officer)?),
        ("office-half".to_owned(), half(frame)?),
        ("office-cpr".to_owned(), cpr(frame, None, None)?),
        ("office-cpr-none".to_owned(), cpr(frame, None, Some(Vec::new()))?),
        ("office-cpr-found".to_owned(), cpr(frame, None, Some(vec![row(frame)]))?),
        ("office-problem-cpr".to_owned(), cpr(frame, Some(Said::CprMissing), None)?),
    ])
}

fn caller(frame: &Frame<'_>, problem: Option<Said>) -> Result<String, Error> {
    let action = format!("{PERSON}/caller");
    let page = CallerPage {
        frame: &at(&action, None),
        name: NAME,
        action: &action,
        csrf: CSRF,
        back_href: PERSON,
        checks: &[CallerCheck::Questions],
        note: "ringede fra 7654 3210",
        problem,
    };
    page.render(frame)
}

fn code(frame: &Frame<'_>, way: SecondHalf) -> Result<String, Error> {
    let is_mailed = way == SecondHalf::Mail;
    let reason = frame.language.text("reason-not-proofed");
    let page = CodePage {
        frame: &at(&format!("{PERSON}/reset"), None),
        name: NAME,
        user_name: "anna",
        first: "K7QX-M2RD",
        second: (way == SecondHalf::Paper).then_some("9VTB-H4WN"),
        way,
        email: Some("anna@eksempel.dk"),
        welcome: "https://login.eksempel.dk/welcome",
        until: "21. november 2026 kl. 11.15".to_owned(),
        now: is_mailed.then_some(Level::Substantial),
        after: (!is_mailed).then_some(Level::Substantial),
        reasons: if is_mailed { vec![reason] } else { Vec::new() },
        back_href: PERSON,
    };
    page.render(frame)
}

fn half(frame: &Frame<'_>) -> Result<String, Error> {
    let here = at(&format!("{PERSON}/half"), None);
    HalfPage { frame: &here, name: NAME, half: "9VTB-H4WN", back_href: PERSON }.render(frame)
}

fn row(frame: &Frame<'_>) -> PersonRow {
    PersonRow {
        href: PERSON.to_owned(),
        name: Some(NAME.to_owned()),
        user_name: "anna".to_owned(),
        unit: Some("Sundhed/Hjemmepleje".to_owned()),
        state: frame.language.state(State::Active),
    }
}

fn cpr(frame: &Frame<'_>, problem: Option<Said>, found: Option<Vec<PersonRow>>) -> Result<String, Error> {
    let page = CprPage {
        frame: &at("/office/cpr", None),
        action: "/office/cpr",
        csrf: CSRF,
        why: "borgeren står ved skranken",
        problem,
        found: found.map(|rows| ("010203-xxxx".to_owned(), rows)),
    };
    page.render(frame)
}
