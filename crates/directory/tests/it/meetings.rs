//! Proofings in person, put on record.

use portner_audit_log::testing::for_each_engine;
use portner_directory::{PaperNumber, end, erase, met, register, shown_at};
use portner_domain::Level;
use portner_domain::meeting::{Check, Meeting, Paper, Second, Shortfall, Shown};
use portner_domain::proofing::Evidence;

use crate::lives::personal;
use crate::stage::{anna, begin, count, employee, events};

fn meeting(person: portner_domain::PersonId, officer: portner_domain::PersonId) -> Meeting {
    Meeting {
        person,
        shown: vec![Shown { paper: Paper::DrivingLicence, expires: Some((2030, 1, 1)) }],
        checks: vec![Check::Photo, Check::Genuine, Check::Record],
        second: Some(Second::Questions),
        has_cpr: true,
        officer,
        officer_level: Some(Level::Substantial),
        second_officer: None,
        today: (2026, 11, 21),
    }
}

#[tokio::test]
async fn a_meeting_is_worth_what_was_shown_and_its_papers_are_sealed() {
    for_each_engine(|stage| async move {
        let personal = personal(&stage).await;
        let anna = anna(&stage).await;
        let mut tx = begin(&stage).await;
        let bo = register(&mut tx, &*stage.entropy, &employee("bo")).await.unwrap().unwrap();
        let rita = register(&mut tx, &*stage.entropy, &employee("rita")).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let number = PaperNumber::typed(Paper::DrivingLicence, "dk", "98 765-432").unwrap();
        let papers = std::slice::from_ref(&number);
        let entropy = &*stage.entropy;

        let short =
            Meeting { checks: vec![Check::Genuine, Check::Record], ..meeting(anna.person, rita.person) };
        let mut tx = begin(&stage).await;
        let said = met(&personal, entropy, &mut tx, &short, (rita.id, papers, "Rådhuset")).await.unwrap();
        assert_eq!(said.unwrap_err(), [Shortfall::PhotoNotCompared]);
        drop(tx);
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM proofing").await, 0);

        let mut tx = begin(&stage).await;
        let good = meeting(anna.person, rita.person);
        let first =
            met(&personal, entropy, &mut tx, &good, (rita.id, papers, "Rådhuset")).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!((first.proofing.evidence, first.also_shown_by), (Evidence::InPerson, vec![]));
        let of = (anna.person, first.proofing.id);
        let record = shown_at(&stage.database, &personal, of).await.unwrap().unwrap();
        assert_eq!((record.papers[0].number.as_str(), record.place.as_str()), ("98765432", "Rådhuset"));
        let plain = count(&stage, "SELECT COUNT(*) FROM meeting WHERE sealed LIKE '%98765432%'").await;
        assert_eq!(plain, 0);
        assert!(!format!("{:?}", events(&stage).await).contains("98765432"));

        let mut tx = begin(&stage).await;
        let again = meeting(bo.person, rita.person);
        let second =
            met(&personal, entropy, &mut tx, &again, (rita.id, papers, "Rådhuset")).await.unwrap().unwrap();
        assert_eq!(second.also_shown_by, [anna.person], "one licence, two people");
        tx.commit().await.unwrap();

        let mut tx = begin(&stage).await;
        end(&mut tx, anna.id, "left").await.unwrap().unwrap();
        erase(&mut tx, anna.id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert!(shown_at(&stage.database, &personal, of).await.unwrap().is_none());
    })
    .await;
}

#[test]
fn a_number_is_the_same_however_it_is_spaced_and_never_printed() {
    let number = PaperNumber::typed(Paper::PassportWithCpr, " dk ", "ab 12-3").unwrap();
    assert_eq!((number.country.as_str(), number.number.as_str()), ("DK", "AB123"));
    assert!(!format!("{number:?}").contains("AB123"));
    for (country, bad) in [("dk", ""), ("dk", "a/b"), ("d", "1"), ("dnk", "1"), ("12", "1")] {
        assert!(PaperNumber::typed(Paper::PassportWithCpr, country, bad).is_err(), "{country} {bad}");
    }
    assert!(PaperNumber::typed(Paper::PassportWithCpr, "dk", &"1".repeat(41)).is_err());
}
