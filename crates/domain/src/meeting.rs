//! A meeting at which somebody's identity is proofed: what was shown and checked, and what that is worth.
//!
//! The officer says what there was, never what it is worth (NSIS 3.1.2; eIDAS 2015/1502, annex 2.1.2).

use serde::{Deserialize, Serialize};

use crate::proofing::Evidence;
use crate::{Level, Millis, PersonId};

/// Papers shown at one meeting, at most.
pub const PAPERS_MAX: usize = 5;
/// How long a meeting waits for the second officer: the person is there as long.
pub const MEETING_WAITS_MAX: Millis = Millis::minutes(60);

/// A kind of paper. Temporary ones do not count and are none of these.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// A Danish, Greenlandic or Faroese passport with the CPR number in it.
    PassportWithCpr,
    /// A passport without a CPR number, of any country.
    PassportWithoutCpr,
    /// A national identity card of another country.
    ForeignIdentityCard,
    /// A Danish or Greenlandic driving licence, on plastic or in the app.
    DrivingLicence,
    /// A residence permit with photo and CPR number.
    ResidencePermitWithCpr,
    /// A residence permit with photo and without CPR number.
    ResidencePermitWithoutCpr,
    /// An identity card issued by a municipality.
    MunicipalIdentityCard,
    /// An identity card of the Ministry of Foreign Affairs.
    ForeignMinistryCard,
    /// The yellow or blue health card: it has a CPR number and no photo.
    HealthCard,
    /// A certificate of birth, baptism, name or residence: it has a CPR number and no photo.
    Certificate,
}

impl Paper {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::PassportWithCpr,
        Self::PassportWithoutCpr,
        Self::ForeignIdentityCard,
        Self::DrivingLicence,
        Self::ResidencePermitWithCpr,
        Self::ResidencePermitWithoutCpr,
        Self::MunicipalIdentityCard,
        Self::ForeignMinistryCard,
        Self::HealthCard,
        Self::Certificate,
    ];

    /// The word for it in forms and records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PassportWithCpr => "passport-with-cpr",
            Self::PassportWithoutCpr => "passport-without-cpr",
            Self::ForeignIdentityCard => "foreign-identity-card",
            Self::DrivingLicence => "driving-licence",
            Self::ResidencePermitWithCpr => "residence-permit-with-cpr",
            Self::ResidencePermitWithoutCpr => "residence-permit-without-cpr",
            Self::MunicipalIdentityCard => "municipal-identity-card",
            Self::ForeignMinistryCard => "foreign-ministry-card",
            Self::HealthCard => "health-card",
            Self::Certificate => "certificate",
        }
    }

    /// Does it carry a photo?
    pub const fn has_photo(self) -> bool {
        !matches!(self, Self::HealthCard | Self::Certificate)
    }

    /// Does it carry the CPR number?
    pub const fn has_cpr(self) -> bool {
        matches!(
            self,
            Self::PassportWithCpr
                | Self::DrivingLicence
                | Self::ResidencePermitWithCpr
                | Self::ForeignMinistryCard
                | Self::MunicipalIdentityCard
                | Self::HealthCard
                | Self::Certificate
        )
    }

    /// Does it expire? Health cards and certificates do not.
    pub const fn expires(self) -> bool {
        self.has_photo()
    }

    /// What it supports by itself or beside a paper with the CPR number.
    const fn supports(self) -> Option<Level> {
        match self {
            Self::PassportWithCpr | Self::PassportWithoutCpr | Self::ForeignIdentityCard => Some(Level::High),
            Self::DrivingLicence
            | Self::ResidencePermitWithCpr
            | Self::ResidencePermitWithoutCpr
            | Self::MunicipalIdentityCard
            | Self::ForeignMinistryCard => Some(Level::Substantial),
            Self::HealthCard | Self::Certificate => None,
        }
    }
}

impl std::str::FromStr for Paper {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|paper| paper.word() == word).ok_or(())
    }
}

/// A paper as it was shown.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Shown {
    /// What it is.
    pub paper: Paper,
    /// Its last day, if it has one: year, month, day.
    pub expires: Option<(i32, u8, u8)>,
}

/// How it was made sure that the papers are this person's, beside the photo.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Second {
    /// Questions from the register that the person answered rightly.
    Questions,
    /// Somebody with an identity here who knows the person.
    Witness,
}

/// Something the officer did, and that came out well.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The photo is theirs.
    Photo,
    /// The papers are real, as far as can be seen and felt.
    Genuine,
    /// Name and number on the papers are those on record.
    Record,
    /// Whoever issued a paper, or the list of stolen ones, was asked about it.
    Issuer,
}

