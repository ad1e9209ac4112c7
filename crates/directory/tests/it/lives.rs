//! Who may stop whom and let them go on, ends, comings back and erasures.

use std::sync::Arc;

use portner_audit_log::envelope::Envelope;
use portner_audit_log::testing::{Stage, for_each_engine};
use portner_directory::{
    About, Personal, Refusal, Source, admit, by_id, by_source, by_user_name, card, confirm, describe, end,
    erase, grant, grants_of, join, lift, lift_all, lock, locks, note_look_up, overdue, record_proofing,
    register, rename, resume, set_source, set_validity,
};
use portner_domain::identity::{Identity, State};
use portner_domain::life::{Admission, Lifter, Locker, Stays, Validity};
use portner_domain::proofing::Evidence;
use portner_domain::role::{Grant, Role};
use portner_domain::{Clock, Millis};

use crate::stage::{anna, begin, count, employee, events};

pub async fn personal(stage: &Stage) -> Personal {
    let envelope = Arc::new(Envelope::new("k1", &[7; 32]).unwrap());
    let (log, entropy) = (stage.log.clone(), Arc::clone(&stage.entropy));
    Personal::open(log, envelope, entropy).await.unwrap()
}

async fn locked(stage: &Stage, who: &Identity, locker: Locker) -> Result<(), Refusal> {
    let mut tx = begin(stage).await;
    let done = lock(&mut tx, who.id, locker, "why").await.unwrap();
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done
}

async fn lifted(stage: &Stage, who: &Identity, locker: Locker, by: Lifter) -> Result<(), Refusal> {
    let mut tx = begin(stage).await;
    let done = lift(&mut tx, who.id, locker, by, "why").await.unwrap();
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done
}

async fn state(stage: &Stage, who: &Identity) -> State {
    by_id(&stage.database, who.id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn each_party_has_a_lock_of_its_own_and_the_last_one_lifted_opens() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        locked(&stage, &anna, Locker::Source).await.unwrap();
        locked(&stage, &anna, Locker::Support).await.unwrap();
        assert_eq!(locked(&stage, &anna, Locker::Support).await, Err(Refusal::NothingToChange));
        let held: Vec<Locker> =
            locks(&stage.database, anna.id).await.unwrap().iter().map(|lock| lock.locker).collect();
        assert_eq!(held, [Locker::Source, Locker::Support]);
        let stays = Refusal::Stays(Stays::AnothersLock(Locker::Source));
        assert_eq!(lifted(&stage, &anna, Locker::Source, Lifter::Support).await, Err(stays));
        lifted(&stage, &anna, Locker::Support, Lifter::Support).await.unwrap();
        assert_eq!(state(&stage, &anna).await, State::Locked);
        lifted(&stage, &anna, Locker::Source, Lifter::Source).await.unwrap();
        assert_eq!(state(&stage, &anna).await, State::Active);
        let again = lifted(&stage, &anna, Locker::Source, Lifter::Source).await;
        assert_eq!(again, Err(Refusal::NothingToChange));
    })
    .await;
}

#[tokio::test]
async fn who_stopped_herself_goes_on_when_she_was_proofed_anew() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let proof = async |stage: &Stage| {
            let mut tx = begin(stage).await;
            record_proofing(&mut tx, &*stage.entropy, anna.person, Evidence::InPerson).await.unwrap();
            tx.commit().await.unwrap();
        };
        proof(&stage).await;
        stage.clock.advance(Millis::minutes(1));
        locked(&stage, &anna, Locker::Owner).await.unwrap();
        let needed = Err(Refusal::Stays(Stays::ProofingNeeded));
        assert_eq!(lifted(&stage, &anna, Locker::Owner, Lifter::Support).await, needed);
        assert_eq!(lifted(&stage, &anna, Locker::Owner, Lifter::Operator).await, needed);
        stage.clock.advance(Millis::minutes(1));
        proof(&stage).await;
        lifted(&stage, &anna, Locker::Owner, Lifter::Support).await.unwrap();
        assert_eq!(state(&stage, &anna).await, State::Active);
    })
    .await;
}

