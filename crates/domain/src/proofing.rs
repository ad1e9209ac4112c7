//! How somebody's identity was proofed, and what that is worth.
//!
//! The level is derived from the evidence by [`Proofing::level`]; nobody picks it (NSIS 3.1.2).

use serde::{Deserialize, Serialize};

use crate::{Level, Moment, PersonId, ProofingId};

/// What was checked. Each variant is one of the routes R1–R8 of the control schedule.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "route", rename_all = "kebab-case")]
pub enum Evidence {
    /// R1: the employer's register and a look-up in the population register; the person was not met.
    Register,
    /// R2: R1 and a code sent by Digital Post.
    DigitalPost,
    /// R3, and R4 where both levels are High: the person's private MitID, with the levels its token said.
    PrivateMitId {
        /// Identity assurance level in the token.
        ial: Level,
        /// Authenticator assurance level in the token.
        aal: Level,
    },
    /// R5: a professional identity at another organisation, with the level registered there.
    ProfessionalMitId {
        /// Identity assurance level in the token.
        ial: Level,
    },
    /// R6: the chip of a passport read at a distance, with a liveness check.
    PassportChip,
    /// R7: met in person by one officer, who checked documents.
    InPerson,
    /// R8: met in person, photo compared, document checked with its issuer, by two officers.
    InPersonByTwo,
}

impl Evidence {
    /// The code the control schedule and the command line use.
    pub const fn route(&self) -> &'static str {
        match self {
            Self::Register => "R1",
            Self::DigitalPost => "R2",
            Self::PrivateMitId { ial: Level::High, aal: Level::High } => "R4",
            Self::PrivateMitId { .. } => "R3",
            Self::ProfessionalMitId { .. } => "R5",
            Self::PassportChip => "R6",
            Self::InPerson => "R7",
            Self::InPersonByTwo => "R8",
        }
    }

    /// The best level that this evidence can support (eIDAS 2015/1502, annex 2.1.2).
    pub fn level(&self) -> Level {
        match self {
            Self::Register | Self::DigitalPost => Level::Low,
            Self::PrivateMitId { ial, aal } => (*ial).min(*aal),
            Self::ProfessionalMitId { ial } => (*ial).min(Level::Substantial),
            Self::PassportChip | Self::InPerson => Level::Substantial,
            Self::InPersonByTwo => Level::High,
        }
    }
}

/// One proofing of one person. Never changed; a wrong one is withdrawn and stays on record.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Proofing {
    /// Its identifier.
    pub id: ProofingId,
    /// Whom it is about.
    pub person: PersonId,
    /// What was checked.
    pub evidence: Evidence,
    /// When.
    pub at: Moment,
    /// When it was found to be worth nothing, if it was.
    pub withdrawn: Option<Moment>,
}

impl Proofing {
    /// What it is worth at `now`. A proof from the future and a withdrawn one prove nothing.
    pub fn level(&self, now: Moment) -> Option<Level> {
        now.since(self.at)?;
        let withdrawn = self.withdrawn.is_some_and(|at| now.since(at).is_some());
        (!withdrawn).then(|| self.evidence.level())
    }
}

/// The newest proofing that is worth something at `now`, with its level: the newest counts, not the best.
pub fn newest(proofings: &[Proofing], now: Moment) -> Option<(ProofingId, Level)> {
    proofings
        .iter()
        .filter_map(|proofing| Some((proofing.at, proofing.id, proofing.level(now)?)))
        .max_by_key(|(at, id, _)| (*at, *id))
        .map(|(_, id, level)| (id, level))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Evidence, Proofing, newest};
    use crate::{Level, Moment, PersonId, ProofingId};

    fn proofing(n: u128, evidence: Evidence, at: i64) -> Proofing {
        Proofing {
            id: ProofingId(Uuid::from_u128(n)),
            person: PersonId(Uuid::nil()),
            evidence,
            at: Moment(at),
            withdrawn: None,
        }
    }

    #[test]
    fn a_proof_from_the_future_proves_nothing() {
        let proof = proofing(1, Evidence::InPerson, 2_000);
        assert_eq!(proof.level(Moment(1_999)), None);
        assert_eq!(proof.level(Moment(2_000)), Some(Level::Substantial));
    }

    #[test]
    fn a_withdrawn_proof_proves_nothing_from_then_on() {
        let proof = Proofing { withdrawn: Some(Moment(50)), ..proofing(1, Evidence::InPerson, 10) };
        assert_eq!(proof.level(Moment(49)), Some(Level::Substantial));
        assert_eq!(proof.level(Moment(50)), None);
    }

    #[test]
    fn the_newest_proofing_counts_even_if_an_older_one_was_better() {
        let both = [proofing(1, Evidence::InPersonByTwo, 10), proofing(2, Evidence::Register, 20)];
        assert_eq!(newest(&both, Moment(30)).map(|(_, level)| level), Some(Level::Low));
        assert_eq!(newest(&both, Moment(15)).map(|(_, level)| level), Some(Level::High));
        assert_eq!(newest(&both, Moment(5)), None);
    }

    #[test]
    fn a_mitid_is_worth_the_lower_of_what_its_token_says() {
        let mitid = |ial, aal| Evidence::PrivateMitId { ial, aal };
        assert_eq!(mitid(Level::Low, Level::High).level(), Level::Low);
        assert_eq!(mitid(Level::Substantial, Level::Substantial).route(), "R3");
        assert_eq!(mitid(Level::High, Level::High).route(), "R4");
        assert_eq!(Evidence::ProfessionalMitId { ial: Level::High }.level(), Level::Substantial);
    }
}