/// What was done at a meeting.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// Whom it was about.
    pub person: PersonId,
    /// What they showed.
    pub shown: Vec<Shown>,
    /// What was checked.
    pub checks: Vec<Check>,
    /// How else it was made sure.
    pub second: Option<Second>,
    /// Has the person a CPR number on record? Without one, no paper can carry it.
    pub has_cpr: bool,
    /// Who met them.
    pub officer: PersonId,
    /// The level of the officer's session.
    pub officer_level: Option<Level>,
    /// The second officer who agreed, for High.
    pub second_officer: Option<PersonId>,
    /// The day: year, month, day.
    pub today: (i32, u8, u8),
}

/// What a meeting falls short of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Shortfall {
    /// Nothing with a photo.
    #[error("none of the papers has a photo that counts")]
    NoPhotoPaper,
    /// One is out of date, or its last day is not given.
    #[error("a paper is out of date, or its last day is missing")]
    OutOfDate,
    /// The CPR number stands on none.
    #[error(
        "none of the papers has the CPR number; a health card or a certificate would do beside the other"
    )]
    NoCpr,
    /// The photo was not compared.
    #[error("the photo has to be compared with the person")]
    PhotoNotCompared,
    /// The papers were not looked at closely.
    #[error("the papers have to be looked at for signs of forgery")]
    NotLookedAt,
    /// They say something else than what is on record.
    #[error("name and number on the papers have to be those on record; have the record corrected first")]
    RecordDiffers,
    /// Nothing beside the photo.
    #[error("questions from the register or a witness have to confirm it")]
    NoSecond,
    /// The officer's session is worth less than what is granted.
    #[error("your own login has to be at least at the level that you grant")]
    OfficerLevel,
    /// Officer and person are one.
    #[error("nobody proofs themselves")]
    Oneself,
    /// Too many papers.
    #[error("at most {PAPERS_MAX} papers")]
    TooMany,
    /// For High: none of the papers is a passport or a national identity card.
    #[error("High needs a passport or a national identity card")]
    PaperNotHigh,
    /// For High: nobody was asked whether the paper is valid.
    #[error("High needs that whoever issued the paper, or the list of stolen ones, was asked")]
    IssuerNotAsked,
    /// For High: the officer was not recognised at High.
    #[error("High needs an officer who is logged in at High")]
    OfficerNotHigh,
}

impl Meeting {
    /// What was proved. High needs a passport or identity card checked with its issuer, and two officers; whatever
    /// falls short of that is Substantial, and whatever falls short of Substantial is nothing.
    pub fn evidence(&self) -> Result<Evidence, Vec<Shortfall>> {
        let basic = self.shortfalls();
        if !basic.is_empty() {
            return Err(basic);
        }
        let two = self.second_officer.is_some_and(|it| it != self.officer && it != self.person);
        let high = two && self.short_of_high().is_empty();
        Ok(if high { Evidence::InPersonByTwo } else { Evidence::InPerson })
    }

    /// What it falls short of for High, apart from the second officer and from what Substantial needs as well.
    pub fn short_of_high(&self) -> Vec<Shortfall> {
        let best = self.shown.iter().filter_map(|shown| shown.paper.supports()).max();
        let found = [
            (best < Some(Level::High), Shortfall::PaperNotHigh),
            (!self.did(Check::Issuer), Shortfall::IssuerNotAsked),
            (self.officer_level < Some(Level::High), Shortfall::OfficerNotHigh),
        ];
        found.into_iter().filter(|(is, _)| *is).map(|(_, shortfall)| shortfall).collect()
    }

    fn did(&self, check: Check) -> bool {
        self.checks.contains(&check)
    }

    fn shortfalls(&self) -> Vec<Shortfall> {
        let shown = &self.shown;
        let has_photo = shown.iter().any(|it| it.paper.supports().is_some());
        let in_date = |it: &Shown| {
            if it.paper.expires() { it.expires.is_some_and(|last| last >= self.today) } else { true }
        };
        let found = [
            (shown.len() > PAPERS_MAX, Shortfall::TooMany),
            (!has_photo, Shortfall::NoPhotoPaper),
            (!shown.iter().all(in_date), Shortfall::OutOfDate),
            (self.has_cpr && !shown.iter().any(|it| it.paper.has_cpr()), Shortfall::NoCpr),
            (!self.did(Check::Photo), Shortfall::PhotoNotCompared),
            (!self.did(Check::Genuine), Shortfall::NotLookedAt),
            (!self.did(Check::Record), Shortfall::RecordDiffers),
            (self.second.is_none(), Shortfall::NoSecond),
            (self.officer_level < Some(Level::Substantial), Shortfall::OfficerLevel),
            (self.officer == self.person, Shortfall::Oneself),
        ];
        found.into_iter().filter(|(is, _)| *is).map(|(_, shortfall)| shortfall).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Check, Meeting, Paper, Second, Shortfall, Shown};
    use crate::proofing::Evidence;
    use crate::{Level, PersonId};

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn shown(paper: Paper) -> Shown {
        Shown { paper, expires: paper.expires().then_some((2027, 1, 31)) }
    }

