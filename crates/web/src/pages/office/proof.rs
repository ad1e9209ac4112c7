//! The form of a registrar who met somebody: papers, checks, and everything that is missing at its field.

use portner_domain::meeting::{Check, Paper, Second, Shortfall};
use serde::Deserialize;

use super::{OfficeFrame, Said};
use crate::pages::{Choice, Content, Field, FieldKind, Problem, Tick, page};
use crate::text::Language;

/// Rows for papers. Without scripts a form can't grow, and nobody needs more.
pub const PAPER_ROWS: usize = 3;

const PAPER: [&str; PAPER_ROWS] = ["paper1", "paper2", "paper3"];
const COUNTRY: [&str; PAPER_ROWS] = ["country1", "country2", "country3"];
const NUMBER: [&str; PAPER_ROWS] = ["number1", "number2", "number3"];
const LAST: [&str; PAPER_ROWS] = ["last1", "last2", "last3"];
const CHECKS: [(Check, &str); 4] = [
    (Check::Photo, "photo"),
    (Check::Genuine, "genuine"),
    (Check::Record, "record"),
    (Check::Issuer, "issuer"),
];

/// The form as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProofForm {
    /// Its token.
    pub csrf: String,
    paper1: String,
    country1: String,
    number1: String,
    last1: String,
    paper2: String,
    country2: String,
    number2: String,
    last2: String,
    paper3: String,
    country3: String,
    number3: String,
    last3: String,
    photo: String,
    genuine: String,
    record: String,
    issuer: String,
    second: String,
    /// Where they met.
    pub place: String,
    looked_into: String,
    wish: String,
}

/// One row of papers, as it was sent.
#[derive(Clone, Copy, Debug)]
pub struct PaperRow<'f> {
    /// Which row, from nothing.
    pub index: usize,
    /// The kind, by its word.
    pub paper: &'f str,
    /// Two letters.
    pub country: &'f str,
    /// Its number.
    pub number: &'f str,
    /// Its last day.
    pub last: &'f str,
}

impl ProofForm {
    /// The rows, empty ones too.
    pub fn rows(&self) -> [PaperRow<'_>; PAPER_ROWS] {
        let row = |index, paper, country, number, last| PaperRow { index, paper, country, number, last };
        [
            row(0, &self.paper1, &self.country1, &self.number1, &self.last1),
            row(1, &self.paper2, &self.country2, &self.number2, &self.last2),
            row(2, &self.paper3, &self.country3, &self.number3, &self.last3),
        ]
    }

    /// What was ticked.
    pub fn checks(&self) -> Vec<Check> {
        let ticked = |(check, _): &(Check, &str)| match check {
            Check::Photo => !self.photo.is_empty(),
            Check::Genuine => !self.genuine.is_empty(),
            Check::Record => !self.record.is_empty(),
            Check::Issuer => !self.issuer.is_empty(),
        };
        CHECKS.iter().filter(|it| ticked(it)).map(|(check, _)| *check).collect()
    }

    /// How else it was made sure.
    pub fn second(&self) -> Option<Second> {
        match self.second.as_str() {
            "questions" => Some(Second::Questions),
            "witness" => Some(Second::Witness),
            _ => None,
        }
    }

    /// Was the warning about others who showed the paper ticked off?
    pub const fn is_looked_into(&self) -> bool {
        !self.looked_into.is_empty()
    }

    /// Is a second registrar to agree?
    pub fn wants_second(&self) -> bool {
        self.wish == "second"
    }
}

/// Something that has to be put right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProofFault {
    /// A row has no kind.
    PaperMissing(usize),
    /// A country has two letters.
    BadCountry(usize),
    /// That is no number.
    BadNumber(usize),
    /// That is no day.
    BadDay(usize),
    /// A paper is out of date, or has no last day.
    OutOfDate(usize),
    /// Where they met is missing.
    PlaceMissing,
    /// So many others showed one of the papers.
    AlsoShown(usize),
    /// The rules say so.
    Short(Shortfall),
    /// Something else.
    Said(Said),
}

impl ProofFault {
    fn problem(&self, say: Language) -> Problem {
        let at = |names: [&'static str; PAPER_ROWS], index: usize, key: &str| {
            Problem::of(names.get(index).copied().unwrap_or("paper1"), say.text(key))
        };
        match self {
            Self::PaperMissing(index) => at(PAPER, *index, "proof-problem-paper"),
            Self::BadCountry(index) => at(COUNTRY, *index, "proof-problem-country"),
            Self::BadNumber(index) => at(NUMBER, *index, "proof-problem-number"),
            Self::BadDay(index) => at(LAST, *index, "proof-problem-day"),
            Self::OutOfDate(index) => at(LAST, *index, "proof-short-out-of-date"),
            Self::PlaceMissing => Problem::of("place", say.text("proof-problem-place")),
            Self::AlsoShown(count) => {
                let text = say.text_with("proof-problem-also-shown", &[("count", (*count).into())]);
                Problem::of("looked_into", text)
            }
            Self::Short(short) => {
                let text = say.text(shortfall_key(*short));
                match shortfall_field(*short) {
                    Some(field) => Problem::of(field, text),
                    None => Problem::general(text),
                }
            }
            Self::Said(said) => Problem::general(said.text(say)),
        }
    }
}

