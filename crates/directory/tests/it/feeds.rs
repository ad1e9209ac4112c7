//! Feeds: what a file says is put on record, what is wrong with it is told, and too much waits.

mod active_directory;
mod brakes;
mod broken;
mod ldap;
mod names;
pub mod play;
mod repeated;

use std::collections::BTreeSet;

use portner_audit_log::Event;
use portner_audit_log::testing::for_each_engine;
use portner_directory::feed::{Kind, Outcome};
use portner_directory::{by_user_name, card, identities_of, record_proofing};
use portner_domain::Level;
use portner_domain::identity::{Employment, State};
use portner_domain::life::Admission;
use portner_domain::proofing::Evidence;

use self::play::{HEADER, MAPPING, Play, applied};
use crate::stage::{begin, events};

#[tokio::test]
async fn what_a_file_says_is_on_record_and_a_second_reading_changes_nothing() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = format!(
            "{HEADER}\n1;anna;Anna;Andersen;Ann;ja;anna@example.dk;Leder;Børn/Nord;1003388394;010170-1234;01-02-2026;\
             31-12-2026;ja;skole|leder;\n2;bo;Bo;Berg;;;;;;;;;;nej;;\n3;rpa;Robot;Et;;;;;;;;;;;;\n"
        );
        let counts = applied(play.import(&file).await);
        assert_eq!((counts.records, counts.registered, counts.failed), (3, 3, 0));
        let anna = by_user_name(&stage.database, &"anna".parse().unwrap()).await.unwrap().unwrap();
        let card = card(&stage.database, anna.id).await.unwrap().unwrap();
        assert_eq!(card.about.known_as.as_deref(), Some("Ann"));
        assert!(card.about.is_protected && card.has_cpr);
        assert_eq!(card.about.unit.as_ref().map(|unit| unit.as_str()), Some("Børn/Nord"));
        assert_eq!(card.source.map(|source| (source.feed, source.key)), Some(("payroll".into(), "1".into())));
        assert_eq!(anna.employment, Employment::Verified { source: "lønsystemet".to_owned() });
        assert_eq!(anna.life.admission, Admission::Permitted);
        assert_eq!(anna.life.validity.until.unwrap().xs_date_time(), "2026-12-31T23:00:00.000Z");
        let cpr = play.personal.cpr(anna.person).await.unwrap();
        assert_eq!(cpr, Some("0101701234".parse().unwrap()));
        let groups = play.known("1").await.unwrap().groups;
        assert_eq!(groups, ["hr/leder", "hr/skole"].map(|name| name.parse().unwrap()).into());
        stage.seal().await;
        let before = events(&stage).await;
        let kinds: BTreeSet<&str> = before.iter().map(Event::kind).collect();
        for kind in ["person-registered", "identity-registered", "cpr-recorded", "validity-changed", "group-joined"] {
            assert!(kinds.contains(kind), "{kind}: {kinds:?}");
        }
        let said = format!("{before:?}");
        assert!(!said.contains("0101701234") && !said.contains("Andersen"), "{said}");

        let again = applied(play.import(&file).await);
        assert_eq!((again.registered, again.changed, again.locked), (0, 0, 0));
        stage.seal().await;
        let after = events(&stage).await;
        let new: Vec<&str> = after.iter().skip(before.len()).map(Event::kind).collect();
        assert_eq!(new, ["feed-finished"], "that it was read is written down, and nothing about anybody");
    })
    .await;
}

#[tokio::test]
async fn each_difference_is_put_on_record() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(&format!("{HEADER}\n1;anna;Anna;Andersen;;;;Leder;Nord;;;;;ja;skole;\n")).await);
        let anna = by_user_name(&stage.database, &"anna".parse().unwrap()).await.unwrap().unwrap();
        let mut tx = begin(&stage).await;
        portner_directory::join(&mut tx, anna.id, &"valgt".parse().unwrap()).await.unwrap().unwrap();
        record_proofing(&mut tx, &*stage.entropy, anna.person, Evidence::InPerson).await.unwrap();
        tx.commit().await.unwrap();
        let file =
            format!("{HEADER}\n1;anna;Anna;Berg;;;anna@b.dk;;Syd;;0101701234;;31-12-2030;nej;leder;\n");
        let counts = applied(play.import(&file).await);
        assert_eq!((counts.changed, counts.registered, counts.failed), (1, 0, 0), "{:?}", play.told());
        let known = play.known("1").await.unwrap();
        assert_eq!(known.full_name, "Anna Berg");
        assert_eq!((known.email.as_deref(), known.title), (Some("anna@b.dk"), None));
        assert_eq!(known.groups, ["hr/leder", "valgt"].map(|name| name.parse().unwrap()).into());
        let anna = by_user_name(&stage.database, &"anna".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(anna.life.admission, Admission::Withheld);
        assert!(anna.life.reopened.is_some(), "whoever was proofed under another name is made sure of again");
        assert!(play.look(&file).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn another_cpr_number_undoes_the_proofing() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(&format!("{HEADER}\n1;anna;Anna;A;;;;;;;0101701234;;;;;\n")).await);
        let anna = by_user_name(&stage.database, &"anna".parse().unwrap()).await.unwrap().unwrap();
        let mut tx = begin(&stage).await;
        let proofing =
            record_proofing(&mut tx, &*stage.entropy, anna.person, Evidence::InPerson).await.unwrap();
        assert_eq!(proofing.evidence.level(), Level::Substantial);
        tx.commit().await.unwrap();
        applied(play.import(&format!("{HEADER}\n1;anna;Anna;A;;;;;;;0202701234;;;;;\n")).await);
        assert_eq!(play.personal.cpr(anna.person).await.unwrap(), Some("0202701234".parse().unwrap()));
        let in_force = "SELECT COUNT(*) FROM proofing WHERE withdrawn_at IS NULL";
        assert_eq!(crate::stage::count(&stage, in_force).await, 0);
    })
    .await;
}