    fn meeting(papers: &[Paper]) -> Meeting {
        Meeting {
            person: person(1),
            shown: papers.iter().copied().map(shown).collect(),
            checks: vec![Check::Photo, Check::Genuine, Check::Record],
            second: Some(Second::Questions),
            has_cpr: true,
            officer: person(2),
            officer_level: Some(Level::Substantial),
            second_officer: None,
            today: (2026, 11, 22),
        }
    }

    #[test]
    fn a_photo_and_the_number_are_substantial() {
        for papers in [
            &[Paper::PassportWithCpr][..],
            &[Paper::DrivingLicence],
            &[Paper::PassportWithoutCpr, Paper::HealthCard],
            &[Paper::ForeignIdentityCard, Paper::Certificate],
            &[Paper::ResidencePermitWithoutCpr, Paper::HealthCard],
        ] {
            assert_eq!(meeting(papers).evidence(), Ok(Evidence::InPerson), "{papers:?}");
        }
    }

    #[test]
    fn whatever_is_missing_is_said_and_nothing_is_granted() {
        let falls_short = |meeting: Meeting| meeting.evidence().unwrap_err();
        let licence = || meeting(&[Paper::DrivingLicence]);
        let without = |check| {
            let mut meeting = licence();
            meeting.checks.retain(|did| *did != check);
            meeting
        };
        assert_eq!(falls_short(meeting(&[])), [Shortfall::NoPhotoPaper, Shortfall::NoCpr]);
        assert_eq!(falls_short(meeting(&[Paper::HealthCard])), [Shortfall::NoPhotoPaper]);
        assert_eq!(falls_short(meeting(&[Paper::PassportWithoutCpr])), [Shortfall::NoCpr]);
        let mut expired = licence();
        expired.shown[0].expires = Some((2026, 11, 21));
        assert_eq!(falls_short(expired), [Shortfall::OutOfDate]);
        let mut undated = licence();
        undated.shown[0].expires = None;
        assert_eq!(falls_short(undated), [Shortfall::OutOfDate]);
        for (meeting, shortfall) in [
            (without(Check::Photo), Shortfall::PhotoNotCompared),
            (without(Check::Genuine), Shortfall::NotLookedAt),
            (without(Check::Record), Shortfall::RecordDiffers),
            (Meeting { second: None, ..licence() }, Shortfall::NoSecond),
            (Meeting { officer_level: Some(Level::Low), ..licence() }, Shortfall::OfficerLevel),
            (Meeting { officer_level: None, ..licence() }, Shortfall::OfficerLevel),
            (Meeting { officer: person(1), ..licence() }, Shortfall::Oneself),
            (Meeting { shown: vec![shown(Paper::DrivingLicence); 6], ..licence() }, Shortfall::TooMany),
        ] {
            assert_eq!(falls_short(meeting), [shortfall]);
        }
    }

    #[test]
    fn high_needs_a_checked_passport_and_two_officers_at_high() {
        let high = || Meeting {
            checks: vec![Check::Photo, Check::Genuine, Check::Record, Check::Issuer],
            second_officer: Some(person(3)),
            officer_level: Some(Level::High),
            ..meeting(&[Paper::PassportWithCpr])
        };
        assert_eq!(high().evidence(), Ok(Evidence::InPersonByTwo));
        for lower in [
            Meeting { checks: vec![Check::Photo, Check::Genuine, Check::Record], ..high() },
            Meeting { second_officer: None, ..high() },
            Meeting { second_officer: Some(person(2)), ..high() },
            Meeting { second_officer: Some(person(1)), ..high() },
            Meeting { officer_level: Some(Level::Substantial), ..high() },
            Meeting { shown: vec![shown(Paper::DrivingLicence)], ..high() },
        ] {
            assert_eq!(lower.evidence(), Ok(Evidence::InPerson));
        }
        let low = Meeting { shown: vec![shown(Paper::DrivingLicence)], checks: vec![], ..high() };
        let low = Meeting { officer_level: Some(Level::Substantial), ..low };
        let all = [Shortfall::PaperNotHigh, Shortfall::IssuerNotAsked, Shortfall::OfficerNotHigh];
        assert_eq!((high().short_of_high(), low.short_of_high()), (vec![], all.to_vec()));
    }

    #[test]
    fn somebody_without_a_number_shows_papers_without_one() {
        let foreign = Meeting { has_cpr: false, ..meeting(&[Paper::PassportWithoutCpr]) };
        assert_eq!(foreign.evidence(), Ok(Evidence::InPerson));
    }
}