#[tokio::test]
async fn of_several_locks_all_are_lifted_or_none() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        for locker in [Locker::Support, Locker::Source] {
            locked(&stage, &anna, locker).await.unwrap();
        }
        let mut tx = begin(&stage).await;
        let all = lift_all(&stage.database, &mut tx, anna.id, Lifter::Support, "why").await.unwrap();
        assert_eq!(all, Err(Refusal::Stays(Stays::AnothersLock(Locker::Source))));
        drop(tx);
        assert_eq!(locks(&stage.database, anna.id).await.unwrap().len(), 2);
        let mut tx = begin(&stage).await;
        lift_all(&stage.database, &mut tx, anna.id, Lifter::Operator, "why").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(state(&stage, &anna).await, State::Active);
    })
    .await;
}

#[tokio::test]
async fn a_lock_set_while_another_is_lifted_holds() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        for round in 0..20 {
            locked(&stage, &anna, Locker::Support).await.unwrap();
            let (one, other, who) = (stage.clone(), stage.clone(), anna.clone());
            let lifting =
                tokio::spawn(async move { lifted(&one, &who, Locker::Support, Lifter::Support).await });
            let who = anna.clone();
            let locking = tokio::spawn(async move { locked(&other, &who, Locker::Source).await });
            lifting.await.unwrap().unwrap();
            locking.await.unwrap().unwrap();
            assert_eq!(state(&stage, &anna).await, State::Locked, "round {round}");
            lifted(&stage, &anna, Locker::Source, Lifter::Source).await.unwrap();
            assert_eq!(state(&stage, &anna).await, State::Active, "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn t_life_01_nobody_comes_back_by_a_lock_that_is_lifted_or_by_a_role() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        locked(&stage, &anna, Locker::Owner).await.unwrap();
        locked(&stage, &anna, Locker::Administrator).await.unwrap();
        let mut tx = begin(&stage).await;
        end(&mut tx, anna.id, "left").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mut tx = begin(&stage).await;
        record_proofing(&mut tx, &*stage.entropy, anna.person, Evidence::InPerson).await.unwrap();
        tx.commit().await.unwrap();
        let two = Lifter::Administrator { approved: true };
        for (locker, by) in [
            (Locker::Owner, Lifter::Support),
            (Locker::Administrator, two),
            (Locker::Owner, Lifter::Operator),
        ] {
            assert_eq!(lifted(&stage, &anna, locker, by).await, Err(Refusal::Over), "{locker:?} {by:?}");
        }
        let support = Grant { role: Role::Support, unit: None, until: None };
        let mut tx = begin(&stage).await;
        assert_eq!(grant(&mut tx, anna.id, &support).await.unwrap(), Err(Refusal::Over));
        drop(tx);
        assert_eq!(state(&stage, &anna).await, State::Ended);
        let mut tx = begin(&stage).await;
        erase(&mut tx, anna.id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(lifted(&stage, &anna, Locker::Administrator, two).await, Err(Refusal::Over));
        assert_eq!(state(&stage, &anna).await, State::Erased);
    })
    .await;
}

#[tokio::test]
async fn permission_is_given_and_taken_and_a_robot_never_has_it() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let mut tx = begin(&stage).await;
        admit(&mut tx, anna.id, Admission::Withheld, "on leave").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let found = by_id(&stage.database, anna.id).await.unwrap().unwrap();
        assert_eq!(found.life.admission, Admission::Withheld);
        let mut tx = begin(&stage).await;
        let again = admit(&mut tx, anna.id, Admission::Withheld, "on leave").await.unwrap();
        assert_eq!(again, Err(Refusal::NothingToChange));
        let robot = admit(&mut tx, anna.id, Admission::Never, "why not").await.unwrap();
        assert_eq!(robot, Err(Refusal::Robot));
        let robot = portner_directory::NewEmployee { admission: Admission::Never, ..employee("rpa1") };
        let robot = register(&mut tx, &*stage.entropy, &robot).await.unwrap().unwrap();
        let permitted = admit(&mut tx, robot.id, Admission::Permitted, "please").await.unwrap();
        assert_eq!(permitted, Err(Refusal::Robot));
    })
    .await;
}