/// The sentence for a shortfall.
pub const fn shortfall_key(short: Shortfall) -> &'static str {
    match short {
        Shortfall::NoPhotoPaper => "proof-short-no-photo-paper",
        Shortfall::OutOfDate => "proof-short-out-of-date",
        Shortfall::NoCpr => "proof-short-no-cpr",
        Shortfall::PhotoNotCompared => "proof-short-photo",
        Shortfall::NotLookedAt => "proof-short-genuine",
        Shortfall::RecordDiffers => "proof-short-record",
        Shortfall::NoSecond => "proof-short-second",
        Shortfall::OfficerLevel => "proof-short-officer-level",
        Shortfall::Oneself => "proof-short-oneself",
        Shortfall::TooMany => "proof-short-too-many",
        Shortfall::PaperNotHigh => "proof-short-paper-not-high",
        Shortfall::IssuerNotAsked => "proof-short-issuer",
        Shortfall::OfficerNotHigh => "proof-short-officer-not-high",
    }
}

/// The field to put it right at, if it can be put right here.
const fn shortfall_field(short: Shortfall) -> Option<&'static str> {
    match short {
        Shortfall::NoPhotoPaper | Shortfall::NoCpr | Shortfall::TooMany | Shortfall::PaperNotHigh => {
            Some("paper1")
        }
        Shortfall::OutOfDate => Some("last1"),
        Shortfall::PhotoNotCompared => Some("photo"),
        Shortfall::NotLookedAt => Some("genuine"),
        Shortfall::RecordDiffers => Some("record"),
        Shortfall::IssuerNotAsked => Some("issuer"),
        Shortfall::NoSecond => Some("second"),
        Shortfall::OfficerLevel | Shortfall::Oneself | Shortfall::OfficerNotHigh => None,
    }
}

/// The form.
#[derive(Clone, Debug)]
pub struct ProofPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Who was met.
    pub name: &'a str,
    /// Their name in the population register, to compare.
    pub register_name: &'a str,
    /// Has the person a CPR number on record?
    pub has_cpr: bool,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// As it was sent.
    pub form: &'a ProofForm,
    /// What has to be put right.
    pub faults: Vec<ProofFault>,
}

page!(ProofPage<'a>, "office_proof.html");

impl Content for ProofPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("proof-heading", "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.faults.iter().map(|fault| fault.problem(say));
        own.chain(self.frame.problems(say)).collect()
    }
}

/// The fields of one paper.
struct PaperFields {
    legend: String,
    paper: Choice,
    country: Field,
    number: Field,
    last: Field,
}

impl ProofPage<'_> {
    fn papers(&self, say: Language, problems: &[Problem]) -> Vec<PaperFields> {
        let kinds = || -> Vec<(String, String)> {
            Paper::ALL.iter().map(|paper| (paper.word().to_owned(), say.paper(*paper))).collect()
        };
        let names = PAPER.into_iter().zip(COUNTRY).zip(NUMBER.into_iter().zip(LAST));
        let rows = self.form.rows().into_iter().zip(names);
        let fields = rows.map(|(row, ((paper, country), (number, last)))| {
            let field = |name, kind, key, value: &str| {
                Field::new(name, kind, say.text(key), say).with_value(value).blamed_by(problems).optional()
            };
            let is_untouched = row.paper.is_empty() && row.country.is_empty();
            PaperFields {
                legend: say.text_with("proof-paper-row", &[("row", (row.index + 1).into())]),
                paper: Choice::new(paper, say.text("proof-paper"), kinds(), say)
                    .with_value(row.paper)
                    .blamed_by(problems),
                country: field(
                    country,
                    FieldKind::PaperCode,
                    "proof-country",
                    if is_untouched { "DK" } else { row.country },
                ),
                number: field(number, FieldKind::PaperCode, "proof-number", row.number),
                last: field(last, FieldKind::Day, "proof-last", row.last),
            }
        });
        fields.collect()
    }

    fn ticks(&self, say: Language, problems: &[Problem]) -> Vec<Tick> {
        let done = self.form.checks();
        let tick = |(check, name): (Check, &'static str)| {
            let label = say.text(&format!("proof-check-{name}"));
            Tick::new(name, label, say).set(done.contains(&check)).blamed_by(problems)
        };
        CHECKS.into_iter().map(tick).collect()
    }

    fn second(&self, say: Language, problems: &[Problem]) -> Choice {
        let option = |word: &str| (word.to_owned(), say.text(&format!("proof-second-{word}")));
        let options = ["questions", "witness"].map(option).to_vec();
        Choice::new("second", say.text("proof-second"), options, say)
            .with_value(&self.form.second)
            .blamed_by(problems)
    }

    fn place(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("place", FieldKind::Other, say.text("proof-place"), say)
            .with_value(&self.form.place)
            .blamed_by(problems)
    }

    /// Only where somebody else showed one of the papers.
    fn looked_into(&self, say: Language, problems: &[Problem]) -> Option<Tick> {
        let asked = self.faults.iter().any(|fault| matches!(fault, ProofFault::AlsoShown(_)));
        let tick = || Tick::new("looked_into", say.text("proof-looked-into"), say);
        let is_set = self.form.is_looked_into();
        (asked || is_set).then(|| tick().set(is_set).blamed_by(problems))
    }
}
