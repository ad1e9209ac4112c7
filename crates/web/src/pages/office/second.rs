//! Pages of the second registrar: what waits, and one meeting with what was shown.

use portner_directory::{Record, WaitingMeeting};
use portner_domain::meeting::{Check, Second};

use super::{OfficeFrame, ProofFault, Said};
use crate::pages::{Content, Field, FieldKind, Problem, Tick, page};
use crate::text::Language;

/// What waits for a second registrar.
#[derive(Clone, Debug)]
pub struct MeetingsPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Each meeting.
    pub rows: Vec<MeetingRow>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct MeetingRow {
    /// Where it is looked at.
    pub href: String,
    /// Who was met.
    pub name: String,
    /// When.
    pub at: String,
}

page!(MeetingsPage<'a>, "office_meetings.html");

impl Content for MeetingsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("proof-meetings-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

/// One meeting, for the second registrar.
#[derive(Clone, Debug)]
pub struct SecondPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Who was met.
    pub name: &'a str,
    /// Their name in the population register.
    pub register_name: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// The meeting, with who met them by name and when; nothing if none waits.
    pub meeting: Option<(&'a WaitingMeeting, &'a Record, String, String)>,
    /// What was written.
    pub why: &'a str,
    /// What stood in the way.
    pub faults: Vec<ProofFault>,
}

page!(SecondPage<'a>, "office_second.html");

impl Content for SecondPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("proof-second-heading", "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.faults.iter().map(|fault| match fault {
            ProofFault::Said(said @ Said::NotCompared) => Problem::of("compared", said.text(say)),
            ProofFault::Said(said @ Said::ReasonMissing) => Problem::of("why", said.text(say)),
            ProofFault::Said(said) => Problem::general(said.text(say)),
            ProofFault::Short(short) => Problem::general(say.text(super::proof::shortfall_key(*short))),
            _ => Problem::general(Said::NotPossible.text(say)),
        });
        own.chain(self.frame.problems(say)).collect()
    }
}

impl SecondPage<'_> {
    /// The papers, as sentences.
    fn papers(&self, say: Language) -> Vec<String> {
        let Some((_, record, _, _)) = self.meeting.as_ref() else { return Vec::new() };
        let one = |(number, shown): (&portner_directory::PaperNumber, &portner_domain::meeting::Shown)| {
            let paper = say.paper(shown.paper);
            let last = shown.expires.map(|(year, month, day)| format!("{day:02}.{month:02}.{year}"));
            let arguments = [
                ("paper", paper.into()),
                ("country", number.country.as_str().into()),
                ("number", number.number.as_str().into()),
                ("last", last.unwrap_or_else(|| "–".to_owned()).into()),
            ];
            say.text_with("proof-paper-shown", &arguments)
        };
        record.papers.iter().zip(&record.shown).map(one).collect()
    }

    /// What was checked, as sentences.
    fn checks(&self, say: Language) -> Vec<String> {
        let Some((_, record, _, _)) = self.meeting.as_ref() else { return Vec::new() };
        let check = |check: &Check| {
            say.text(match check {
                Check::Photo => "proof-check-photo",
                Check::Genuine => "proof-check-genuine",
                Check::Record => "proof-check-record",
                Check::Issuer => "proof-check-issuer",
            })
        };
        let second = record.second.map(|second| {
            say.text(match second {
                Second::Questions => "proof-second-questions",
                Second::Witness => "proof-second-witness",
            })
        });
        record.checks.iter().map(check).chain(second).collect()
    }

    fn compared(&self, say: Language, problems: &[Problem]) -> Tick {
        Tick::new("compared", say.text("proof-compared"), say).blamed_by(problems)
    }

    fn why(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("why", FieldKind::Other, say.text("proof-second-why"), say)
            .with_hint(say.text("proof-second-why-hint"))
            .with_value(self.why)
            .blamed_by(problems)
            .optional()
    }
}