#[tokio::test]
async fn temporary_staff_end_on_time() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let until = stage.clock.now().plus(Millis::hours(1));
        let mut tx = begin(&stage).await;
        let validity = Validity { from: None, until: Some(until) };
        set_validity(&mut tx, anna.id, validity).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let found = by_id(&stage.database, anna.id).await.unwrap().unwrap();
        assert!(found.is_usable(until.minus(Millis(1))) && !found.is_usable(until));
        assert!(overdue(&stage.database, until.minus(Millis(1)), 10).await.unwrap().is_empty());
        assert_eq!(overdue(&stage.database, until, 10).await.unwrap(), [anna.id]);
        let mut tx = begin(&stage).await;
        end(&mut tx, anna.id, "last day").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert!(overdue(&stage.database, until, 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_end_takes_roles_and_groups_and_a_return_does_not_bring_them_back() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let support = Grant { role: Role::Support, unit: None, until: None };
        let mut tx = begin(&stage).await;
        grant(&mut tx, anna.id, &support).await.unwrap().unwrap();
        join(&mut tx, anna.id, &"Ældre".parse().unwrap()).await.unwrap().unwrap();
        lock(&mut tx, anna.id, Locker::Administrator, "in doubt").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mut tx = begin(&stage).await;
        let early = erase(&mut tx, anna.id).await.unwrap();
        assert_eq!(early, Err(Refusal::NotEnded));
        drop(tx);
        let mut tx = begin(&stage).await;
        end(&mut tx, anna.id, "left").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(state(&stage, &anna).await, State::Ended);
        assert!(grants_of(&stage.database, anna.id).await.unwrap().is_empty());
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM group_member").await, 0);
        assert_eq!(locked(&stage, &anna, Locker::Support).await, Err(Refusal::Over));
        let mut tx = begin(&stage).await;
        resume(&mut tx, anna.id, "came back").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            state(&stage, &anna).await,
            State::Locked,
            "what the administration stopped stays stopped"
        );
        assert!(grants_of(&stage.database, anna.id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_is_erased_is_gone_and_the_log_is_whole() {
    for_each_engine(|stage| async move {
        let personal = personal(&stage).await;
        let anna = anna(&stage).await;
        let cpr = "010170-1234".parse().unwrap();
        let mut tx = begin(&stage).await;
        personal.set_cpr(&mut tx, anna.person, &cpr).await.unwrap().unwrap();
        let source = Source { feed: "payroll".to_owned(), key: "4711".to_owned() };
        set_source(&mut tx, anna.id, &source).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(by_source(&stage.database, &source).await.unwrap(), Some(anna.id));
        let before = events(&stage).await;
        let mut tx = begin(&stage).await;
        end(&mut tx, anna.id, "left").await.unwrap().unwrap();
        erase(&mut tx, anna.id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(personal.cpr(anna.person).await.unwrap(), None);
        assert_eq!(personal.by_cpr(&cpr).await.unwrap(), None);
        assert_eq!(count(&stage, "SELECT COUNT(*) FROM person_key").await, 0);
        assert_eq!(by_source(&stage.database, &source).await.unwrap(), None);
        assert_eq!(by_user_name(&stage.database, &anna.user_name).await.unwrap(), None);
        let left = by_id(&stage.database, anna.id).await.unwrap().unwrap();
        assert_eq!((left.full_name().as_str(), left.email), ("", None));
        let after = events(&stage).await;
        assert_eq!(after.get(..before.len()), Some(before.as_slice()));
        let said = format!("{after:?}");
        assert!(!said.contains("0101701234") && !said.contains("Andersen"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_cpr_number_is_one_persons_and_another_one_undoes_the_proofing() {
    for_each_engine(|stage| async move {
        let personal = personal(&stage).await;
        let anna = anna(&stage).await;
        let mut tx = begin(&stage).await;
        let bo = register(&mut tx, &*stage.entropy, &employee("bo")).await.unwrap().unwrap();
        let cpr = "0101701234".parse().unwrap();
        personal.set_cpr(&mut tx, anna.person, &cpr).await.unwrap().unwrap();
        record_proofing(&mut tx, &*stage.entropy, anna.person, Evidence::InPerson).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(personal.by_cpr(&cpr).await.unwrap(), Some(anna.person));
        assert_eq!(personal.cpr(anna.person).await.unwrap(), Some(cpr.clone()));
        let mut tx = begin(&stage).await;
        let taken = personal.set_cpr(&mut tx, bo.person, &cpr).await.unwrap();
        assert_eq!(taken, Err(Refusal::CprTaken));
        drop(tx);
        let mut tx = begin(&stage).await;
        let same = personal.set_cpr(&mut tx, anna.person, &cpr).await.unwrap();
        assert_eq!(same, Err(Refusal::NothingToChange));
        drop(tx);
        let mut tx = begin(&stage).await;
        let other = "0202801234".parse().unwrap();
        personal.set_cpr(&mut tx, anna.person, &other).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let in_force = "SELECT COUNT(*) FROM proofing WHERE withdrawn_at IS NULL";
        assert_eq!(count(&stage, in_force).await, 0);
        assert_eq!(personal.by_cpr(&cpr).await.unwrap(), None);
        let told = count(&stage, "SELECT COUNT(*) FROM person WHERE cpr LIKE '%0202801234%'").await;
        assert_eq!(told, 0, "it is sealed");
        // Another node reads the same key.
        assert_eq!(self::personal(&stage).await.by_cpr(&other).await.unwrap(), Some(anna.person));
        let mut tx = begin(&stage).await;
        note_look_up(&mut tx, vec![anna.id], "called without a user name").await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(events(&stage).await.last(), Some(portner_audit_log::Event::CprLookedUp { .. })));
    })
    .await;
}

#[tokio::test]
async fn another_name_opens_the_proofing_until_somebody_made_sure() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let reopened =
            async |stage: &Stage| by_id(&stage.database, anna.id).await.unwrap().unwrap().life.reopened;
        let mut tx = begin(&stage).await;
        rename(&mut tx, anna.person, "Anna", "Berg").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(reopened(&stage).await, None, "nobody had proofed her");
        let mut tx = begin(&stage).await;
        record_proofing(&mut tx, &*stage.entropy, anna.person, Evidence::InPerson).await.unwrap();
        rename(&mut tx, anna.person, "Anna", "Bach").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(reopened(&stage).await, Some(stage.clock.now()));
        let mut tx = begin(&stage).await;
        confirm(&mut tx, anna.person, "saw the marriage certificate").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(reopened(&stage).await, None);
        let found = by_id(&stage.database, anna.id).await.unwrap().unwrap();
        assert_eq!(found.full_name(), "Anna Bach");
    })
    .await;
}

#[tokio::test]
async fn what_is_known_about_somebody_stands_on_their_card_and_by_name_in_the_log() {
    for_each_engine(|stage| async move {
        let anna = anna(&stage).await;
        let about = About {
            known_as: Some("Annie".to_owned()),
            is_protected: true,
            email: Some("annie@example.dk".to_owned()),
            title: Some("Sygeplejerske".to_owned()),
            unit: Some("Sundhed/Hjemmepleje".parse().unwrap()),
            production_unit: Some("1003388394".parse().unwrap()),
        };
        let mut tx = begin(&stage).await;
        describe(&stage.database, &mut tx, anna.id, &about).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let found = card(&stage.database, anna.id).await.unwrap().unwrap();
        assert_eq!((found.about, found.version), (about.clone(), 2));
        let mut tx = begin(&stage).await;
        let again = describe(&stage.database, &mut tx, anna.id, &about).await.unwrap();
        assert_eq!(again, Err(Refusal::NothingToChange));
        drop(tx);
        let said = format!("{:?}", events(&stage).await.last());
        assert!(said.contains("known-as") && !said.contains("Annie"), "{said}");
    })
    .await;
}