#[tokio::test]
async fn two_identities_with_one_number_are_one_person_whom_the_first_names() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = format!(
            "{HEADER}\n1;anna;Anna;Andersen;;;;;;;0101701234;;;;;\n2;anna2;Anna B.;Andersen;Ann;;;;;;010170-1234;;;;;\n"
        );
        assert_eq!(applied(play.import(&file).await).registered, 2);
        let person = play.personal.by_cpr(&"0101701234".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(identities_of(&stage.database, person).await.unwrap().len(), 2);
        assert_eq!(play.known("2").await.unwrap().full_name, "Anna Andersen");
        assert!(play.look(&file).await.unwrap().is_empty(), "they do not rename each other for ever");
        // The second goes on alone, and says the name.
        let file = format!(
            "{HEADER}\n1;anna;Anna;Andersen;;;;;;;0101701234;;;;;gone\n2;anna2;Anna B.;Andersen;Ann;;;;;;0101701234;;;;;\n"
        );
        applied(play.import(&file).await);
        applied(play.import(&file).await);
        assert_eq!(play.known("2").await.unwrap().full_name, "Anna B. Andersen");
        assert!(play.look(&file).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn stopped_gone_and_back_again() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = |status: &str| format!("{HEADER}\n1;anna;Anna;A;;;;;;;;;;;skole;{status}\n");
        let state = async || play.known("1").await.unwrap().state;
        applied(play.import(&file("")).await);
        assert_eq!(applied(play.import(&file("orlov")).await).locked, 1);
        assert_eq!(state().await, State::Locked);
        assert_eq!(applied(play.import(&file("")).await).lifted, 1);
        assert_eq!(state().await, State::Active);
        assert_eq!(applied(play.import(&file("GONE")).await).ended, 1);
        assert_eq!((state().await, play.stripped()), (State::Ended, 1));
        let Outcome::Applied(_, survey, _) = play.import(&file("")).await.unwrap() else { panic!("applied") };
        assert_eq!((survey.count(Kind::Returner), state().await), (1, State::Ended), "a person decides");
        assert_eq!(applied(play.import(&file("back")).await).lifted, 1);
        assert_eq!((state().await, play.stripped()), (State::Active, 2));
        assert_eq!(play.known("1").await.unwrap().groups.len(), 1, "the feed says again what they belong to");
        assert!(play.look(&file("back")).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_feed_lifts_no_lock_but_its_own() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = |status: &str| format!("{HEADER}\n1;anna;Anna;A;;;;;;;;;;;;{status}\n");
        applied(play.import(&file("")).await);
        let anna = by_user_name(&stage.database, &"anna".parse().unwrap()).await.unwrap().unwrap();
        let mut tx = begin(&stage).await;
        let locker = portner_domain::life::Locker::Administrator;
        portner_directory::lock(&mut tx, anna.id, locker, "in doubt").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert!(play.look(&file("")).await.unwrap().is_empty());
        applied(play.import(&file("orlov")).await);
        applied(play.import(&file("")).await);
        assert_eq!(play.known("1").await.unwrap().state, State::Locked);
    })
    .await;
}

#[tokio::test]
async fn a_robot_is_one_for_ever_and_a_delta_stops_nobody() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(&format!("{HEADER}\n1;anna;Anna;A;;;;;;;;;;ja;;\n")).await);
        let robots = MAPPING.replace("load = \"full\"", "load = \"delta\"") + "robot = \"ja\"\n";
        let file = format!("{HEADER}\n2;rpa;Robot;Et;;;;;;;;;;;;\n");
        let counts = applied(play.import_as("payroll", &robots, &file).await);
        assert_eq!((counts.registered, counts.locked), (1, 0));
        let robot = by_user_name(&stage.database, &"rpa".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(robot.life.admission, Admission::Never);
        let person = format!("{HEADER}\n1;anna;Anna;A;;;;;;;;;;ja;;\n2;rpa;Robot;Et;;;;;;;;;;ja;;\n");
        assert_eq!(applied(play.import(&person).await).failed, 1);
    })
    .await;
}
